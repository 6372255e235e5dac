internal import Crypto
public import Foundation
public import Postgres

/// What a service does with one type of request. Made by `read`, `write`, `rewrite` and `effect`.
public struct RequestHandler: Sendable {
    let schema: String
    package let type: String
    /// - Returns: the body of the answer.
    package let answer: @Sendable (_ body: Data, _ key: UUID, _ database: PostgresPool) async throws -> Data

    /// A question. Asked again, it is answered again.
    public static func read<R: Request>(
        _ type: R.Type, _ body: @escaping @Sendable (R) async throws -> R.Answer
    ) -> RequestHandler {
        RequestHandler(R.self) { request, _, _, _ in
            try MessageCoding.encoder.encode(try await body(request))
        }
    }

    /// An order that is one transaction. The answer is kept with its key in the same transaction, so a repeated
    /// order is answered and not done again. The same key with another body is refused (`key-reused`).
    public static func write<R: Request>(
        _ type: R.Type, _ body: @escaping @Sendable (R, Transaction) async throws -> R.Answer
    ) -> RequestHandler {
        RequestHandler(R.self) { request, bytes, key, database in
            let digest = Data(SHA256.hash(data: bytes))
            return try await Self.retryingConflicts {
                try await database.transaction { transaction in
                    // Whoever comes second with this key waits here until the first has committed.
                    let isNew = try await transaction.execute(
                        """
                        INSERT INTO request_answer (key, type, digest) VALUES (\(key), \(R.type), \(digest))
                        ON CONFLICT DO NOTHING
                        """)
                    guard isNew == 1 else { return try await Self.known(key, digest: digest, in: transaction) }
                    let answer = try MessageCoding.encoder.encode(try await body(request, transaction))
                    try transaction.queue(["UPDATE request_answer SET answer = \(answer) WHERE key = \(key)"])
                    Failpoint.requestHandled.pass()
                    return answer
                }
            }
        }
    }

    /// An order that is one transaction and comes so often that its answer is not kept: a repeated order is done again. The
    /// body knows by what is in the order, a revision for instance, that it has been done, and answers as before.
    public static func rewrite<R: Request>(
        _ type: R.Type, _ body: @escaping @Sendable (R, Transaction) async throws -> R.Answer
    ) -> RequestHandler {
        RequestHandler(R.self) { request, _, _, database in
            try await Self.retryingConflicts {
                try await database.transaction { transaction in
                    let answer = try MessageCoding.encoder.encode(try await body(request, transaction))
                    Failpoint.requestHandled.pass()
                    return answer
                }
            }
        }
    }

    /// As `write`, for orders that contend for the same rows: those that arrive while one is being written are
    /// written together.
    /// - Parameters:
    ///   - maximum: orders in one transaction.
    ///   - subject: two orders with the same one are never written together.
    ///   - body: one outcome for each order, in their order. It writes nothing for what it refuses.
    public static func writeTogether<R: Request, Subject: Hashable & Sendable>(
        _ type: R.Type, maximum: Int = 50, apart subject: @escaping @Sendable (R) -> Subject,
        _ body: @escaping @Sendable ([R], Transaction) async throws -> [Result<R.Answer, Refusal>]
    ) -> RequestHandler {
        let group = GroupedWrites(maximum: maximum, subject: subject, body)
        return RequestHandler(R.self) { request, bytes, key, database in
            try await group.answer(request, digest: Data(SHA256.hash(data: bytes)), key: key, in: database)
        }
    }

    /// An order that reaches outside and keeps its own books: the handler must give the same answer to the same
    /// order by the ids in it.
    public static func effect<R: Request>(
        _ type: R.Type, _ body: @escaping @Sendable (R, _ key: UUID) async throws -> R.Answer
    ) -> RequestHandler {
        RequestHandler(R.self) { request, _, key, _ in
            try MessageCoding.encoder.encode(try await body(request, key))
        }
    }

    private init<R: Request>(
        _ type: R.Type,
        _ answer: @escaping @Sendable (R, Data, UUID, PostgresPool) async throws -> Data
    ) {
        self.type = R.type
        self.schema = RequestWire.schema(type: R.type, version: R.version)
        self.answer = { body, key, database in
            // Before any handler sees them: PostgreSQL stores no U+0000, and one in an order must harm nobody.
            try ControlCharacters.check(body)
            let request: R
            do {
                request = try MessageCoding.decoder.decode(R.self, from: body)
            } catch let error as DecodingError {
                if case .dataCorrupted(let context) = error,
                    let hinted = context.underlyingError as? any HintedError
                {
                    throw Refusal("field-invalid", hinted.hint, field: error.safePath)
                }
                throw Refusal(
                    "malformed-request", "Запрос не разобран: \(error.safeDescription).", field: error.safePath)
            }
            return try await answer(request, body, key, database)
        }
    }

    static func known(_ key: UUID, digest: Data, in transaction: Transaction) async throws -> Data {
        let row = try await transaction.query("SELECT digest, answer FROM request_answer WHERE key = \(key)").first
        guard let (knownDigest, answer) = try row?.decode(Data.self, Data?.self) else {
            throw RequestError(kind: .failed, request: "kept answer")
        }
        guard knownDigest == digest, let answer else {
            throw Refusal.keyReused
        }
        return answer
    }

    /// Two transactions that met are run again; nobody has seen anything of them.
    static func retryingConflicts<R>(_ body: () async throws -> R) async throws -> R {
        var attempt = 0
        while true {
            do {
                return try await body()
            } catch let error as PostgresError
                where attempt < 3 && (error.sqlState == .serializationFailure || error.sqlState == .deadlockDetected)
            {
                attempt += 1
                try await Task.sleep(
                    for: Backoff(base: .milliseconds(5), limit: .milliseconds(50)).delay(afterAttempt: attempt))
            }
        }
    }
}
