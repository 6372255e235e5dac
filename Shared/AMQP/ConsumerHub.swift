import DequeModule
import DescriptorExecutor
import Logging

/// The connection that consumes, one channel a consumer. It never publishes, so an alarm of the broker never blocks it.
actor ConsumerHub: ConnectionRole {
    private static let control: UInt16 = 1

    nonisolated let connection: Connection
    nonisolated var unownedExecutor: UnownedSerialExecutor { self.connection.thread.asUnownedSerialExecutor() }
    private let topology: SharedTopology
    private var subscriptions: [UInt16: Subscription] = [:]
    /// Channels on which something arrived in this read round.
    private var touched: Set<UInt16> = []

    init(_ settings: AMQPSettings, topology: SharedTopology, logger: Logger) {
        self.connection = Connection(settings, purpose: "consume", logger: logger)
        self.topology = topology
    }

    func start() { self.connection.start(self) }

    func finish() {
        for subscription in self.subscriptions.values { self.stop(subscription) }
        self.connection.close()
    }

    // MARK: Consumers

    func nextBatch(of consumer: AMQPConsumer, maximum: Int, linger: Duration, waiter: UInt64) async throws -> AMQPBatch?
    {
        guard !self.connection.isClosed, let subscription = self.subscription(of: consumer) else { return nil }
        guard !subscription.isCancelled else { return nil }
        try Task.checkCancellation()
        let maximum = max(1, min(maximum, Int(subscription.prefetch)))
        if subscription.waiters.isEmpty, !subscription.buffer.isEmpty,
            linger <= .zero || subscription.buffer.count >= maximum
        {
            return self.take(maximum, from: subscription, for: consumer)
        }
        return try await withCheckedThrowingContinuation { continuation in
            subscription.waiters.append(
                Subscription.Waiter(id: waiter, maximum: maximum, linger: linger, continuation: continuation))
            self.serve(subscription)
        }
    }

    func abandonWaiter(_ id: UInt64, of channel: UInt16) {
        guard let subscription = self.subscriptions[channel],
            let index = subscription.waiters.firstIndex(where: { $0.id == id })
        else { return }
        subscription.waiters.remove(at: index).continuation.resume(throwing: CancellationError())
    }

    func acknowledge(_ batch: AMQPBatch) -> Bool {
        guard let subscription = self.subscriptions[batch.channel], subscription.generation == batch.generation,
            let transport = self.connection.transport, let first = batch.deliveries.first?.tag,
            let last = batch.deliveries.last?.tag, let position = subscription.outstanding.firstIndex(of: last)
        else { return false }
        subscription.outstanding.remove(at: position)
        do {
            if position == 0 {
                try transport.acknowledge(last, isMultiple: true, on: batch.channel)
            } else {
                // `multiple` would acknowledge an older batch too, which another task still works on.
                for tag in first...last { try transport.acknowledge(tag, isMultiple: false, on: batch.channel) }
            }
        } catch {
            self.connection.drop(error.asAMQP)
            return false
        }
        if subscription.isCancelled { self.closeWhenIdle(subscription) }
        return true
    }

    func cancel(_ consumer: AMQPConsumer) {
        guard let subscription = self.subscription(of: consumer), !subscription.isCancelled else { return }
        self.stop(subscription)
        guard subscription.isSubscribed else { return }
        self.connection.orDrop { try $0.cancelConsumer(on: subscription.channel) }
        self.connection.waitForWritable()
        // What nobody took goes back to the queue when the channel closes.
        subscription.buffer.removeAll()
        self.closeWhenIdle(subscription)
    }

    private func subscription(of consumer: AMQPConsumer) -> Subscription? {
        if let known = self.subscriptions[consumer.channel] { return known }
        let fresh = Subscription(queue: consumer.queue, prefetch: consumer.prefetch, channel: consumer.channel)
        self.subscriptions[consumer.channel] = fresh
        if self.connection.isOpen { self.subscribe(fresh) }
        return fresh
    }

    private func stop(_ subscription: Subscription) {
        subscription.isCancelled = true
        for waiter in subscription.waiters { waiter.continuation.resume(returning: nil) }
        subscription.waiters.removeAll()
        self.cancelTimers(of: subscription)
    }

    private func closeWhenIdle(_ subscription: Subscription) {
        guard subscription.outstanding.isEmpty, subscription.isSubscribed else { return }
        subscription.forgetChannel()
        self.connection.orDrop { try $0.closeChannel(subscription.channel) }
        self.connection.waitForWritable()
    }

    private func cancelTimers(of subscription: Subscription) {
        subscription.lingerTimer.map(self.connection.thread.cancelTimer)
        subscription.retryTimer.map(self.connection.thread.cancelTimer)
        subscription.lingerTimer = nil
        subscription.retryTimer = nil
    }

    // MARK: Handing over

    /// - Parameter isDue: the waiter has lingered long enough.
    private func serve(_ subscription: Subscription, isDue: Bool = false) {
        var isDue = isDue
        while let waiter = subscription.waiters.first, !subscription.buffer.isEmpty {
            guard isDue || waiter.linger <= .zero || subscription.buffer.count >= waiter.maximum else {
                self.startLinger(subscription, waiter.linger)
                return
            }
            isDue = false
            subscription.waiters.removeFirst()
            subscription.lingerTimer.map(self.connection.thread.cancelTimer)
            subscription.lingerTimer = nil
            waiter.continuation.resume(returning: self.take(waiter.maximum, from: subscription, for: nil))
        }
    }

    private func startLinger(_ subscription: Subscription, _ linger: Duration) {
        guard subscription.lingerTimer == nil else { return }
        let channel = subscription.channel
        subscription.lingerTimer = self.connection.thread.setTimer(after: linger) { [weak self] in
            self?.assumeIsolated { hub in
                guard let subscription = hub.subscriptions[channel] else { return }
                subscription.lingerTimer = nil
                hub.serve(subscription, isDue: true)
            }
        }
    }

    private func take(_ maximum: Int, from subscription: Subscription, for consumer: AMQPConsumer?) -> AMQPBatch {
        let count = min(maximum, subscription.buffer.count)
        let deliveries = Array(subscription.buffer.prefix(count))
        subscription.buffer.removeFirst(count)
        if let last = deliveries.last { subscription.outstanding.append(last.tag) }
        return AMQPBatch(
            deliveries: deliveries, hub: self, channel: subscription.channel, generation: subscription.generation)
    }

    // MARK: Subscribing

    private func subscribe(_ subscription: Subscription) {
        guard !subscription.isCancelled, !subscription.isSubscribed else { return }
        subscription.retryTimer.map(self.connection.thread.cancelTimer)
        subscription.retryTimer = nil
        self.connection.orDrop { transport in
            do {
                try transport.openChannel(subscription.channel)
                try transport.checkQueue(subscription.queue, on: subscription.channel)
                try transport.setPrefetch(subscription.prefetch, on: subscription.channel)
                try transport.consume(
                    subscription.queue, withoutAcknowledgement: false, on: subscription.channel)
            } catch let error as AMQPError where error.kind == .refused || error.kind == .invalid {
                self.failed(subscription, error)
                return
            }
            subscription.isSubscribed = true
            if subscription.failures > 0 { self.connection.report(nil) }
            subscription.failures = 0
            // Deliveries may already lie inside librabbitmq, behind the answer to the subscription.
            self.connection.waitForWritable()
        }
    }

    /// A queue that is missing or forbidden: said loudly, tried again, the other consumers go on.
    private func failed(_ subscription: Subscription, _ error: AMQPError) {
        self.connection.logger.error(
            "a queue cannot be consumed", metadata: ["queue": "\(subscription.queue)", "error": "\(error)"])
        self.connection.report(error)
        let delay = Duration.milliseconds(min(5000, 200 << min(subscription.failures, 5)))
        subscription.failures += 1
        let channel = subscription.channel
        subscription.retryTimer = self.connection.thread.setTimer(after: delay) { [weak self] in
            self?.assumeIsolated { hub in
                guard hub.connection.isOpen, let subscription = hub.subscriptions[channel] else { return }
                subscription.retryTimer = nil
                hub.renew(subscription)
            }
        }
    }

    /// The queue may have been deleted: declares the topology again before subscribing.
    private func renew(_ subscription: Subscription) {
        self.connection.orDrop { transport in
            do {
                try transport.declare(self.topology.current, on: Self.control)
            } catch let error as AMQPError where error.kind == .refused {
                try transport.openChannel(Self.control)
                self.failed(subscription, error)
                return
            }
            self.subscribe(subscription)
        }
    }

    // MARK: ConnectionRole

    nonisolated func connectionOpened(_ transport: Transport) throws {
        try self.assumeIsolated { hub in
            try transport.openChannel(Self.control)
            try transport.declare(hub.topology.current, on: Self.control)
            for subscription in hub.subscriptions.values { hub.subscribe(subscription) }
        }
    }

    nonisolated func connectionLost(_ error: AMQPError) {
        self.assumeIsolated { hub in
            hub.touched.removeAll()
            for subscription in hub.subscriptions.values {
                subscription.forgetChannel()
                hub.cancelTimers(of: subscription)
                if hub.connection.isClosed { hub.stop(subscription) }
            }
        }
    }

    nonisolated func received(_ inbound: Inbound) {
        self.assumeIsolated { hub in
            switch inbound {
            case .delivered(let channel, let delivery):
                guard let subscription = hub.subscriptions[channel], !subscription.isCancelled else { return }
                subscription.buffer.append(delivery)
                hub.touched.insert(channel)
            case .consumerCancelled(let channel):
                guard let subscription = hub.subscriptions[channel] else { return }
                hub.connection.logger.error(
                    "the broker cancelled a consumer: its queue is gone", metadata: ["queue": "\(subscription.queue)"])
                subscription.forgetChannel()
                hub.connection.orDrop { try $0.closeChannel(channel) }
                hub.renew(subscription)
            case .channelClosed(Self.control, _):
                hub.connection.orDrop { try $0.openChannel(Self.control) }
            case .channelClosed(let channel, let error):
                guard let subscription = hub.subscriptions[channel] else { return }
                subscription.forgetChannel()
                hub.failed(subscription, error)
            default: return
            }
        }
    }

    nonisolated func readRoundEnded() {
        self.assumeIsolated { hub in
            for channel in hub.touched {
                if let subscription = hub.subscriptions[channel] { hub.serve(subscription) }
            }
            hub.touched.removeAll(keepingCapacity: true)
        }
    }

    nonisolated func becameWritable() {}
}
