/// How the client stands with the broker, for health and metrics.
public struct AMQPState: Sendable, Equatable {
    /// All three connections are open and set up.
    public let isConnected: Bool
    /// What the broker gives as the reason to take no messages (`low on memory`), nil when it takes them.
    public let blockedReason: String?
    /// The last failure that has not been overcome yet: a refused declaration, a lost connection.
    public let problem: AMQPError?

    /// The broker takes no messages now.
    public var isBlocked: Bool { self.blockedReason != nil }
}
