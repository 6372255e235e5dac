import Contracts
import Foundation
import Messaging
import Postgres
import Vocabulary

/// All SQL of the line of one exchange.
struct LineStore: Sendable {
    let database: PostgresPool
    /// Names the rows of this exchange.
    let exchange: String

    /// Writes what follows from inputs, under the lease; one transaction.
    /// - Parameter number: counts the writes of this owner from 1. A write whose commit was not heard is given again
    ///   with the same number and then not done twice.
    /// - Parameter faults: why calls need not keep the rules of their table: they are kept marked (`call.fault`), and
    ///   without the signs that no database keeps.
    /// - Throws: `LeaseLost`, `PostgresError`; for a value that cannot be kept see `isOfValues`.
    func write(_ output: LineOutput, fence: Int64, number: Int64, faults: [UUID: String] = [:]) async throws {
        // All of it travels in one flight: what an event leads to waits for this round trip and no other. An owner that
        // holds the lease no more, or a write that was done before, divides by zero, and nothing of it happens.
        var statements: [PostgresQuery] = [
            """
            WITH held AS (
                UPDATE exchange_lease SET written = \(number)
                WHERE exchange = \(self.exchange) AND fence = \(fence) AND written = \(number - 1)
                RETURNING 1
            )
            SELECT 1 / (SELECT count(*) FROM held)
            """
        ]
        if !output.calls.isEmpty {
            statements.append(
                try Self.upsert(Array(output.calls.values), exchange: self.exchange, faults: faults))
        }
        if !output.operators.isEmpty { statements.append(try self.upsert(Array(output.operators.values))) }
        if !output.dials.isEmpty { statements.append(try self.upsert(Array(output.dials.values))) }
        if !output.recordings.isEmpty { statements.append(RecordingStore.upsert(Array(output.recordings.values))) }
        if !output.hearings.isEmpty { statements.append(self.upsert(Array(output.hearings.values))) }
        do {
            try await self.database.transaction { [statements] transaction in
                try transaction.queue(statements)
                try transaction.outbox.append(output.events)
            }
        } catch let error as PostgresError where error.sqlState == .divisionByZero {
            let row = try await self.database.query(
                "SELECT written FROM exchange_lease WHERE exchange = \(self.exchange) AND fence = \(fence)"
            ).first
            guard try row?.decode("written", as: Int64.self) == number else { throw LeaseLost() }
        }
    }

    /// Keeps calls of `exchange`; the one way into their table. A call that is over stays as it is, and a mark too.
    static func upsert(_ calls: [Call], exchange: String, faults: [UUID: String] = [:]) throws -> PostgresQuery {
        let calls = faults.isEmpty ? calls : calls.map { faults[$0.id] == nil ? $0 : $0.cleaned }
        let kept = try calls.map { $0.state == .ended ? nil : try Self.kept($0) }
        let times = calls.map { call in call.endedAt.map { call.times(endedAt: $0) } }
        func milliseconds(_ seconds: (CallTimes) -> Double) -> [Int64?] {
            times.map { $0.map { Int64((seconds($0) * 1000).rounded()) } }
        }
        return """
            INSERT INTO call AS known (id, exchange, channel_id, caller, line, direction, state, queue, ordinal,
                operator_id, spoken_operator_id, leg_id, received_at, answered_at, ended_at, outcome, cause,
                callback_id, original_call_id, preferred_operator_id, kept, waiting_ms, ringing_ms, questioning_ms,
                consultation_ms, holds, held_ms, was_offered_callback, fault, caller_signalled)
            SELECT id, \(exchange), channel_id, caller, line, direction, state, queue, ordinal, operator_id,
                spoken_operator_id, leg_id, received_at, answered_at, ended_at, outcome, cause, callback_id,
                original_call_id, preferred_operator_id, kept::jsonb, waiting_ms, ringing_ms, questioning_ms,
                consultation_ms, holds, held_ms, was_offered, fault, signalled
            FROM unnest(\(calls.map(\.id)), \(calls.map(\.channel)), \(calls.map { Self.text(of: $0.caller) }),
                \(calls.map(\.line)), \(calls.map(\.direction.rawValue)), \(calls.map(\.state.rawValue)),
                \(calls.map(\.queue)), \(calls.map(\.ordinal)), \(calls.map(\.operatorID)),
                \(calls.map(\.spokenOperatorID)), \(calls.map(\.legID)), \(calls.map(\.receivedAt)),
                \(calls.map(\.answeredAt)), \(calls.map(\.endedAt)), \(calls.map(\.outcome?.rawValue)),
                \(calls.map { $0.cause.map(Int32.init(clamping:)) }), \(calls.map(\.callbackID)),
                \(calls.map(\.originalCallID)), \(calls.map(\.preferredOperatorID)), \(kept),
                \(milliseconds(\.waiting)), \(milliseconds(\.ringing)), \(milliseconds(\.questioning)),
                \(milliseconds(\.consultation)), \(times.map { $0.map { Int32($0.holds) } }), \(milliseconds(\.held)),
                \(calls.map(\.isOffered)), \(calls.map { faults[$0.id] }), \(calls.map(\.signalled)))
                AS new (id, channel_id, caller, line, direction, state, queue, ordinal, operator_id,
                    spoken_operator_id, leg_id, received_at, answered_at, ended_at, outcome, cause, callback_id,
                    original_call_id, preferred_operator_id, kept, waiting_ms, ringing_ms, questioning_ms,
                    consultation_ms, holds, held_ms, was_offered, fault, signalled)
            ON CONFLICT (id) DO UPDATE SET caller = EXCLUDED.caller,
                caller_signalled = EXCLUDED.caller_signalled, line = EXCLUDED.line, state = EXCLUDED.state,
                queue = EXCLUDED.queue,
                operator_id = EXCLUDED.operator_id, spoken_operator_id = EXCLUDED.spoken_operator_id,
                leg_id = EXCLUDED.leg_id, answered_at = EXCLUDED.answered_at, ended_at = EXCLUDED.ended_at,
                outcome = EXCLUDED.outcome, cause = EXCLUDED.cause, callback_id = EXCLUDED.callback_id,
                preferred_operator_id = EXCLUDED.preferred_operator_id, kept = EXCLUDED.kept,
                waiting_ms = EXCLUDED.waiting_ms, ringing_ms = EXCLUDED.ringing_ms,
                questioning_ms = EXCLUDED.questioning_ms, consultation_ms = EXCLUDED.consultation_ms,
                holds = EXCLUDED.holds, held_ms = EXCLUDED.held_ms,
                was_offered_callback = EXCLUDED.was_offered_callback,
                fault = coalesce(EXCLUDED.fault, known.fault)
            WHERE known.state <> 'ended'
            """
    }

    private func upsert(_ operators: [LineOperator]) throws -> PostgresQuery {
        """
        INSERT INTO operator (exchange, id, chosen, activity, leg_id, kept)
        SELECT \(self.exchange), id, chosen, activity, leg_id, kept::jsonb
        FROM unnest(\(operators.map(\.id)), \(operators.map(\.chosen.rawValue)),
            \(operators.map(\.activity.rawValue)), \(operators.map(\.legID)), \(try operators.map(Self.kept)))
            AS new (id, chosen, activity, leg_id, kept)
        ON CONFLICT (exchange, id) DO UPDATE SET chosen = EXCLUDED.chosen, activity = EXCLUDED.activity,
            leg_id = EXCLUDED.leg_id, kept = EXCLUDED.kept
        """
    }

    private func upsert(_ dials: [Dial]) throws -> PostgresQuery {
        """
        INSERT INTO dial_attempt AS known (id, exchange, callback_id, original_call_id, number, extension,
            preferred_operator_id, kind, place_at, script, state, due_at, started_at, ordered_at, accepted_at, finished_at,
            outcome, call_id)
        SELECT id, \(self.exchange), callback_id, original_call_id, number, extension, preferred_operator_id, kind,
            place_at, script::jsonb, state, due_at, started_at, ordered_at, accepted_at, finished_at, outcome, call_id
        FROM unnest(\(dials.map(\.attemptID)), \(dials.map(\.callbackID)), \(dials.map(\.originalCallID)),
            \(dials.map(\.number.e164)), \(dials.map(\.number.extensionDigits)), \(dials.map(\.preferredOperatorID)), \(dials.map(\.kind.rawValue)),
            \(dials.map(\.placeAt)), \(try dials.map { try $0.script.map(Self.kept) }), \(dials.map(\.state.rawValue)),
            \(dials.map(\.dueAt)), \(dials.map(\.startedAt)), \(dials.map(\.orderedAt)),
            \(dials.map(\.acceptedAt)), \(dials.map(\.finishedAt)), \(dials.map(\.outcome?.rawValue)), \(dials.map(\.callID)))
            AS new (id, callback_id, original_call_id, number, extension, preferred_operator_id, kind, place_at, script, state,
                due_at, started_at, ordered_at, accepted_at, finished_at, outcome, call_id)
        ON CONFLICT (id) DO UPDATE SET preferred_operator_id = EXCLUDED.preferred_operator_id,
            state = EXCLUDED.state, started_at = EXCLUDED.started_at, ordered_at = EXCLUDED.ordered_at,
            accepted_at = EXCLUDED.accepted_at, finished_at = EXCLUDED.finished_at, outcome = EXCLUDED.outcome, call_id = EXCLUDED.call_id
        WHERE known.state IN ('planned', 'sending')
        """
    }

    private func upsert(_ hearings: [Hearing]) -> PostgresQuery {
        """
        INSERT INTO supervision AS known (id, exchange, call_id, supervisor_id, telephone, operator_id, mode, started_at,
            ended_at)
        SELECT id, \(self.exchange), call_id, supervisor_id, telephone, operator_id, mode, started_at, ended_at
        FROM unnest(\(hearings.map(\.id)), \(hearings.map(\.callID)), \(hearings.map(\.supervisorID)),
            \(hearings.map(\.telephone)), \(hearings.map(\.operatorID)), \(hearings.map(\.mode.rawValue)),
            \(hearings.map(\.startedAt)), \(hearings.map(\.endedAt)))
            AS new (id, call_id, supervisor_id, telephone, operator_id, mode, started_at, ended_at)
        ON CONFLICT (id) DO UPDATE SET ended_at = EXCLUDED.ended_at WHERE known.ended_at IS NULL
        """
    }

    /// What an attempt has come to; nil when it is not known.
    func dialState(_ attempt: UUID) async throws -> Dial.State? {
        let row = try await self.database.query("SELECT state FROM dial_attempt WHERE id = \(attempt)").first
        return try row.flatMap { Dial.State(rawValue: try $0.decode("state", as: String.self)) }
    }

    /// Whether a call of this id is an operator's own one to this number; nil when there is none of this id.
    func isKnown(_ call: UUID, to number: PhoneNumber) async throws -> Bool? {
        try await self.database.query(
            "SELECT direction = 'outbound' AND caller = \(number.e164) AS is_this FROM call WHERE id = \(call)"
        ).first?.decode("is_this", as: Bool.self)
    }

    /// When the exchange was started, as it said last; and what it says now is kept.
    func exchangeStarted(at time: String, fence: Int64) async throws -> Bool {
        let time = time.kept
        let rows = try await self.database.query(
            """
            UPDATE exchange_lease AS lease SET startup_time = \(time)
            FROM (SELECT exchange, startup_time FROM exchange_lease WHERE exchange = \(self.exchange)) AS former
            WHERE lease.exchange = former.exchange AND lease.fence = \(fence)
            RETURNING former.startup_time IS NOT NULL AND former.startup_time <> \(time) AS is_restarted
            """)
        guard let row = rows.first else { throw LeaseLost() }
        return try row.decode("is_restarted", as: Bool.self)
    }

    private static func kept(_ value: some Encodable) throws -> String {
        String(decoding: try MessageCoding.encoder.encode(value), as: UTF8.self)
    }

    private static func text(of caller: CallerNumber) -> String {
        switch caller {
        case .known(let number): number.e164
        case .hidden: "hidden"
        case .malformed: "malformed"
        }
    }
}
