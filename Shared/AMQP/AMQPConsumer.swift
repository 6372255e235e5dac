import NIOConcurrencyHelpers
import ServiceLifecycle

/// Takes deliveries from one queue in batches. It subscribes again by itself after a loss of the connection or queue.
///
/// Several tasks may share one consumer; each batch goes to one of them.
public final class AMQPConsumer: Sendable {
    /// The queue that is consumed.
    public let queue: String
    /// How many deliveries the broker gives out ahead of acknowledgement.
    let prefetch: UInt16
    let channel: UInt16
    private let hub: ConsumerHub
    private let nextWaiter = NIOLockedValueBox<UInt64>(0)

    init(queue: String, prefetch: UInt16, channel: UInt16, hub: ConsumerHub) {
        self.queue = queue
        self.prefetch = prefetch
        self.channel = channel
        self.hub = hub
    }

    /// Waits for a first delivery, then takes what has arrived.
    /// - Parameters:
    ///   - maximum: of deliveries in the batch; not more than the prefetch.
    ///   - linger: how long to wait for more after the call found less than `maximum`; zero does not wait.
    /// - Returns: nil after `cancel`, after the client stopped, or on the graceful shutdown of the calling service.
    /// - Throws: `CancellationError`. Trouble with the broker is logged and shown in `AMQPClient.state`, not thrown.
    public func nextBatch(maximum: Int, linger: Duration = .zero) async throws -> AMQPBatch? {
        let waiter = self.nextWaiter.withLockedValue { number -> UInt64 in
            number += 1
            return number
        }
        let hub = self.hub
        let channel = self.channel
        return try await withGracefulShutdownHandler {
            try await withTaskCancellationHandler {
                try await hub.nextBatch(of: self, maximum: maximum, linger: linger, waiter: waiter)
            } onCancel: {
                Task { await hub.abandonWaiter(waiter, of: channel) }
            }
        } onGracefulShutdown: {
            Task { await self.cancel() }
        }
    }

    /// Takes no more: waiting and later calls of `nextBatch` answer nil. Batches in hand can still be acknowledged;
    /// what was not handed out goes back to the queue.
    public func cancel() async {
        await self.hub.cancel(self)
    }
}
