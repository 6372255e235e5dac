public import AMQP
internal import Foundation
public import Logging
internal import Metrics
public import Postgres
public import ServiceLifecycle

/// Answers the requests of a service, several at a time.
///
/// A request is taken off the queue when it is answered: of a replica that dies at its work the broker gives it to the
/// next one, with the same key. One that has waited here for longer than its expiration is dropped unread; how long
/// it waited before is the broker's to judge, so no clock of another machine is asked.
public final class RequestServer: Service {
    private let service: ServiceName
    private let queue: String
    private let database: PostgresPool
    private let broker: AMQPClient
    private let logger: Logger
    private let handlers: [String: RequestHandler]
    private let concurrency: Int
    private let expired: Counter

    /// - Parameters:
    ///   - queue: the service's own, or one for the part of the requests that only this replica can answer.
    ///   - concurrency: requests in work at once.
    public init(
        service: ServiceName, queue: String? = nil, database: PostgresPool, broker: AMQPClient, logger: Logger,
        concurrency: Int = 32, handlers: [RequestHandler]
    ) {
        self.service = service
        self.queue = queue ?? service.requestQueue
        self.database = database
        self.broker = broker
        self.logger = logger
        self.concurrency = concurrency
        self.expired = Counter(label: "requests_expired_total")
        self.handlers = Dictionary(uniqueKeysWithValues: handlers.map { ($0.schema, $0) })
    }

    public func run() async throws {
        let consumer = self.broker.consume(queue: self.queue, prefetch: self.concurrency * 2)
        try await withGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { group in
                let slots = Slots(self.concurrency)
                while true {
                    let free = await slots.take()
                    // Singly, because each is acknowledged when it is answered.
                    guard let batch = try await consumer.nextBatch(maximum: 1, linger: .zero) else { return }
                    slots.give(free - batch.deliveries.count)
                    group.addTask {
                        for delivery in batch.deliveries { await self.answer(delivery) }
                        await batch.acknowledge()
                        slots.give(batch.deliveries.count)
                    }
                }
            }
        } onGracefulShutdown: {
            Task { await consumer.cancel() }
        }
    }

    private func answer(_ delivery: AMQPDelivery) async {
        let request = delivery.message
        guard request.properties.replyTo != nil else {
            self.logger.error("a request without reply-to was dropped")
            return
        }
        if Self.hasExpired(request.properties.expiration, waited: .now - delivery.receivedAt) {
            self.expired.increment()
            self.logger.warning(
                "a request was dropped: it waited here for longer than whoever asked",
                metadata: ["request": "\(request.properties.type ?? "?")"])
            return
        }
        await self.broker.reply(to: request, with: await self.result(of: delivery))
    }

    static func hasExpired(_ expiration: Duration?, waited: Duration) -> Bool {
        expiration.map { waited > $0 } ?? false
    }

    /// Whether the same order may succeed when it is asked again at once: what happened says nothing about it.
    static func isPassing(_ error: any Error) -> Bool {
        switch error {
        // The service is stopping: another replica, or the next start, answers.
        case is CancellationError: true
        case let error as PostgresError: error.isRetryable
        case let error as RequestError: error.kind == .timedOut || error.kind == .unavailable
        case let error as AMQPError: error.isRetryable
        default: false
        }
    }

    private func result(of delivery: AMQPDelivery) async -> AMQPMessage {
        let request = delivery.message
        do {
            guard !delivery.isOversized else {
                throw Refusal("request-too-large", "Запрос слишком велик. Сократите текст.")
            }
            guard let identifier = request.properties.messageID, let key = UUID(uuidString: identifier) else {
                throw Refusal("no-key", "У запроса нет ключа.")
            }
            guard case .string(let schema)? = request.properties.headers[EventEnvelope.Header.dataSchema],
                let handler = self.handlers[schema]
            else {
                throw Refusal("unknown-request", "Служба \(self.service.rawValue) не знает такого запроса.")
            }
            let answer = try await handler.answer(Data(request.body), key, self.database)
            Failpoint.requestCommitted.pass()
            return Self.message(RequestWire.answer, answer)
        } catch let refusal as Refusal {
            let body = (try? MessageCoding.encoder.encode(refusal)) ?? Data()
            return Self.message(RequestWire.refusal, body)
        } catch {
            let description = (error as? PostgresError)?.description ?? "\(type(of: error))"
            self.logger.error(
                "a request failed",
                metadata: ["request": "\(request.properties.type ?? "?")", "error": "\(description)"])
            Counter(label: "requests_failed_total").increment()
            let failure = RequestWire.Failure(retryAfter: Self.isPassing(error) ? 0 : nil)
            return Self.message(RequestWire.failure, (try? MessageCoding.encoder.encode(failure)) ?? Data())
        }
    }

    private static func message(_ type: String, _ body: Data) -> AMQPMessage {
        var properties = AMQPProperties()
        properties.contentType = "application/json"
        properties.type = type
        return AMQPMessage(properties: properties, body: Array(body))
    }
}
