internal import Foundation
package import Postgres

/// Takes events over into the database of a service: claim, order, handling and positions in one transaction.
///
/// Every transaction locks in one order, or two would wait for each other: the ids in `inbox_message`, the positions by
/// source and subject, then rows of `inbox_pending`, then of `parked_message`.
///
/// The statements of `Migrations` that hearing needs stand here, in `Inbox+Pending` and in `ParkedMessages`.
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
    func handle(
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
            reason: Fate.unknownType, description: "no handler for \(event.type.prefix(64)) version \(event.version)")
    }

    func order(of event: EventEnvelope) -> SubjectOrder {
        self.handlers[event.routingKey]?.order ?? .each
    }

    /// Locks the positions, in sorted order against deadlocks. A subject that is new gets its row first: whoever
    /// comes second waits for it, and then sees what the first one has done or left waiting.
    func lockSubjects(
        _ keys: [SubjectKey], in transaction: Transaction
    ) async throws -> ([SubjectKey: Int64], [EventEnvelope]) {
        while true {
            let (positions, waiting) = try await self.tryLockSubjects(keys, in: transaction)
            // Housekeeping may have removed one between the two statements.
            if positions.count == keys.count { return (positions, waiting) }
        }
    }

    private func tryLockSubjects(
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
                UPDATE inbox_position AS known SET position = new.position, moved_on = current_date
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

    static let pendingColumns = """
        inbox_pending.id, source, type, version, subject, subject_version, time, traceparent, after_pause, body
        """

    static func envelope(_ row: PostgresRow) throws -> EventEnvelope {
        EventEnvelope(
            id: try row.decode("id"), source: try row.decode("source"), type: try row.decode("type"),
            version: Int(try row.decode("version", as: Int16.self)), subject: try row.decode("subject"),
            subjectVersion: try row.decode("subject_version"), time: try row.decode("time"),
            traceparent: try row.decode("traceparent", as: String?.self),
            body: Array(try row.decode("body", as: Data.self)), isAfterPause: try row.decode("after_pause"))
    }

    static func insertPending(
        _ events: [EventEnvelope], state: String, delay: Double? = nil, attempt: Int = 0, reason: String? = nil
    ) -> PostgresQuery {
        """
        INSERT INTO inbox_pending
            (id, source, type, version, subject, subject_version, time, traceparent, after_pause, body, state, attempt,
             run_at, reason)
        SELECT *, \(state), \(Int32(attempt)), now() + make_interval(secs => \(delay)), \(reason)
        FROM unnest(\(events.map(\.id)), \(events.map(\.source)), \(events.map(\.type)),
            \(events.map { Int16($0.version) }), \(events.map(\.subject)), \(events.map(\.subjectVersion)),
            \(events.map(\.time)), \(events.map(\.traceparent)), \(events.map(\.isAfterPause)),
            \(events.map { Data($0.body) }))
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
