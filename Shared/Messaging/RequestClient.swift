public import AMQP
public import Foundation
public import Logging
internal import Metrics

/// Asks other services.
public struct RequestClient: Sendable {
    private let service: ServiceName
    private let broker: AMQPClient
    private let logger: Logger

    public init(service: ServiceName, broker: AMQPClient, logger: Logger) {
        self.service = service
        self.broker = broker
        self.logger = logger
    }

    /// Asks and waits for the answer; repeats the question with the same key while the deadline allows, so an answer
    /// that got lost is given again and nothing is done twice.
    /// - Parameters:
    ///   - key: the idempotency key; give the same one when a person repeats the same order.
    ///   - route: the part of the receiver that alone can answer, by its routing key; nil for any replica.
    ///   - deadline: from now, everything included.
    /// - Throws: `Refusal`, `RequestError`, `CancellationError`.
    public func ask<R: Request>(
        _ request: R, key: UUID = MessageID.next(), route: String? = nil, deadline: Duration = .seconds(5)
    ) async throws -> R.Answer {
        do {
            return try MessageCoding.decoder.decode(
                R.Answer.self, from: try await self.answer(to: request, key: key, route: route, deadline: deadline))
        } catch is DecodingError {
            throw RequestError(kind: .malformed, request: R.type)
        }
    }

    /// As `ask`, for an answer that is handed on as it was written: its JSON, unread.
    public func answer<R: Request>(
        to request: R, key: UUID = MessageID.next(), route: String? = nil, deadline: Duration = .seconds(5)
    ) async throws -> Data {
        let started = ContinuousClock.now
        let end = started.advanced(by: deadline)
        let body = Array(try MessageCoding.encoder.encode(request))
        var attempt = 0
        while true {
            attempt += 1
            let left = ContinuousClock.now.duration(to: end)
            guard left > .zero else { throw RequestError(kind: .timedOut, request: R.type) }
            do {
                let answer = try await self.broker.request(
                    exchange: MessagingTopology.requestExchange, routingKey: route ?? R.receiver.rawValue,
                    message: self.message(R.self, body: body, key: key, left: left), deadline: Self.attempt(left))
                let result = try Self.body(of: answer, to: R.self)
                Timer(label: "request_duration_seconds", dimensions: [("request", R.type)])
                    .recordNanoseconds(Int64(Double(milliseconds: ContinuousClock.now - started) * 1e6))
                return result
            } catch let error as AMQPError {
                try Task.checkCancellation()
                let pause = Backoff(base: .milliseconds(50), limit: .seconds(1)).delay(afterAttempt: attempt)
                guard ContinuousClock.now.advanced(by: pause) < end else {
                    self.logger.warning(
                        "a request got no answer", metadata: ["request": "\(R.type)", "error": "\(error)"])
                    throw RequestError(kind: error.kind == .timedOut ? .timedOut : .unavailable, request: R.type)
                }
                // A time-out has waited already.
                if error.kind != .timedOut { try await Task.sleep(for: pause) }
            }
        }
    }

    /// How long one attempt waits: half of what is left, so that an answer that takes long (a slow hospital) is
    /// still heard, and one that got lost is asked for again. The last two seconds are not divided.
    static func attempt(_ left: Duration) -> Duration { min(left, max(left / 2, .seconds(2))) }

    private func message<R: Request>(_ type: R.Type, body: [UInt8], key: UUID, left: Duration) -> AMQPMessage {
        var properties = AMQPProperties()
        properties.contentType = "application/json"
        properties.messageID = key.uuidString.lowercased()
        properties.type = R.type
        properties.appID = self.service.rawValue
        properties.expiration = left
        properties.headers = [
            EventEnvelope.Header.dataSchema: .string(RequestWire.schema(type: R.type, version: R.version)),
            RequestWire.deadline: .int(Int64(Date().timeIntervalSince1970 * 1000 + Double(milliseconds: left))),
        ]
        return AMQPMessage(properties: properties, body: body)
    }

    private static func body<R: Request>(of answer: AMQPMessage, to type: R.Type) throws -> Data {
        let body = Data(answer.body)
        switch answer.properties.type {
        case RequestWire.answer: return body
        case RequestWire.refusal:
            guard let refusal = try? MessageCoding.decoder.decode(Refusal.self, from: body) else {
                throw RequestError(kind: .malformed, request: R.type)
            }
            throw refusal
        case RequestWire.failure: throw RequestError(kind: .failed, request: R.type)
        default: throw RequestError(kind: .malformed, request: R.type)
        }
    }
}
