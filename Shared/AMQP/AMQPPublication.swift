/// A message and where it goes.
public struct AMQPPublication: Sendable, Equatable {
    /// Empty for the default exchange. At most 255 bytes.
    public var exchange: String
    /// At most 255 bytes.
    public var routingKey: String
    public var message: AMQPMessage
    /// Whether a message that reaches no queue is reported (`.unroutable`) instead of dropped in silence.
    public var isMandatory: Bool

    public init(exchange: String, routingKey: String, message: AMQPMessage, isMandatory: Bool = true) {
        self.exchange = exchange
        self.routingKey = routingKey
        self.message = message
        self.isMandatory = isMandatory
    }
}
