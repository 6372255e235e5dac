/// One message that a queue gave to a consumer.
public struct AMQPDelivery: Sendable {
    /// Counts the deliveries of one channel from 1; means nothing after a reconnection.
    public let tag: UInt64
    /// The broker gave it out before, so it may have been handled already.
    public let isRedelivered: Bool
    public let exchange: String
    public let routingKey: String
    /// The body is empty when `isOversized`.
    public let message: AMQPMessage
    /// The body exceeded `AMQPSettings.maximumBodyBytes` and was dropped while reading.
    public let isOversized: Bool
    /// When it had been read from the socket, by the clock of this process.
    public let receivedAt: ContinuousClock.Instant
}
