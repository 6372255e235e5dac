/// Method ids of AMQP 0-9-1 (class in the upper 16 bits, method in the lower); Swift does not import the C macros.
enum MethodID {
    static let connectionClose: UInt32 = 0x000A_0032
    static let connectionCloseOK: UInt32 = 0x000A_0033
    static let connectionBlocked: UInt32 = 0x000A_003C
    static let connectionUnblocked: UInt32 = 0x000A_003D
    static let channelFlow: UInt32 = 0x0014_0014
    static let channelFlowOK: UInt32 = 0x0014_0015
    static let channelClose: UInt32 = 0x0014_0028
    static let channelCloseOK: UInt32 = 0x0014_0029
    static let basicCancel: UInt32 = 0x003C_001E
    static let basicReturn: UInt32 = 0x003C_0032
    static let basicDeliver: UInt32 = 0x003C_003C
    static let basicAck: UInt32 = 0x003C_0050
    static let basicNack: UInt32 = 0x003C_0078
}

/// Frame types of AMQP 0-9-1.
enum FrameType {
    static let method: UInt8 = 1
    static let header: UInt8 = 2
    static let body: UInt8 = 3
}

/// Presence bits of the basic properties.
enum PropertyFlag {
    static let contentType: UInt32 = 1 << 15
    static let headers: UInt32 = 1 << 13
    static let deliveryMode: UInt32 = 1 << 12
    static let correlationID: UInt32 = 1 << 10
    static let replyTo: UInt32 = 1 << 9
    static let expiration: UInt32 = 1 << 8
    static let messageID: UInt32 = 1 << 7
    static let timestamp: UInt32 = 1 << 6
    static let type: UInt32 = 1 << 5
    static let appID: UInt32 = 1 << 3
}

/// The type letters of field values that this client writes.
enum FieldKind {
    static func code(of value: AMQPValue) -> UInt8 {
        switch value {
        case .string: UInt8(ascii: "S")
        case .int: UInt8(ascii: "l")
        case .bool: UInt8(ascii: "t")
        case .double: UInt8(ascii: "d")
        case .timestamp: UInt8(ascii: "T")
        case .bytes: UInt8(ascii: "x")
        case .array: UInt8(ascii: "A")
        case .table: UInt8(ascii: "F")
        case .null: UInt8(ascii: "V")
        }
    }
}

extension Duration {
    /// Rounded down.
    var wholeMilliseconds: Int64 {
        let parts = self.components
        return parts.seconds * 1000 + parts.attoseconds / 1_000_000_000_000_000
    }
}
