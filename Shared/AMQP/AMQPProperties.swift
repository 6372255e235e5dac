public import Foundation

/// The properties of a message. Every text is at most 255 bytes of UTF-8, else publishing answers `.invalid`.
public struct AMQPProperties: Sendable, Equatable {
    public var contentType: String?
    public var messageID: String?
    public var correlationID: String?
    public var replyTo: String?
    public var type: String?
    public var appID: String?
    /// Whole seconds on the wire.
    public var timestamp: Date?
    /// Time to live in a queue, whole milliseconds on the wire.
    public var expiration: Duration?
    /// Delivery mode 2. Quorum queues store a transient message too, but a classic queue forgets it on restart.
    public var isPersistent: Bool
    /// Keys of at most 128 bytes; all headers together at most 60 KiB encoded.
    public var headers: [String: AMQPValue]

    public init(
        contentType: String? = nil, messageID: String? = nil, correlationID: String? = nil, replyTo: String? = nil,
        type: String? = nil, appID: String? = nil, timestamp: Date? = nil, expiration: Duration? = nil,
        isPersistent: Bool = true, headers: [String: AMQPValue] = [:]
    ) {
        self.contentType = contentType
        self.messageID = messageID
        self.correlationID = correlationID
        self.replyTo = replyTo
        self.type = type
        self.appID = appID
        self.timestamp = timestamp
        self.expiration = expiration
        self.isPersistent = isPersistent
        self.headers = headers
    }
}
