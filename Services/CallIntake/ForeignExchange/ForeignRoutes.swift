import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Messaging
import Metrics
import NIOConcurrencyHelpers
import NIOCore
import Postgres

/// `POST /v1/exchange-events`: signed events of exchanges that we do not drive; see `ops/exchange-events.md`.
struct ForeignRoutes: Sendable {
    static let path = "/v1/exchange-events"
    static let maximumBody = 1 << 20

    let intake: ForeignIntake
    let signature: ForeignSignature
    /// How many requests may be worked on at a time.
    let limit: Int
    /// How long a body may take to come.
    let bodyDeadline: Duration
    let logger: Logger
    private let inFlight = NIOLockedValueBox(0)

    init(
        intake: ForeignIntake, signature: ForeignSignature, limit: Int, bodyDeadline: Duration = .seconds(15),
        logger: Logger
    ) {
        self.intake = intake
        self.signature = signature
        self.limit = limit
        self.bodyDeadline = bodyDeadline
        self.logger = logger
    }

    func add(to router: Router<some RequestContext>) {
        router.post(RouterPath(Self.path)) { request, _ in await self.response(to: request) }
    }

    private func response(to request: Request) async -> Response {
        do {
            let claim = try self.signature.claim(
                request.headers[HTTPField.Name(ForeignSignature.header)!], now: Date())
            guard self.enter() else { throw Refused.busy }
            defer { self.leave() }
            return try await self.taken(request, claim)
        } catch let fault as ForeignSignature.Fault {
            // Which key was named is the word of a stranger.
            self.logger.notice("a request was not believed", metadata: ["reason": "\(fault.rawValue)"])
            return self.response(Refused(fault))
        } catch let refused as Refused {
            return self.response(refused)
        } catch {
            self.logger.error(
                "events of an exchange could not be taken", metadata: ["error": "\(Self.safe(error))"])
            return self.response(.away)
        }
    }

    private func taken(_ request: Request, _ claim: ForeignSignature.Claim) async throws -> Response {
        let body = try await self.body(of: request)
        let exchange = try self.signature.exchange(
            of: claim, method: request.method.rawValue, path: request.head.path ?? "", body: body)
        guard let batch = try? JSONDecoder().decode(ForeignBatch.self, from: body) else { throw Refused.notJSON }
        guard batch.entries.count <= ForeignBatch.maximumEvents else { throw Refused.tooManyEvents }
        struct Answer: Encodable {
            let results: [ForeignResult]
        }
        let results = try await self.intake.take(batch.entries, from: exchange, at: Date())
        let isWhole = results.allSatisfy { $0.result != .refused }
        return try Self.json(isWhole ? .ok : .unprocessableContent, Answer(results: results))
    }

    private func body(of request: Request) async throws -> Data {
        let length = request.headers[.contentLength].flatMap { Int($0) } ?? 0
        guard length <= Self.maximumBody else { throw Refused.tooLarge }
        return try await withThrowingTaskGroup(of: Data.self) { group in
            group.addTask {
                do {
                    let buffer = try await request.body.collect(upTo: Self.maximumBody)
                    return Data(buffer.readableBytesView)
                } catch is NIOTooManyBytesError {
                    throw Refused.tooLarge
                }
            }
            group.addTask {
                try await Task.sleep(for: self.bodyDeadline)
                throw Refused.slow
            }
            defer { group.cancelAll() }
            guard let body = try await group.next() else { throw CancellationError() }
            return body
        }
    }

    private func enter() -> Bool {
        self.inFlight.withLockedValue { count in
            guard count < self.limit else { return false }
            count += 1
            return true
        }
    }

    private func leave() { self.inFlight.withLockedValue { $0 -= 1 } }

    // MARK: Answers

    /// Why a whole request is not taken.
    private struct Refused: Error, Encodable {
        let status: HTTPResponse.Status
        let errorID: String
        let message: String
        /// In seconds; nil when repeating is of no use.
        var retryAfter: Int?

        private enum CodingKeys: String, CodingKey {
            case errorID, message
        }

        init(_ status: HTTPResponse.Status, _ errorID: String, _ message: String, retryAfter: Int? = nil) {
            self.status = status
            self.errorID = errorID
            self.message = message
            self.retryAfter = retryAfter
        }

        init(_ fault: ForeignSignature.Fault) {
            let message =
                switch fault {
                case .notSigned: "Запрос не подписан: нужен заголовок \(ForeignSignature.header)."
                case .expired: "Время подписи отличается больше чем на \(ForeignSignature.tolerance) с: сверьте часы."
                case .wrong: "Подпись не сходится."
                }
            self.init(.unauthorized, fault.rawValue, message)
        }

        static let busy = Refused(
            .tooManyRequests, "busy", "Слишком много запросов сразу. Повторите позже.", retryAfter: 1)
        static let tooLarge = Refused(
            .contentTooLarge, "too-large", "Тело запроса больше 1 МБ: разделите события на несколько запросов.")
        static let tooManyEvents = Refused(
            .contentTooLarge, "too-many-events", "Больше \(ForeignBatch.maximumEvents) событий в одном запросе.")
        static let slow = Refused(.requestTimeout, "too-slow", "Тело запроса не пришло вовремя.", retryAfter: 1)
        static let notJSON = Refused(.badRequest, "not-json", "Тело запроса — не JSON с событиями.")
        static let away = Refused(
            .serviceUnavailable, "away", "События сейчас не принять. Сохраните их и повторите.", retryAfter: 5)
    }

    private func response(_ refused: Refused) -> Response {
        Counter(label: "foreign_requests_refused_total", dimensions: [("reason", refused.errorID)]).increment()
        do {
            var response = try Self.json(refused.status, refused)
            if let seconds = refused.retryAfter { response.headers[.retryAfter] = "\(seconds)" }
            return response
        } catch {
            return Response(status: refused.status)
        }
    }

    private static func json(_ status: HTTPResponse.Status, _ body: some Encodable) throws -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json; charset=utf-8", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: try MessageCoding.encoder.encode(body))))
    }

    /// Without what an unknown error may quote.
    private static func safe(_ error: any Error) -> String {
        switch error {
        case let error as PostgresError: error.description
        case let error as UnreadableRow: error.description
        default: "\(type(of: error))"
        }
    }
}
