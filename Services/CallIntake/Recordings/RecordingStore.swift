import Contracts
import Foundation
import Messaging
import Postgres

/// All SQL of recordings: here what the line and the fetcher write.
struct RecordingStore: Sendable {
    /// The channel that wakes the fetcher.
    static let channel = "recording"
    /// How long a claim outlives a replica that has died; a living one renews it three times as often.
    static let claimSeconds = 30.0
    /// How long after the end of its call a recording may still hear of its own end.
    static let overdueSeconds = 120.0

    let database: PostgresPool

    // MARK: The line

    /// Keeps what the line knows of recordings; for the pipeline of the line's own transaction.
    ///
    /// A row only goes forward: `recording` to `finished` or `failed`. What is over stays as it is, so the same value
    /// may be written any number of times; of two values with one id the later in `recordings` counts. Wakes the
    /// fetcher.
    static func upsert(_ recordings: [Recording]) -> PostgresQuery {
        """
        WITH changed AS (
            INSERT INTO recording AS known (id, exchange, name, call_id, kind, part, format, state, started_at,
                finished_at, duration_ms, failure, next_try_at)
            SELECT DISTINCT ON (id) id, exchange, name, call_id, kind, part, 'wav',
                CASE WHEN failure IS NOT NULL THEN 'failed' WHEN finished_at IS NOT NULL THEN 'finished'
                    ELSE 'recording' END,
                started_at, CASE WHEN failure IS NULL THEN finished_at ELSE coalesce(finished_at, now()) END,
                duration * 1000, failure, CASE WHEN coalesce(failure, finished_at::text) IS NOT NULL THEN now() END
            FROM unnest(\(recordings.map(\.id)), \(recordings.map(\.exchange)), \(recordings.map(\.name)),
                \(recordings.map(\.callID)), \(recordings.map(\.kind.rawValue)), \(recordings.map { Int32($0.part) }),
                \(recordings.map(\.startedAt)), \(recordings.map(\.finishedAt)), \(recordings.map(\.durationSeconds)),
                \(recordings.map(\.failure)))
                WITH ORDINALITY AS new (id, exchange, name, call_id, kind, part, started_at, finished_at, duration,
                    failure, place)
            ORDER BY id, place DESC
            ON CONFLICT (id) DO UPDATE SET state = EXCLUDED.state, finished_at = EXCLUDED.finished_at,
                duration_ms = EXCLUDED.duration_ms, failure = EXCLUDED.failure, next_try_at = EXCLUDED.next_try_at
            WHERE known.state = 'recording' AND EXCLUDED.state <> 'recording'
            RETURNING state
        )
        SELECT pg_notify(\(Self.channel), '') FROM changed WHERE state <> 'recording' LIMIT 1
        """
    }

    /// Recordings whose end was never heard, because the connection to the exchange was away: their call is over, so
    /// they are. Whether there is a file the exchange will say.
    func finishOverdue() async throws {
        try await self.database.execute(
            """
            UPDATE recording SET state = 'finished', finished_at = greatest(call.ended_at, recording.started_at),
                next_try_at = now()
            FROM call
            WHERE recording.state = 'recording' AND call.id = recording.call_id
              AND call.ended_at < now() - make_interval(secs => \(Self.overdueSeconds))
            """)
    }

    // MARK: Fetching

    /// A claimed recording that is to be fetched.
    struct Due: Sendable {
        let id: UUID
        let exchange: String
        let name: String
        let callID: UUID
        let kind: RecordingKind
        let part: Int
        /// This one, counted from 1. What an earlier one still writes is refused.
        let attempt: Int
        let failures: RecordingRules.Failures
    }

    /// Up to `limit` recordings that are due, those that have waited longest. A claim ends by itself unless it is
    /// renewed.
    func claim(limit: Int) async throws -> [Due] {
        try await self.database.query(
            """
            WITH due AS (
                SELECT id FROM recording WHERE state = 'finished' AND next_try_at <= now()
                ORDER BY next_try_at LIMIT \(Int64(limit)) FOR UPDATE SKIP LOCKED
            )
            UPDATE recording SET attempt = attempt + 1,
                next_try_at = now() + make_interval(secs => \(Self.claimSeconds))
            FROM due WHERE recording.id = due.id
            RETURNING recording.id, exchange, name, call_id, kind, part, attempt, failing_since, missing_since
            """
        ).map { row -> Due in
            let (id, exchange, name, call, kind, part, attempt, failing, missing) = try row.decode(
                UUID.self, String.self, String.self, UUID.self, RecordingKind.self, Int32.self, Int32.self,
                Date?.self, Date?.self)
            return Due(
                id: id, exchange: exchange, name: name, callID: call, kind: kind, part: Int(part),
                attempt: Int(attempt), failures: .init(failingSince: failing, missingSince: missing))
        }
    }

    /// Holds a claim for another `claimSeconds`. One that a later attempt has taken stays that one's.
    func renew(_ due: Due) async throws {
        try await self.database.execute(
            """
            UPDATE recording SET next_try_at = now() + make_interval(secs => \(Self.claimSeconds))
            WHERE id = \(due.id) AND state = 'finished' AND attempt = \(Int32(due.attempt))
            """)
    }

    /// Notes that the sound is ours, and tells it.
    /// - Returns: false when a later attempt has begun, or the recording is stored: this file is nobody's.
    func keep(_ sealed: SealedRecording, of due: Due) async throws -> Bool {
        try await self.database.transaction { transaction in
            let row = try await transaction.query(
                """
                UPDATE recording SET state = 'stored', stored_at = now(), next_try_at = now(),
                    duration_ms = coalesce(\(sealed.durationMilliseconds), duration_ms, 0),
                    size_bytes = \(sealed.sizeBytes), sha256 = \(sealed.sha256), key_id = \(sealed.key.keyID),
                    wrapped_key = \(sealed.key.wrapped), path = \(sealed.path), failing_since = NULL,
                    missing_since = NULL, failure = NULL
                WHERE id = \(due.id) AND state = 'finished' AND attempt = \(Int32(due.attempt))
                RETURNING duration_ms, stored_at
                """
            ).first
            guard let row else { return false }
            let (duration, storedAt) = try row.decode(Int64.self, Date.self)
            try transaction.outbox.append(
                RecordingStored(
                    recordingID: due.id, callID: due.callID, kind: due.kind, part: due.part,
                    durationMilliseconds: Int(duration), sizeBytes: sealed.sizeBytes, sha256: sealed.sha256.hexadecimal,
                    storedAt: storedAt))
            return true
        }
    }

    /// Notes that fetching has failed: it is tried again, or given up and announced.
    func note(_ decision: RecordingRules.Decision, failure: String, of due: Due, now: Date) async throws {
        switch decision {
        case .again(let seconds, let failures):
            try await self.database.execute(
                """
                UPDATE recording SET next_try_at = now() + make_interval(secs => \(seconds)), failure = \(failure),
                    failing_since = \(failures.failingSince), missing_since = \(failures.missingSince)
                WHERE id = \(due.id) AND state = 'finished' AND attempt = \(Int32(due.attempt))
                """)
        case .giveUp:
            try await self.database.execute(
                """
                UPDATE recording SET state = 'failed', next_try_at = now(), failure = \(failure)
                WHERE id = \(due.id) AND state = 'finished' AND attempt = \(Int32(due.attempt))
                """)
        }
    }

    /// Gives a claim back at once, to another replica.
    func release(_ due: Due) async throws {
        _ = try await self.database.pipeline([
            """
            UPDATE recording SET next_try_at = now()
            WHERE id = \(due.id) AND state = 'finished' AND attempt = \(Int32(due.attempt))
            """,
            "SELECT pg_notify(\(Self.channel), '')",
        ])
    }

    // MARK: Telling

    /// Announces what has no recording, each once.
    /// - Returns: those announced now.
    func announceFailed() async throws -> [RecordingFailed] {
        try await self.database.transaction { transaction in
            let failed = try await transaction.query(
                """
                UPDATE recording SET next_try_at = NULL WHERE state = 'failed' AND next_try_at IS NOT NULL
                RETURNING id, call_id, kind, part, failure, now()
                """
            ).map { row -> RecordingFailed in
                let (id, call, kind, part, failure, now) = try row.decode(
                    UUID.self, UUID.self, RecordingKind.self, Int32.self, String.self, Date.self)
                return RecordingFailed(
                    recordingID: id, callID: call, kind: kind, part: Int(part), reason: failure, failedAt: now)
            }
            try transaction.outbox.append(failed)
            return failed
        }
    }

    /// Seconds since the oldest recording that still lies at the exchange was finished; 0 when none waits.
    func oldestWaiting() async throws -> Double {
        try await self.database.query(
            """
            SELECT coalesce(extract(epoch FROM now() - min(finished_at)), 0)::float8 AS seconds
            FROM recording WHERE state = 'finished'
            """
        ).first?.decode("seconds") ?? 0
    }

    /// When there is something to fetch next.
    func nextFetch() async throws -> Date? {
        try await self.database.query("SELECT min(next_try_at) AS next FROM recording WHERE state = 'finished'")
            .first?.decode("next", as: Date?.self) ?? nil
    }
}

extension Data {
    /// Lower-case hexadecimal digits.
    var hexadecimal: String {
        self.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
