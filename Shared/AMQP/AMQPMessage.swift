/// Properties and body of one message.
public struct AMQPMessage: Sendable, Equatable {
    public var properties: AMQPProperties
    public var body: [UInt8]

    public init(properties: AMQPProperties = AMQPProperties(), body: [UInt8]) {
        self.properties = properties
        self.body = body
    }
}
