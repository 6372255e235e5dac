import DescriptorExecutor
import Logging
import Metrics

/// The connection that asks: its single channel publishes requests and consumes `amq.rabbitmq.reply-to`.
actor Requester: ConnectionRole {
    private static let channel: UInt16 = 1
    private static let replies = "amq.rabbitmq.reply-to"

    private final class Request {
        let exchange: String
        let routingKey: String
        let message: AMQPMessage
        let deadline: ContinuousClock.Instant
        var isSent = false
        var timer: DescriptorExecutor.TimerID?
        let continuation: CheckedContinuation<AMQPMessage, any Error>

        init(
            exchange: String, routingKey: String, message: AMQPMessage, deadline: ContinuousClock.Instant,
            continuation: CheckedContinuation<AMQPMessage, any Error>
        ) {
            self.exchange = exchange
            self.routingKey = routingKey
            self.message = message
            self.deadline = deadline
            self.continuation = continuation
        }
    }

    nonisolated let connection: Connection
    nonisolated var unownedExecutor: UnownedSerialExecutor { self.connection.thread.asUnownedSerialExecutor() }
    /// By number, which grows, so that the order of asking is that of the numbers.
    private var requests: [UInt64: Request] = [:]
    private var unsent: [UInt64] = []
    /// Answers for which nobody waits any more: a service is slower than those who ask it allow.
    private let late = Counter(label: "requests_late_answers_total")

    init(_ settings: AMQPSettings, logger: Logger) {
        self.connection = Connection(settings, purpose: "request", logger: logger)
    }

    func start() { self.connection.start(self) }

    func finish() { self.connection.close() }

    // MARK: Asking

    /// - Parameter id: unique within this object; doubles as the correlation id.
    func request(id: UInt64, exchange: String, routingKey: String, message: AMQPMessage, deadline: Duration)
        async throws -> AMQPMessage
    {
        guard !self.connection.isClosed else { throw AMQPError(.closed, "the client is stopped") }
        try Task.checkCancellation()
        return try await withCheckedThrowingContinuation { continuation in
            let request = Request(
                exchange: exchange, routingKey: routingKey, message: message, deadline: .now + deadline,
                continuation: continuation)
            self.requests[id] = request
            request.timer = self.connection.thread.setTimer(after: deadline) { [weak self] in
                self?.assumeIsolated { $0.expire(id) }
            }
            self.unsent.append(id)
            self.pump()
        }
    }

    func abandon(_ id: UInt64) { self.finish(id, .failure(CancellationError())) }

    private func expire(_ id: UInt64) {
        guard let request = self.requests[id] else { return }
        let now = self.connection.snapshot
        let error =
            if request.isSent {
                AMQPError(.timedOut, "no answer within the deadline")
            } else if let reason = now.blockedReason {
                AMQPError(.blocked, reason)
            } else {
                AMQPError(.disconnected, now.problem?.text ?? "no connection to the broker")
            }
        self.finish(id, .failure(error))
    }

    private func finish(_ id: UInt64, _ result: Result<AMQPMessage, any Error>) {
        guard let request = self.requests.removeValue(forKey: id) else { return }
        request.timer.map(self.connection.thread.cancelTimer)
        request.continuation.resume(with: result)
    }

    private func pump() {
        guard !self.unsent.isEmpty, self.connection.isOpen, !self.connection.isBlocked else { return }
        var sent = 0
        defer { self.unsent.removeFirst(min(sent, self.unsent.count)) }
        for id in self.unsent {
            guard let transport = self.connection.transport else { return }
            guard transport.isWritable else { return self.connection.waitForWritable() }
            sent += 1
            guard let request = self.requests[id] else { continue }
            self.send(id, request, transport)
        }
    }

    private func send(_ id: UInt64, _ request: Request, _ transport: Transport) {
        var properties = request.message.properties
        properties.correlationID = String(id)
        properties.replyTo = Self.replies
        properties.isPersistent = false
        // Nobody reads the answer after the deadline, so nobody need do the work.
        let left = max(ContinuousClock.now.duration(to: request.deadline), .milliseconds(1))
        properties.expiration = min(properties.expiration ?? left, left)
        request.isSent = true
        do {
            try transport.publish(
                on: Self.channel, exchange: request.exchange, routingKey: request.routingKey, mandatory: true,
                properties: properties, body: request.message.body)
        } catch {
            let error = error.asAMQP
            self.finish(id, .failure(error))
            if error.kind != .invalid { self.connection.drop(error) }
        }
    }

    private func failSent(_ error: AMQPError) {
        for (id, request) in self.requests where request.isSent { self.finish(id, .failure(error)) }
    }

    // MARK: ConnectionRole

    nonisolated func connectionOpened(_ transport: Transport) throws {
        try transport.openChannel(Self.channel)
        try transport.consume(Self.replies, withoutAcknowledgement: true, on: Self.channel)
    }

    nonisolated func connectionLost(_ error: AMQPError) {
        self.assumeIsolated { role in
            role.failSent(AMQPError(.disconnected, code: error.code, error.text))
            guard role.connection.isClosed else { return }
            for id in role.requests.keys { role.finish(id, .failure(error)) }
            role.unsent.removeAll()
        }
    }

    nonisolated func received(_ inbound: Inbound) {
        self.assumeIsolated { role in
            switch inbound {
            case .delivered(_, let delivery):
                guard let id = delivery.message.properties.correlationID.flatMap(UInt64.init) else { return }
                guard role.requests[id] != nil else { return role.late.increment() }
                let result: Result<AMQPMessage, any Error> =
                    delivery.isOversized
                    ? .failure(AMQPError(.invalid, "the answer exceeds the largest body")) : .success(delivery.message)
                role.finish(id, result)
            case .returned(_, let code, let text, let properties, _):
                guard let id = properties.correlationID.flatMap(UInt64.init) else { return }
                role.finish(id, .failure(AMQPError(.unroutable, code: code, text)))
            case .channelClosed(let channel, let error):
                role.connection.logger.error(
                    "the broker closed the channel of requests", metadata: ["error": "\(error)"])
                role.failSent(error)
                role.connection.orDrop { transport in
                    try transport.openChannel(channel)
                    try transport.consume(Self.replies, withoutAcknowledgement: true, on: channel)
                }
            case .consumerCancelled:
                role.connection.drop(AMQPError(.disconnected, "the broker cancelled the consumer of answers"))
            default: return
            }
        }
    }

    nonisolated func readRoundEnded() { self.assumeIsolated { $0.pump() } }

    nonisolated func becameWritable() { self.assumeIsolated { $0.pump() } }
}
