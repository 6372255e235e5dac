internal import AMQP
public import Foundation
public import Postgres

/// What cannot be handled without a person. A parked event holds its own subject and nobody else's, until it is
/// retried or dropped.
public struct ParkedMessages: Sendable {
    private let database: PostgresPool

    public init(database: PostgresPool) {
        self.database = database
    }

    /// A line of `line122 parked list`. Without the body, which may hold personal data.
    public struct Entry: Sendable {
        public let id: UUID
        public let type: String?
        public let subject: String?
        public let subjectVersion: Int64?
        public let reason: String
        public let detail: String
        public let parkedAt: Date
    }

    public func list(limit: Int = 100) async throws -> [Entry] {
        try await self.database.query(
            """
            SELECT id, type, subject, subject_version, reason, detail, parked_at FROM parked_message
            ORDER BY parked_at LIMIT \(Int64(limit))
            """
        ).map { row in
            let (id, type, subject, version, reason, detail, parkedAt) = try row.decode(
                UUID.self, String?.self, String?.self, Int64?.self, String.self, String.self, Date.self)
            return Entry(
                id: id, type: type, subject: subject, subjectVersion: version, reason: reason, detail: detail,
                parkedAt: parkedAt)
        }
    }

    /// Hands parked events to their handler again, at once. Messages that are no events stay.
    /// - Returns: how many.
    public func retry(_ ids: [UUID]) async throws -> Int {
        try await self.database.transaction { transaction in
            let count = try await transaction.execute(
                """
                WITH retried AS (
                    DELETE FROM parked_message WHERE id = ANY(\(ids)) AND subject IS NOT NULL RETURNING *
                )
                INSERT INTO inbox_pending
                    (id, source, type, version, subject, subject_version, time, traceparent, after_pause, body, state,
                     run_at)
                SELECT id, source, type, version, subject, subject_version, time, traceparent, after_pause, body,
                    'retryable', now()
                FROM retried
                """)
            try await transaction.execute("SELECT pg_notify(\(Inbox.channel), '')")
            return count
        }
    }

    /// Gives parked messages up. The subject's position moves on, so that successors that wait are handled.
    /// - Returns: how many.
    public func drop(_ ids: [UUID]) async throws -> Int {
        try await self.database.transaction { transaction in
            // The positions first, as everybody locks.
            let dropped = try await transaction.pipeline([
                """
                SELECT FROM inbox_position
                WHERE (source, subject) IN (SELECT source, subject FROM parked_message WHERE id = ANY(\(ids)))
                ORDER BY source, subject FOR UPDATE
                """,
                "DELETE FROM parked_message WHERE id = ANY(\(ids)) RETURNING source, subject, subject_version",
            ])[1].map { try $0.decode(String?.self, String?.self, Int64?.self) }
            // In the order of versions: of two that follow each other the second moves on from the first.
            for (source, subject, version) in dropped.sorted(by: { ($0.2 ?? 0) < ($1.2 ?? 0) }) {
                guard let source, let subject, let version else { continue }
                try transaction.queue([
                    """
                    UPDATE inbox_position SET position = \(version), moved_on = current_date
                    WHERE source = \(source) AND subject = \(subject) AND position = \(version - 1)
                    """
                ])
            }
            try transaction.queue(["SELECT pg_notify(\(Inbox.channel), '')"])
            return dropped.count
        }
    }

    /// Keeps an event that its handler refused; claims it, so that a repeated delivery is known.
    func park(_ event: EventEnvelope, because problem: MalformedMessage) async throws {
        try await self.database.transaction { transaction in
            _ = try await transaction.pipeline(
                ["INSERT INTO inbox_message (id) VALUES (\(event.id)) ON CONFLICT DO NOTHING"]
                    + Self.parking(event, because: problem))
        }
    }

    /// The statements that park an event that is claimed.
    static func parking(_ event: EventEnvelope, because problem: MalformedMessage) -> [PostgresQuery] {
        [
            // The position is made known, so that dropping it later has something to move.
            """
            INSERT INTO inbox_position (source, subject, position) VALUES (\(event.source), \(event.subject), 0)
            ON CONFLICT DO NOTHING
            """,
            "DELETE FROM inbox_pending WHERE id = \(event.id)",
            """
            INSERT INTO parked_message
                (id, source, type, version, subject, subject_version, time, traceparent, after_pause, body, reason,
                 detail)
            VALUES (\(event.id), \(event.source), \(event.type), \(Int16(event.version)), \(event.subject),
                \(event.subjectVersion), \(event.time), \(event.traceparent), \(event.isAfterPause), \(Data(event.body)),
                \(problem.reason), \(problem.description))
            ON CONFLICT DO NOTHING
            """,
        ]
    }

    /// Keeps a message that is no event that this service knows. Its body is kept as it came, if it came.
    func park(_ delivery: AMQPDelivery, because problem: MalformedMessage) async throws {
        let properties = delivery.message.properties
        // The same message again is the same row; one without an id is a row each time it comes.
        let id = properties.messageID.flatMap(UUID.init(uuidString:)) ?? MessageID.next()
        try await self.database.execute(
            """
            INSERT INTO parked_message (id, type, body, reason, detail)
            VALUES (\(id), \(properties.type?.replacing("\0", with: "")), \(Data(delivery.message.body)), \(problem.reason),
                \(problem.description))
            ON CONFLICT DO NOTHING
            """)
    }
}
