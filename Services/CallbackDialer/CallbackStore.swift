import Contracts
import Foundation
import Messaging
import Postgres
import Vocabulary

/// All SQL of the callback dialer.
struct CallbackStore: Sendable {
    /// The channel that wakes the dialling loop.
    static let channel = "dial_attempt"
    /// A replica that asked for a dial and died is replaced after this many seconds; the attempt keeps its id, and
    /// call-intake dials it once.
    private static let claimSeconds = 10.0

    let database: PostgresPool

    // MARK: Events

    struct NewCallback: Sendable {
        let call: CallEnded
        let decision: CallbackRules.Decision
    }

    /// Opens a callback for each broken call that has none.
    /// - Returns: the events that tell of it.
    static func open(_ new: [NewCallback], in transaction: Transaction) async throws -> [any Event] {
        var events: [any Event] = []
        let ids = new.map { CallbackIdentity.callback(of: $0.call.callID) }
        var states: [String] = []
        var reasons: [String?] = []
        var attempts: [(id: UUID, callback: UUID, due: Date)] = []
        for (id, new) in zip(ids, new) {
            switch new.decision {
            case .dial(_, let due):
                states.append(CallbackState.open.rawValue)
                reasons.append(nil)
                attempts.append((CallbackIdentity.attempt(of: new.call.callID, 1), id, due))
            case .finish(let state, let reason):
                states.append(state.rawValue)
                reasons.append(reason)
            }
        }
        let inserted = try await transaction.query(
            """
            INSERT INTO callback (id, call_id, number, operator_id, state, reason, broken_at, finished_at)
            SELECT id, call_id, number, operator_id, state, reason, at, CASE WHEN state <> 'open' THEN now() END
            FROM unnest(\(ids), \(new.map(\.call.callID)), \(new.map { $0.call.caller.number?.e164 }),
                \(new.map(\.call.operatorID)), \(states), \(reasons), \(new.map(\.call.endedAt)))
                AS new (id, call_id, number, operator_id, state, reason, at)
            ON CONFLICT DO NOTHING RETURNING id
            """)
        let fresh = Set(try inserted.map { try $0.decode("id", as: UUID.self) })
        attempts.removeAll { !fresh.contains($0.callback) }
        for (id, new) in zip(ids, new) where fresh.contains(id) {
            switch new.decision {
            case .dial:
                guard let number = new.call.caller.number else { continue }
                events.append(
                    CallbackRequested(
                        callbackID: id, callID: new.call.callID, number: number, operatorID: new.call.operatorID,
                        brokenAt: new.call.endedAt,
                        firstDialDue: new.call.endedAt.addingTimeInterval(CallbackRules.firstDialLimit)))
            case .finish(let state, let reason):
                events.append(
                    CallbackFinished(
                        callbackID: id, callID: new.call.callID, number: nil, operatorID: new.call.operatorID,
                        state: state, reason: reason, attempts: 0, finishedAt: Date()))
            }
        }
        if !attempts.isEmpty {
            _ = try await transaction.pipeline([
                """
                INSERT INTO dial_attempt (id, callback_id, number, state, due_at)
                SELECT id, callback_id, 1, 'scheduled', due
                FROM unnest(\(attempts.map(\.id)), \(attempts.map(\.callback)), \(attempts.map(\.due)))
                    AS new (id, callback_id, due)
                """,
                "SELECT pg_notify(\(Self.channel), '')",
            ])
        }
        return events
    }

    struct OpenCallback: Sendable {
        let id: UUID
        let callID: UUID
        let number: PhoneNumber?
        let operatorID: String?
    }

    /// Withdraws the open callbacks to these numbers: the citizens called in first (C-03). Attempts that nobody has
    /// dialled yet are cancelled; one that is ringing goes on, and its outcome no longer matters.
    static func withdraw(calledIn: [(number: PhoneNumber, at: Date)], in transaction: Transaction) async throws
        -> [any Event]
    {
        let rows = try await transaction.query(
            """
            WITH withdrawn AS (
                UPDATE callback SET state = 'withdrawn', reason = 'called-in', finished_at = now()
                FROM unnest(\(calledIn.map(\.number.e164)), \(calledIn.map(\.at))) AS new (number, at)
                WHERE state = 'open' AND callback.number = new.number AND callback.broken_at <= new.at
                RETURNING callback.id, call_id, callback.number, operator_id
            ), cancelled AS (
                UPDATE dial_attempt SET state = 'cancelled' FROM withdrawn
                WHERE callback_id = withdrawn.id AND dial_attempt.state IN ('scheduled', 'requested')
                  AND started_at IS NULL
            )
            SELECT id, call_id, number, operator_id,
                (SELECT count(*) FROM dial_attempt WHERE callback_id = withdrawn.id AND state = 'finished')
            FROM withdrawn
            """)
        return try rows.map { row in
            let (id, callID, number, operatorID, attempts) = try row.decode(
                UUID.self, UUID.self, String?.self, String?.self, Int64.self)
            return CallbackFinished(
                callbackID: id, callID: callID, number: number.flatMap { try? PhoneNumber(parsing: $0) },
                operatorID: operatorID, state: .withdrawn, reason: "called-in", attempts: Int(attempts),
                finishedAt: Date())
        }
    }

    /// Notes that dials went out. Also for attempts that call-intake started by itself.
    static func started(_ dials: some Collection<DialStarted>, in transaction: Transaction) async throws {
        try await transaction.execute(
            """
            UPDATE dial_attempt AS known SET started_at = new.at,
                state = CASE WHEN state = 'finished' THEN state ELSE 'requested' END
            FROM unnest(\(dials.map(\.attemptID)), \(dials.map(\.startedAt))) AS new (id, at)
            WHERE known.id = new.id
            """)
    }

    /// Notes outcomes and does what the rules decide.
    static func finished(
        _ dials: some Collection<DialFinished>, rules: CallbackRules, in transaction: Transaction
    ) async throws -> [any Event] {
        let byAttempt = Dictionary(dials.map { ($0.attemptID, $0) }, uniquingKeysWith: { _, last in last })
        let known = try await transaction.query("SELECT id FROM dial_attempt WHERE id = ANY(\(Array(byAttempt.keys)))")
        // call-intake starts the first attempt by itself: its outcome may overtake the call that it belongs to.
        guard known.count == byAttempt.count else {
            throw RetryLater(reason: "the callback is not opened yet", after: .seconds(1))
        }
        let rows = try await transaction.query(
            """
            UPDATE dial_attempt AS known
            SET state = 'finished', outcome = new.outcome, started_at = coalesce(new.started, known.started_at),
                finished_at = new.finished, claimed_until = NULL
            FROM unnest(\(dials.map(\.attemptID)), \(dials.map(\.outcome.rawValue)), \(dials.map(\.startedAt)),
                \(dials.map(\.finishedAt))) AS new (id, outcome, started, finished)
            JOIN dial_attempt AS attempt USING (id)
            JOIN callback ON callback.id = attempt.callback_id
            WHERE known.id = new.id AND known.state <> 'finished'
            RETURNING known.id, known.number, callback.id, callback.call_id, callback.number, callback.operator_id,
                callback.state
            """)
        var events: [any Event] = []
        var next: [(id: UUID, callback: UUID, number: Int32, due: Date)] = []
        var over: [(id: UUID, state: String)] = []
        for row in rows {
            let (attempt, number, callback, callID, phone, operatorID, state) = try row.decode(
                UUID.self, Int32.self, UUID.self, UUID.self, String?.self, String?.self, String.self)
            guard state == CallbackState.open.rawValue, let dial = byAttempt[attempt] else { continue }
            switch rules.attempted(Int(number), dial.outcome, at: dial.finishedAt) {
            case .dial(let number, let due):
                next.append((CallbackIdentity.attempt(of: callID, number), callback, Int32(number), due))
            case .finish(let state, let reason):
                over.append((callback, state.rawValue))
                events.append(
                    CallbackFinished(
                        callbackID: callback, callID: callID, number: phone.flatMap { try? PhoneNumber(parsing: $0) },
                        operatorID: operatorID, state: state, reason: reason, attempts: Int(number),
                        finishedAt: dial.finishedAt))
            }
        }
        _ = try await transaction.pipeline([
            """
            UPDATE callback SET state = new.state, finished_at = now()
            FROM unnest(\(over.map(\.id)), \(over.map(\.state))) AS new (id, state) WHERE callback.id = new.id
            """,
            """
            INSERT INTO dial_attempt (id, callback_id, number, state, due_at)
            SELECT id, callback_id, number, 'scheduled', due
            FROM unnest(\(next.map(\.id)), \(next.map(\.callback)), \(next.map(\.number)), \(next.map(\.due)))
                AS new (id, callback_id, number, due)
            ON CONFLICT DO NOTHING
            """,
            "SELECT pg_notify(\(Self.channel), '')",
        ])
        return events
    }

    // MARK: Dialling

    /// Claims attempts that are due; replicas share them.
    func claimDue(limit: Int) async throws -> [DialCitizen] {
        try await self.database.query(
            """
            WITH due AS (
                SELECT dial_attempt.id FROM dial_attempt JOIN callback ON callback.id = callback_id
                WHERE dial_attempt.state IN ('scheduled', 'requested') AND started_at IS NULL AND due_at <= now()
                  AND (claimed_until IS NULL OR claimed_until < now()) AND callback.state = 'open'
                ORDER BY due_at LIMIT \(Int64(limit)) FOR UPDATE OF dial_attempt SKIP LOCKED
            )
            UPDATE dial_attempt AS attempt
            SET state = 'requested', claimed_until = now() + make_interval(secs => \(Self.claimSeconds))
            FROM due, callback WHERE attempt.id = due.id AND callback.id = attempt.callback_id
            RETURNING attempt.id, callback.id, callback.number, callback.operator_id, callback.call_id
            """
        ).compactMap { row in
            let (attempt, callback, number, operatorID, callID) = try row.decode(
                UUID.self, UUID.self, String?.self, String?.self, UUID.self)
            guard let number = number.flatMap({ try? PhoneNumber(parsing: $0) }) else { return nil }
            return DialCitizen(
                attemptID: attempt, callbackID: callback, number: number, preferredOperatorID: operatorID,
                originalCallID: callID)
        }
    }

    /// Nothing was dialled: the same attempt is due again after `delay` seconds.
    func postpone(_ attempt: UUID, delay: TimeInterval) async throws {
        try await self.database.execute(
            """
            UPDATE dial_attempt SET state = 'scheduled', claimed_until = NULL,
                due_at = now() + make_interval(secs => \(delay))
            WHERE id = \(attempt) AND state = 'requested' AND started_at IS NULL
            """)
    }

    /// The exchange will never dial this number.
    func withdraw(_ dial: DialCitizen, reason: String) async throws {
        try await self.database.transaction { transaction in
            let changed = try await transaction.execute(
                """
                WITH cancelled AS (
                    UPDATE dial_attempt SET state = 'cancelled'
                    WHERE callback_id = \(dial.callbackID) AND state IN ('scheduled', 'requested')
                )
                UPDATE callback SET state = 'withdrawn', reason = \(reason), finished_at = now()
                WHERE id = \(dial.callbackID) AND state = 'open'
                """)
            guard changed == 1 else { return }
            try transaction.outbox.append(
                CallbackFinished(
                    callbackID: dial.callbackID, callID: dial.originalCallID, number: dial.number,
                    operatorID: dial.preferredOperatorID, state: .withdrawn, reason: reason, attempts: 0,
                    finishedAt: Date()))
        }
    }

    /// When the next attempt is due.
    func nextDue() async throws -> Date? {
        try await self.database.query(
            """
            SELECT min(greatest(due_at, coalesce(claimed_until, due_at))) AS next
            FROM dial_attempt JOIN callback ON callback.id = callback_id
            WHERE dial_attempt.state IN ('scheduled', 'requested') AND started_at IS NULL AND callback.state = 'open'
            """
        ).first?.decode("next", as: Date?.self) ?? nil
    }

    // MARK: Reading

    func list(_ filter: ListCallbacks) async throws -> [CallbackView] {
        let results = try await self.database.pipeline([
            """
            SELECT id, call_id, state, reason, broken_at FROM callback
            WHERE \(filter.callID)::uuid IS NULL OR call_id = \(filter.callID) ORDER BY broken_at DESC LIMIT 200
            """,
            """
            SELECT callback_id, number, due_at, started_at, finished_at, outcome FROM dial_attempt
            WHERE callback_id IN (
                SELECT id FROM callback WHERE \(filter.callID)::uuid IS NULL OR call_id = \(filter.callID)
                ORDER BY broken_at DESC LIMIT 200)
            ORDER BY number
            """,
        ])
        var attempts: [UUID: [CallbackView.Attempt]] = [:]
        for row in results[1] {
            let (callback, number, due, started, finished, outcome) = try row.decode(
                UUID.self, Int32.self, Date.self, Date?.self, Date?.self, String?.self)
            attempts[callback, default: []].append(
                .init(
                    number: Int(number), dueAt: due, startedAt: started, finishedAt: finished,
                    outcome: outcome.flatMap(DialOutcome.init(rawValue:))))
        }
        return try results[0].compactMap { row in
            let (id, callID, state, reason, brokenAt) = try row.decode(
                UUID.self, UUID.self, String.self, String?.self, Date.self)
            guard let state = CallbackState(rawValue: state) else { return nil }
            return CallbackView(
                callbackID: id, callID: callID, state: state, reason: reason, brokenAt: brokenAt,
                attempts: attempts[id] ?? [])
        }
    }
}
