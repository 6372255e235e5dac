/// The exchanges, queues and bindings that a client declares whenever it connects.
///
/// Declaring is idempotent; what exists with other arguments is refused by the broker (406) and the client says so
/// loudly and does not count as connected. Limits and dead-lettering belong to policies, not to `arguments`.
public struct AMQPTopology: Sendable, Equatable {
    public struct Exchange: Sendable, Equatable {
        public enum Kind: String, Sendable { case topic, direct, fanout }
        public var name: String
        public var kind: Kind
        public var isDurable: Bool

        public init(name: String, kind: Kind, isDurable: Bool = true) {
            self.name = name
            self.kind = kind
            self.isDurable = isDurable
        }
    }

    public struct Queue: Sendable, Equatable {
        public enum Kind: String, Sendable { case quorum, classic }
        public var name: String
        public var kind: Kind
        /// A quorum queue is always durable.
        public var isDurable: Bool
        /// Without `x-queue-type`, which `kind` sets.
        public var arguments: [String: AMQPValue]

        public init(name: String, kind: Kind, isDurable: Bool = true, arguments: [String: AMQPValue] = [:]) {
            self.name = name
            self.kind = kind
            self.isDurable = isDurable
            self.arguments = arguments
        }
    }

    public struct Binding: Sendable, Equatable {
        public var queue: String
        public var exchange: String
        public var routingKey: String
        public var arguments: [String: AMQPValue]

        public init(queue: String, exchange: String, routingKey: String, arguments: [String: AMQPValue] = [:]) {
            self.queue = queue
            self.exchange = exchange
            self.routingKey = routingKey
            self.arguments = arguments
        }
    }

    public var exchanges: [Exchange]
    public var queues: [Queue]
    public var bindings: [Binding]

    public init(exchanges: [Exchange] = [], queues: [Queue] = [], bindings: [Binding] = []) {
        self.exchanges = exchanges
        self.queues = queues
        self.bindings = bindings
    }

    /// Adds what `other` has and this has not.
    public mutating func merge(_ other: AMQPTopology) {
        self.exchanges += other.exchanges.filter { !self.exchanges.contains($0) }
        self.queues += other.queues.filter { !self.queues.contains($0) }
        self.bindings += other.bindings.filter { !self.bindings.contains($0) }
    }
}
