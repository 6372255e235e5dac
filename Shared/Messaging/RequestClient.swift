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

    /// Asks once and waits for the answer as long as the deadline allows.
    ///
    /// The question is repeated, with the same key, only when waiting is in vain: the broker says that nobody was asked,
    /// the connection that the answer would have come by was lost, or the answer was `Verdict.tryAgain`. A service that
    /// dies at its work is no such case: the broker gives the question to the next replica.
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
            let problem: any Error
            do {
                let answer = try await self.broker.request(
                    exchange: MessagingTopology.requestExchange, routingKey: route ?? R.receiver.rawValue,
                    message: self.message(R.self, body: body, key: key, left: left), deadline: left)
                switch try Self.reading(of: answer, to: R.self) {
                case .answer(let result):
                    Timer(label: "request_duration_seconds", dimensions: [("request", R.type)])
                        .recordNanoseconds(Int64(Double(milliseconds: ContinuousClock.now - started) * 1e6))
                    return result
                case .again(let reason): problem = reason
                }
            } catch let error as AMQPError {
                try Task.checkCancellation()
                problem = Self.problem(error, request: R.type)
                guard Self.isWorthAnother(error) else {
                    self.warn(R.self, error)
                    throw problem
                }
            }
            let pause = Backoff(base: .milliseconds(50), limit: .seconds(1)).delay(afterAttempt: attempt)
            guard ContinuousClock.now.advanced(by: pause + Self.shortest) < end else {
                self.warn(R.self, problem)
                throw problem
            }
            try await Task.sleep(for: pause)
        }
    }

    /// Nothing is asked when less is left: no answer could come, and what is known of the last attempt says more.
    private static let shortest: Duration = .milliseconds(250)

    private func warn<R: Request>(_ type: R.Type, _ problem: any Error) {
        self.logger.warning("a request got no answer", metadata: ["request": "\(R.type)", "error": "\(problem)"])
    }

    /// Whether nothing can come of the question that was asked, and something may of another.
    static func isWorthAnother(_ error: AMQPError) -> Bool {
        switch error.kind {
        // Nobody was asked; or the way back ended with the connection, and only the same key brings the answer.
        case .unroutable, .blocked, .refused, .disconnected, .library: true
        // The whole deadline has passed, the message breaks a limit, or the client was stopped.
        case .timedOut, .invalid, .closed: false
        }
    }

    private static func problem(_ error: AMQPError, request: String) -> RequestError {
        switch error.kind {
        case .timedOut: RequestError(kind: .timedOut, request: request)
        case .invalid: RequestError(kind: .malformed, request: request)
        case .unroutable, .blocked, .refused, .disconnected, .library, .closed:
            RequestError(kind: .unavailable, request: request)
        }
    }

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

    private enum Reading {
        case answer(Data)
        /// Nobody said no; thrown when there is no time left to ask again.
        case again(any Error)
    }

    private static func reading<R: Request>(of answer: AMQPMessage, to type: R.Type) throws -> Reading {
        let body = Data(answer.body)
        switch answer.properties.type {
        case RequestWire.answer: return .answer(body)
        case RequestWire.refusal:
            guard let refusal = try? MessageCoding.decoder.decode(Refusal.self, from: body) else {
                throw RequestError(kind: .malformed, request: R.type)
            }
            guard refusal.verdict == .tryAgain else { throw refusal }
            return .again(refusal)
        case RequestWire.failure:
            let failed = RequestError(kind: .failed, request: R.type)
            let failure = try? MessageCoding.decoder.decode(RequestWire.Failure.self, from: body)
            guard failure?.retryAfter == 0 else { throw failed }
            return .again(failed)
        default: throw RequestError(kind: .malformed, request: R.type)
        }
    }
}
