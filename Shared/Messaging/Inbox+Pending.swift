internal import Foundation
internal import Postgres

/// What was taken over and not handled: it waits for its predecessor, or for its next attempt.
extension Inbox {
    /// Claims an event and keeps it for another attempt.
    func postpone(_ event: EventEnvelope, attempt: Int, delay: Duration, reason: String) async throws {
        let seconds = Double(milliseconds: delay) / 1000
        try await self.database.transaction { transaction in
            _ = try await transaction.pipeline([
                "INSERT INTO inbox_message (id) VALUES (\(event.id)) ON CONFLICT DO NOTHING",
                Self.insertPending([event], state: "retryable", delay: seconds, attempt: attempt, reason: reason),
                "SELECT pg_notify(\(Self.channel), '')",
            ])
        }
    }

    /// One of the kept events, as it lies there.
    struct Kept: Sendable {
        let event: EventEnvelope
        /// How often it was tried.
        let attempt: Int
        /// Since it was taken over.
        let waited: Duration
    }

    /// What one transaction did with kept events.
    struct Round: Sendable {
        var found = 0
        var handled = 0
        /// Parked by it, for the log.
        var parked: [(event: EventEnvelope, problem: MalformedMessage)] = []
    }

    /// Takes the events whose next attempt is due.
    /// - Parameter limit: of events in the transaction.
    /// - Throws: what says nothing about a single event; then all stay as they are.
    func takePending(limit: Int = 100) async throws -> Round {
        try await self.take(
            """
            SELECT id, source, type, version, subject FROM inbox_pending
            WHERE state = 'retryable' AND run_at <= now() ORDER BY run_at LIMIT \(Int64(limit))
            """, withSuccessors: false)
    }

    /// Takes waiting events whose predecessor was handled or dropped without them being looked at.
    func takeWaiting(limit: Int = 100) async throws -> Round {
        try await self.take(
            """
            SELECT inbox_pending.id, source, type, version, subject FROM inbox_pending
            JOIN inbox_position USING (source, subject)
            WHERE state = 'waiting' AND subject_version <= position + 1
            ORDER BY source, subject, subject_version LIMIT \(Int64(limit))
            """, withSuccessors: true)
    }

    /// Handles the candidates together, or singly when they fail together, and decides about those that fail, all in one
    /// transaction: what waits costs no transaction each.
    private func take(_ candidates: PostgresQuery, withSuccessors: Bool) async throws -> Round {
        try await self.database.transaction { transaction in
            // Looked at without a lock: the positions come first.
            let candidates = try await transaction.query(candidates).map { row in
                let (id, source, type, version, subject) = try row.decode(
                    UUID.self, String.self, String.self, Int16.self, String.self)
                return (id: id, key: SubjectKey(source: source, subject: subject), type: "\(type).v\(version)")
            }
            guard !candidates.isEmpty else { return Round() }
            let ordered = Set(candidates.filter { self.handlers[$0.type]?.order != .each }.map(\.key)).sorted()
            if !ordered.isEmpty { _ = try await self.lockSubjects(ordered, in: transaction) }
            // Another replica may have taken some meanwhile, or has them now.
            let kept = try await transaction.query(
                """
                SELECT \(unsafeSQL: Self.pendingColumns), attempt,
                    extract(epoch FROM now() - received_at)::double precision AS waited
                FROM inbox_pending
                WHERE id = ANY(\(candidates.map(\.id))) AND (state = 'waiting' OR run_at <= now())
                ORDER BY source, subject, subject_version FOR UPDATE SKIP LOCKED
                """
            ).map { row in
                Kept(
                    event: try Self.envelope(row), attempt: Int(try row.decode("attempt", as: Int32.self)),
                    waited: .seconds(try row.decode("waited", as: Double.self)))
            }
            var round = Round()
            round.found = kept.count
            guard !kept.isEmpty else { return round }
            let (handled, failures) = try await self.handle(kept, withSuccessors: withSuccessors, in: transaction)
            round.handled = handled
            round.parked = try self.decide(failures, in: transaction)
            return round
        }
    }

    private typealias Failure = (kept: Kept, error: any Error)

    private func handle(
        _ kept: [Kept], withSuccessors: Bool, in transaction: Transaction
    ) async throws -> (handled: Int, failures: [Failure]) {
        do {
            return (try await self.attempt(kept, withSuccessors: withSuccessors, in: transaction), [])
        } catch {
            guard !Self.concernsAll(error, of: kept.count) else { throw error }
            guard kept.count > 1 else { return (0, [(kept[0], error)]) }
        }
        // One of them fails: singly, so that it is known which.
        var handled = 0
        var failures: [Failure] = []
        for one in kept {
            do {
                handled += try await self.attempt([one], withSuccessors: false, in: transaction)
            } catch {
                guard !Self.concernsAll(error, of: 1) else { throw error }
                failures.append((one, error))
            }
        }
        return (handled, failures)
    }

    private func attempt(_ kept: [Kept], withSuccessors: Bool, in transaction: Transaction) async throws -> Int {
        try await transaction.savepoint { transaction in
            try await transaction.execute("DELETE FROM inbox_pending WHERE id = ANY(\(kept.map(\.event.id)))")
            return try await self.handle(kept.map(\.event), withSuccessors: withSuccessors, in: transaction)
        }
    }

    /// Whether an error says nothing about one event: then the transaction is over, and is run again later. What took too
    /// long together is tried again with fewer.
    private static func concernsAll(_ error: any Error, of count: Int) -> Bool {
        if error is CancellationError || Task.isCancelled { return true }
        guard let error = error as? PostgresError else { return false }
        return error.isPassing || error.isOutOfTime && count > 1
    }

    /// - Returns: what was parked.
    private func decide(
        _ failures: [Failure], in transaction: Transaction
    ) throws -> [(event: EventEnvelope, problem: MalformedMessage)] {
        var parked: [(event: EventEnvelope, problem: MalformedMessage)] = []
        var later: [(id: UUID, attempt: Int32, delay: Double, reason: String)] = []
        for (kept, error) in failures {
            switch Fate(of: error, attempt: kept.attempt + 1, waited: kept.waited) {
            case .parked(let problem): parked.append((kept.event, problem))
            case .later(let delay, let reason):
                later.append((kept.event.id, Int32(kept.attempt + 1), Double(milliseconds: delay) / 1000, reason))
            }
        }
        if !later.isEmpty {
            try transaction.queue([
                """
                UPDATE inbox_pending AS known
                SET state = 'retryable', attempt = new.attempt, reason = new.reason,
                    run_at = now() + make_interval(secs => new.delay)
                FROM unnest(\(later.map(\.id)), \(later.map(\.attempt)), \(later.map(\.delay)), \(later.map(\.reason)))
                    AS new (id, attempt, delay, reason)
                WHERE known.id = new.id
                """
            ])
        }
        for (event, problem) in parked { try transaction.queue(ParkedMessages.parking(event, because: problem)) }
        return parked
    }

    /// A service that starts may be a later version, which knows what the one before did not.
    func askUnknownAgain() async throws {
        try await self.database.execute(
            """
            UPDATE inbox_pending SET run_at = now()
            WHERE state = 'retryable' AND reason IN (\(Fate.unknownWord), \(Fate.unknownType))
            """)
    }

    /// When the next retry is due; nil when none is kept.
    func nextRun() async throws -> Date? {
        try await self.database.query(
            "SELECT min(run_at) AS next FROM inbox_pending WHERE state = 'retryable'"
        ).first?.decode("next", as: Date?.self) ?? nil
    }
}
