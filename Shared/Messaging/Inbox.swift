internal import Foundation
package import Postgres

/// Takes events over into the database of a service: claim, order, handling and positions in one transaction.
///
/// The statements of `Migrations/0001_create_messaging.sql` that hearing needs stand here and in `ParkedMessages`.
package struct Inbox: Sendable {
    let database: PostgresPool
    let handlers: [String: EventHandler]

    /// The channel that wakes the loop of pending events.
    static let channel = "inbox"

    package init(database: PostgresPool, handlers: [String: EventHandler]) {
        self.database = database
        self.handlers = handlers
    }

    /// One transaction: claims the events, handles what is due, keeps what must wait.
    /// - Parameter withSuccessors: also handles what waited for them. Without, it is left to `takeWaiting`, so that
    ///   a successor that fails is not blamed on its predecessor.
    /// - Returns: how many were handled; the others were known, dropped or wait.
    package func take(_ events: [EventEnvelope], withSuccessors: Bool = true) async throws -> Int {
        try await self.database.transaction { transaction in
            let unique = Dictionary(events.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
            let claimed = try await transaction.query(
                """
                INSERT INTO inbox_message (id) SELECT * FROM unnest(\(unique.keys.sorted(by: <)))
                ON CONFLICT DO NOTHING RETURNING id
                """
            ).compactMap { unique[try $0.decode("id", as: UUID.self)] }
            guard !claimed.isEmpty else { return 0 }
            if !withSuccessors { try await transaction.execute("SELECT pg_notify(\(Self.channel), '')") }
            return try await self.handle(claimed, withSuccessors: withSuccessors, in: transaction)
        }
    }

    /// Handles events that were claimed before, and those that waited for them.
    private func handle(
        _ events: [EventEnvelope], withSuccessors: Bool, in transaction: Transaction
    ) async throws -> Int {
        let ordered = Set(events.filter { self.order(of: $0) != .each }.map(\.key)).sorted()
        var current: [SubjectKey: Int64] = [:]
        var waiting: [EventEnvelope] = []
        if !ordered.isEmpty { (current, waiting) = try await self.lockSubjects(ordered, in: transaction) }
        if !withSuccessors { waiting = [] }

        let plan = BatchPlan(events + waiting, current: current, order: self.order)
        for group in plan.groups {
            // Only a parked one that is retried too early can have no handler: the consumer looks before it takes.
            guard let handler = self.handlers[group.routingKey] else { throw Self.unknownType(group.events[0]) }
            if !handler.isIgnored { try await handler.handle(group.events, transaction) }
        }
        try self.keep(plan, waited: Set(waiting.map(\.id)), in: transaction)
        return plan.groups.reduce(0) { $0 + $1.events.count }
    }

    static func unknownType(_ event: EventEnvelope) -> MalformedMessage {
        MalformedMessage(
            reason: "unknown-type", description: "no handler for \(event.type.prefix(64)) version \(event.version)")
    }

    private func order(of event: EventEnvelope) -> SubjectOrder {
        self.handlers[event.routingKey]?.order ?? .each
    }

    /// Locks the positions, in sorted order against deadlocks. A subject that is new gets its row first: whoever
    /// comes second waits for it, and then sees what the first one has done or left waiting.
    private func lockSubjects(
        _ keys: [SubjectKey], in transaction: Transaction
    ) async throws -> ([SubjectKey: Int64], [EventEnvelope]) {
        let (sources, subjects) = (keys.map(\.source), keys.map(\.subject))
        let results = try await transaction.pipeline([
            """
            INSERT INTO inbox_position (source, subject, position)
            SELECT source, subject, 0 FROM unnest(\(sources), \(subjects)) AS new (source, subject)
            ORDER BY source, subject ON CONFLICT DO NOTHING
            """,
            """
            SELECT source, subject, position FROM inbox_position
            JOIN unnest(\(sources), \(subjects)) AS wanted (source, subject) USING (source, subject)
            ORDER BY source, subject FOR UPDATE OF inbox_position
            """,
            """
            SELECT \(unsafeSQL: Self.pendingColumns) FROM inbox_pending
            JOIN unnest(\(sources), \(subjects)) AS wanted (source, subject) USING (source, subject)
            WHERE state = 'waiting'
            """,
        ])
        var current: [SubjectKey: Int64] = [:]
        for row in results[1] {
            let (source, subject, position) = try row.decode(String.self, String.self, Int64.self)
            current[SubjectKey(source: source, subject: subject)] = position
        }
        return (current, try results[2].map(Self.envelope))
    }

    /// Writes what the plan decided besides handling.
    private func keep(_ plan: BatchPlan, waited: Set<UUID>, in transaction: Transaction) throws {
        var statements: [PostgresQuery] = []
        if !plan.positions.isEmpty {
            let moved = plan.positions.sorted { $0.key < $1.key }
            statements.append(
                """
                UPDATE inbox_position AS known SET position = new.position
                FROM unnest(\(moved.map(\.key.source)), \(moved.map(\.key.subject)), \(moved.map(\.value)))
                    AS new (source, subject, position)
                WHERE known.source = new.source AND known.subject = new.subject
                """)
        }
        let early = plan.waiting.filter { !waited.contains($0.id) }
        if !early.isEmpty { statements.append(Self.insertPending(early, state: "waiting")) }
        let done = waited.subtracting(plan.waiting.map(\.id))
        if !done.isEmpty {
            statements.append("DELETE FROM inbox_pending WHERE id = ANY(\(Array(done)))")
        }
        try transaction.queue(statements)
    }

    // MARK: Pending

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

    /// Takes one event whose next attempt is due and handles it, and nothing else.
    /// - Returns: nil when nothing is due.
    /// - Throws: `PendingFailure` with the event and its count of attempts, both of which stay as they are.
    func takePending() async throws -> Bool? {
        try await self.takeOne(
            """
            SELECT \(unsafeSQL: Self.pendingColumns), attempt FROM inbox_pending
            WHERE state = 'retryable' AND run_at <= now()
            ORDER BY run_at LIMIT 1 FOR UPDATE SKIP LOCKED
            """)
    }

    private func takeOne(_ query: PostgresQuery) async throws -> Bool? {
        var taken: (event: EventEnvelope, attempt: Int)?
        do {
            return try await self.database.transaction { transaction -> Bool? in
                guard let row = try await transaction.query(query).first else { return nil }
                let event = try Self.envelope(row)
                taken = (event, Int(try row.decode("attempt", as: Int32.self)))
                try await transaction.execute("DELETE FROM inbox_pending WHERE id = \(event.id)")
                _ = try await self.handle([event], withSuccessors: false, in: transaction)
                return true
            }
        } catch {
            guard let taken else { throw error }
            throw PendingFailure(event: taken.event, attempt: taken.attempt, cause: error)
        }
    }

    struct PendingFailure: Error {
        let event: EventEnvelope
        let attempt: Int
        let cause: any Error
    }

    /// Handles waiting events whose predecessor was handled or dropped without them being looked at.
    /// - Returns: how many; none when none can be handled.
    /// - Throws: `PendingFailure` for one that fails even alone.
    func takeWaiting() async throws -> Int {
        do {
            return try await self.takeAllWaiting()
        } catch let error as PostgresError where error.isRetryable {
            throw error
        } catch {
            // One of them fails: singly, so that it is known which.
            return try await self.takeOne(Self.due(limit: 1)) == true ? 1 : 0
        }
    }

    /// Waiting events that are next in their subjects.
    private static func due(limit: Int64) -> PostgresQuery {
        """
        SELECT \(unsafeSQL: Self.pendingColumns), attempt FROM inbox_pending
        JOIN inbox_position USING (source, subject)
        WHERE state = 'waiting' AND subject_version <= position + 1
        ORDER BY source, subject, subject_version LIMIT \(limit) FOR UPDATE OF inbox_pending SKIP LOCKED
        """
    }

    private func takeAllWaiting() async throws -> Int {
        try await self.database.transaction { transaction in
            let rows = try await transaction.query(Self.due(limit: 100))
            let events = try rows.map(Self.envelope)
            guard !events.isEmpty else { return 0 }
            try await transaction.execute("DELETE FROM inbox_pending WHERE id = ANY(\(events.map(\.id)))")
            return try await self.handle(events, withSuccessors: true, in: transaction)
        }
    }

    /// When the next retry is due; nil when none is kept.
    func nextRun() async throws -> Date? {
        try await self.database.query(
            "SELECT min(run_at) AS next FROM inbox_pending WHERE state = 'retryable'"
        ).first?.decode("next", as: Date?.self) ?? nil
    }

    static let pendingColumns = """
        inbox_pending.id, source, type, version, subject, subject_version, time, traceparent, body
        """

    static func envelope(_ row: PostgresRow) throws -> EventEnvelope {
        EventEnvelope(
            id: try row.decode("id"), source: try row.decode("source"), type: try row.decode("type"),
            version: Int(try row.decode("version", as: Int16.self)), subject: try row.decode("subject"),
            subjectVersion: try row.decode("subject_version"), time: try row.decode("time"),
            traceparent: try row.decode("traceparent", as: String?.self),
            body: Array(try row.decode("body", as: Data.self)))
    }

    static func insertPending(
        _ events: [EventEnvelope], state: String, delay: Double? = nil, attempt: Int = 0, reason: String? = nil
    ) -> PostgresQuery {
        """
        INSERT INTO inbox_pending
            (id, source, type, version, subject, subject_version, time, traceparent, body, state, attempt, run_at,
             reason)
        SELECT *, \(state), \(Int32(attempt)), now() + make_interval(secs => \(delay)), \(reason)
        FROM unnest(\(events.map(\.id)), \(events.map(\.source)), \(events.map(\.type)),
            \(events.map { Int16($0.version) }), \(events.map(\.subject)), \(events.map(\.subjectVersion)),
            \(events.map(\.time)), \(events.map(\.traceparent)), \(events.map { Data($0.body) }))
        ON CONFLICT (id) DO UPDATE
        SET state = EXCLUDED.state, attempt = EXCLUDED.attempt, run_at = EXCLUDED.run_at, reason = EXCLUDED.reason
        """
    }
}

extension UUID {
    static func < (left: UUID, right: UUID) -> Bool {
        withUnsafeBytes(of: left.uuid) { left in
            withUnsafeBytes(of: right.uuid) { right in left.lexicographicallyPrecedes(right) }
        }
    }
}
