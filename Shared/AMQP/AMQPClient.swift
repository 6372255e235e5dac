public import Logging
import NIOConcurrencyHelpers
public import ServiceLifecycle

/// A client of RabbitMQ: publishes with confirms, consumes in batches, asks and answers.
///
/// It keeps three connections, each with a thread of its own, because a broker that is short of memory blocks every
/// connection that publishes: events and answers go out on one, deliveries come in on another, requests use a third.
/// All reconnect by themselves, trying the nodes in turn, and declare the topology again.
public final class AMQPClient: Service, Sendable {
    private let publisher: Publisher
    private let hub: ConsumerHub
    private let requester: Requester
    private let topology: SharedTopology
    private let logger: Logger
    private let settings: AMQPSettings
    private let nextChannel = NIOLockedValueBox<UInt16>(1)
    private let nextRequest = NIOLockedValueBox<UInt64>(0)

    /// - Parameter topology: declared whenever a connection opens, before anything is published or consumed.
    public init(_ settings: AMQPSettings, topology: AMQPTopology, logger: Logger) {
        let shared = SharedTopology(topology)
        self.settings = settings
        self.topology = shared
        self.logger = logger
        self.publisher = Publisher(settings, topology: shared, logger: logger)
        self.hub = ConsumerHub(settings, topology: shared, logger: logger)
        self.requester = Requester(settings, logger: logger)
    }

    /// Connects and stays connected until graceful shutdown or cancellation; then publications in hand are awaited (at
    /// most `publishTimeout` of silence), consumers stop, and the connections say good-bye. Runs once.
    public func run() async throws {
        await self.publisher.start()
        await self.hub.start()
        await self.requester.start()
        // Either way to end is a reason to close properly.
        do { try await gracefulShutdown() } catch is CancellationError {}
        await self.requester.finish()
        await self.publisher.finish()
        await self.hub.finish()
    }

    /// Waits until all connections are open and the topology is declared.
    /// - Throws: ``AMQPError`` with the last problem when `deadline` passes first, or `CancellationError`.
    public func waitUntilReady(deadline: Duration) async throws {
        let connections = [self.publisher.connection, self.hub.connection, self.requester.connection]
        let isReady = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                for connection in connections { await connection.waitUntilOpen() }
                return connections.allSatisfy(\.isOpen)
            }
            group.addTask {
                // Cancelled when the connections are open; then the result is not used.
                try? await Task.sleep(for: deadline)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
        try Task.checkCancellation()
        guard !isReady else { return }
        throw self.state.problem ?? AMQPError(.timedOut, "no connection to the broker")
    }

    /// Publishes and waits for every confirm, keeping `confirmWindow` in flight over all callers.
    ///
    /// While the broker is away or blocked it waits; when nothing moves for `publishTimeout` the rest is `.failed`.
    /// - Returns: one outcome for each publication, in their order.
    public func publish(_ publications: [AMQPPublication]) async -> [PublishOutcome] {
        await self.publisher.publish(publications)
    }

    /// Starts to consume `queue`, now or as soon as there is a connection.
    /// - Parameter prefetch: deliveries that may be unacknowledged, 1–2000 (the cap of quorum queues), else clamped.
    public func consume(queue: String, prefetch: Int) -> AMQPConsumer {
        let channel = self.nextChannel.withLockedValue { channel -> UInt16 in
            channel += 1
            return channel
        }
        return AMQPConsumer(
            queue: queue, prefetch: UInt16(max(1, min(prefetch, 2000))), channel: channel, hub: self.hub)
    }

    /// Asks and waits for the answer. The message's correlation id and reply-to are replaced; it is transient, mandatory
    /// and expires at the deadline.
    /// - Throws: ``AMQPError`` of kind `unroutable` (nobody serves the queue), `timedOut` (sent, no answer),
    ///   `disconnected` (unknown whether it was taken: repeat with the same idempotency key), `blocked`, `invalid`,
    ///   `refused`, `closed`; or `CancellationError`.
    public func request(exchange: String, routingKey: String, message: AMQPMessage, deadline: Duration)
        async throws -> AMQPMessage
    {
        let id = self.nextRequest.withLockedValue { number -> UInt64 in
            number += 1
            return number
        }
        let requester = self.requester
        return try await withTaskCancellationHandler {
            try await requester.request(
                id: id, exchange: exchange, routingKey: routingKey, message: message, deadline: deadline)
        } onCancel: {
            Task { await requester.abandon(id) }
        }
    }

    /// Answers a request through the default exchange, without waiting for a confirm. An answer that cannot be sent
    /// now is dropped with a warning: whoever asked repeats the request.
    public func reply(to request: AMQPMessage, with answer: AMQPMessage) async {
        guard let queue = request.properties.replyTo else {
            self.logger.warning("a request names no queue for its answer")
            return
        }
        var answer = answer
        answer.properties.correlationID = request.properties.correlationID
        answer.properties.isPersistent = false
        if await !self.publisher.answer(answer, to: queue) {
            self.logger.warning("an answer was dropped: the broker cannot take it now")
        }
    }

    /// Declares more, now and on every later connecting.
    /// - Throws: ``AMQPError``: `refused` (what exists differs, or no permission), `disconnected`, `invalid`. What is
    ///   refused is not kept.
    public func declare(_ topology: AMQPTopology) async throws {
        try await self.publisher.declare(topology)
        self.topology.add(topology)
    }

    /// How the client stands with the broker.
    public var state: AMQPState {
        let all = [self.publisher.connection, self.hub.connection, self.requester.connection].map(\.snapshot)
        return AMQPState(
            isConnected: all.allSatisfy(\.isOpen), blockedReason: all.lazy.compactMap(\.blockedReason).first,
            problem: all.lazy.compactMap(\.problem).first)
    }
}
