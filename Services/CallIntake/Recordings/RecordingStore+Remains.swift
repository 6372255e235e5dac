import Contracts
import Foundation
import Messaging
import Postgres

/// What is to be removed: the exchange's copies of what we have, the files of what was erased, and recordings whose
/// time has come.
extension RecordingStore {
    /// Something of a recording that is to go.
    struct Remains: Sendable {
        let id: UUID
        let exchange: String
        let name: String
        let isAtExchange: Bool
        /// The file of an erased recording; nil when it is to stay.
        let path: String?
    }

    /// Claims up to `limit` of what is to be removed, for a minute.
    func claimRemains(limit: Int) async throws -> [Remains] {
        try await self.database.query(
            """
            WITH due AS (
                SELECT id FROM recording WHERE state IN ('stored', 'erased') AND next_try_at <= now()
                ORDER BY next_try_at LIMIT \(Int64(limit)) FOR UPDATE SKIP LOCKED
            )
            UPDATE recording SET next_try_at = now() + interval '1 minute' FROM due WHERE recording.id = due.id
            RETURNING recording.id, exchange, name, is_at_exchange, CASE WHEN state = 'erased' THEN path END
            """
        ).map { row in
            let (id, exchange, name, isAtExchange, path) = try row.decode(
                UUID.self, String.self, String.self, Bool.self, String?.self)
            return Remains(id: id, exchange: exchange, name: name, isAtExchange: isAtExchange, path: path)
        }
    }

    /// What has become of something that was to go.
    struct Removal: Sendable {
        let id: UUID
        var isCopyGone: Bool
        var isFileGone: Bool
    }

    /// Notes what is gone. What is left is tried again after `seconds`.
    func note(_ removals: [Removal], retryAfter seconds: Double) async throws {
        try await self.database.execute(
            """
            UPDATE recording SET is_at_exchange = is_at_exchange AND NOT copy,
                path = CASE WHEN state = 'erased' AND file THEN NULL ELSE path END,
                next_try_at = CASE
                    WHEN is_at_exchange AND NOT copy OR state = 'erased' AND path IS NOT NULL AND NOT file
                    THEN now() + make_interval(secs => \(seconds)) END
            FROM unnest(\(removals.map(\.id)), \(removals.map(\.isCopyGone)), \(removals.map(\.isFileGone)))
                AS gone (id, copy, file)
            WHERE recording.id = gone.id AND state IN ('stored', 'erased')
            """)
    }

    /// When something is to be removed or announced next.
    func nextRemains() async throws -> Date? {
        try await self.database.query(
            "SELECT min(next_try_at) AS next FROM recording WHERE state IN ('stored', 'erased', 'failed')"
        ).first?.decode("next", as: Date?.self) ?? nil
    }

    /// Which of these files no recording needs: another attempt's file is kept. A file of a recording that is not
    /// known here is none of them.
    func leftovers(among paths: [String]) async throws -> [String] {
        let named = paths.compactMap { path in RecordingPath.id(of: path).map { (id: $0, path: path) } }
        return try await self.database.query(
            """
            SELECT file.path FROM unnest(\(named.map(\.id)), \(named.map(\.path))) AS file (id, path)
            JOIN recording ON recording.id = file.id AND recording.path IS DISTINCT FROM file.path
            """
        ).map { try $0.decode("path") }
    }

    // MARK: The end of its time

    /// A recording that is older than it may become.
    struct Aged: Sendable {
        let id: UUID
        let callID: UUID
        let finishedAt: Date
    }

    /// Notes that the appeals of these recordings are open: the journal is asked again after a tenth of their age, at
    /// least a day and at most 30 days. So long a recording may outlast the end of its appeal.
    func remember(_ ids: [UUID]) async throws {
        try await self.database.execute(
            """
            UPDATE recording SET ask_journal_at = now()
                + greatest(interval '1 day', least(interval '30 days', (now() - finished_at) / 10))
            WHERE id = ANY(\(ids)) AND state = 'stored'
            """)
    }

    /// Stored recordings that were over more than `days` days ago and whose appeal is not known to be open, the oldest
    /// first, behind `last`.
    func aged(days: Int, after last: Aged?, limit: Int) async throws -> [Aged] {
        try await self.database.query(
            """
            SELECT id, call_id, finished_at FROM recording
            WHERE state = 'stored' AND finished_at < now() - make_interval(days => \(Int32(days)))
              AND (ask_journal_at IS NULL OR ask_journal_at <= now())
              AND (\(last?.id)::uuid IS NULL OR (finished_at, id) > (\(last?.finishedAt), \(last?.id)))
            ORDER BY finished_at, id LIMIT \(Int64(limit))
            """
        ).map { row in
            let (id, call, finishedAt) = try row.decode(UUID.self, UUID.self, Date.self)
            return Aged(id: id, callID: call, finishedAt: finishedAt)
        }
    }

    /// Destroys the keys of these recordings and tells it; their files follow. Never below the floor of 30 days.
    /// - Returns: how many were erased now.
    func erase(_ ids: [UUID], reason: String) async throws -> Int {
        try await self.database.transaction { transaction in
            let erased = try await transaction.query(
                """
                UPDATE recording SET state = 'erased', wrapped_key = NULL, erased_at = now(),
                    erase_reason = \(reason), next_try_at = now()
                WHERE id = ANY(\(ids)) AND state = 'stored'
                  AND finished_at <= now() - make_interval(hours => \(Int32(RecordingRules.floorDays * 24)))
                RETURNING id, call_id, kind, part, erased_at
                """
            ).map { row -> RecordingErased in
                let (id, call, kind, part, erasedAt) = try row.decode(
                    UUID.self, UUID.self, RecordingKind.self, Int32.self, Date.self)
                return RecordingErased(
                    recordingID: id, callID: call, kind: kind, part: Int(part), reason: reason, erasedAt: erasedAt)
            }
            try transaction.outbox.append(erased)
            try transaction.queue(["SELECT pg_notify(\(Self.channel), '')"])
            return erased.count
        }
    }
}
