public import AMQP
internal import Foundation
public import Logging
internal import Metrics
public import Postgres
public import ServiceLifecycle

/// Answers the requests of a service, several at a time.
///
/// A request is taken off the queue when its work begins: it is transient, and whoever asked repeats it with the
/// same key when no answer comes. One whose deadline has passed is dropped unread.
public final class RequestServer: Service {
    private let service: ServiceName
    private let queue: String
    private let database: PostgresPool
    private let broker: AMQPClient
    private let logger: Logger
    private let handlers: [String: RequestHandler]
    private let concurrency: Int

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
        self.handlers = Dictionary(uniqueKeysWithValues: handlers.map { ($0.schema, $0) })
    }

    public func run() async throws {
        let consumer = self.broker.consume(queue: self.queue, prefetch: self.concurrency * 2)
        try await withGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { group in
                let slots = Slots(self.concurrency)
                while true {
                    let free = await slots.take()
                    guard let batch = try await consumer.nextBatch(maximum: free, linger: .zero) else { return }
                    slots.give(free - batch.deliveries.count)
                    await batch.acknowledge()
                    for delivery in batch.deliveries {
                        group.addTask {
                            await self.answer(delivery)
                            slots.give(1)
                        }
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
        if case .int(let deadline)? = request.properties.headers[RequestWire.deadline],
            Double(deadline) < Date().timeIntervalSince1970 * 1000
        {
            return
        }
        await self.broker.reply(to: request, with: await self.result(of: delivery))
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
            return Self.message(RequestWire.failure, Data())
        }
    }

    private static func message(_ type: String, _ body: Data) -> AMQPMessage {
        var properties = AMQPProperties()
        properties.contentType = "application/json"
        properties.type = type
        return AMQPMessage(properties: properties, body: Array(body))
    }
}
