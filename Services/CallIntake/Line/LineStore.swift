import Contracts
import Foundation
import Messaging
import Postgres
import Vocabulary

/// All SQL of the line.
struct LineStore: Sendable {
    let database: PostgresPool
    /// Names the rows of this exchange.
    let exchange: String

    /// Writes what follows from inputs, under the lease; one transaction.
    /// - Parameter number: counts the writes of this owner from 1. A write whose commit was not heard is given again
    ///   with the same number and then not done twice.
    /// - Throws: `LeaseLost`, `PostgresError`.
    func write(_ output: LineOutput, fence: Int64, number: Int64) async throws {
        try await self.database.transaction { transaction in
            let results = try await transaction.pipeline([
                """
                UPDATE exchange_lease SET written = \(number)
                WHERE exchange = \(self.exchange) AND fence = \(fence) AND written = \(number - 1)
                """,
                "SELECT written FROM exchange_lease WHERE exchange = \(self.exchange) AND fence = \(fence)",
            ])
            guard results[0].affected == 1 else {
                let written = try results[1].first?.decode(Int64.self)
                guard written == number else { throw LeaseLost() }
                return
            }
            var statements: [PostgresQuery] = []
            if !output.calls.isEmpty { statements.append(self.upsert(Array(output.calls.values))) }
            if !output.operators.isEmpty { statements.append(Self.upsert(Array(output.operators.values))) }
            if !output.dials.isEmpty { statements.append(Self.upsert(Array(output.dials.values))) }
            _ = try await transaction.pipeline(statements)
            try transaction.outbox.append(output.events)
        }
    }

    private func upsert(_ calls: [Call]) -> PostgresQuery {
        """
        INSERT INTO call AS known (id, exchange, channel_id, caller, line, state, ordinal, is_priority, operator_id,
            spoken_operator_id, leg_id, leg_count, received_at, answered_at, ended_at, outcome, cause, callback_id,
            original_call_id, preferred_operator_id, is_hang_up_requested)
        SELECT id, \(self.exchange), channel_id, caller, line, state, ordinal, is_priority, operator_id,
            spoken_operator_id, leg_id, leg_count, received_at, answered_at, ended_at, outcome, cause, callback_id,
            original_call_id, preferred_operator_id, is_hang_up_requested
        FROM unnest(\(calls.map(\.id)), \(calls.map(\.channel)), \(calls.map { Self.text(of: $0.caller) }),
            \(calls.map(\.line)), \(calls.map(\.state.rawValue)), \(calls.map(\.ordinal)),
            \(calls.map(\.isPriority)), \(calls.map(\.operatorID)), \(calls.map(\.spokenOperatorID)),
            \(calls.map(\.legID)), \(calls.map(\.legCount)), \(calls.map(\.receivedAt)),
            \(calls.map(\.answeredAt)), \(calls.map(\.endedAt)), \(calls.map(\.outcome?.rawValue)),
            \(calls.map { $0.cause.map(Int32.init(clamping:)) }), \(calls.map(\.callbackID)),
            \(calls.map(\.originalCallID)), \(calls.map(\.preferredOperatorID)), \(calls.map(\.isHangUpRequested)))
            AS new (id, channel_id, caller, line, state, ordinal, is_priority, operator_id, spoken_operator_id,
                leg_id, leg_count, received_at, answered_at, ended_at, outcome, cause, callback_id,
                original_call_id, preferred_operator_id, is_hang_up_requested)
        ON CONFLICT (id) DO UPDATE SET state = EXCLUDED.state, is_priority = EXCLUDED.is_priority,
            operator_id = EXCLUDED.operator_id, spoken_operator_id = EXCLUDED.spoken_operator_id,
            leg_id = EXCLUDED.leg_id, leg_count = EXCLUDED.leg_count, answered_at = EXCLUDED.answered_at,
            ended_at = EXCLUDED.ended_at, outcome = EXCLUDED.outcome, cause = EXCLUDED.cause,
            is_hang_up_requested = EXCLUDED.is_hang_up_requested
        WHERE known.state <> 'ended'
        """
    }

    private static func upsert(_ operators: [LineOperator]) -> PostgresQuery {
        """
        INSERT INTO operator (id, display_name, telephone, chosen, activity, since, ready_ordinal, call_id, leg_id)
        SELECT * FROM unnest(\(operators.map(\.id)), \(operators.map(\.displayName)), \(operators.map(\.telephone)),
            \(operators.map(\.chosen.rawValue)), \(operators.map(\.activity.rawValue)), \(operators.map(\.since)),
            \(operators.map(\.readyOrdinal)), \(operators.map(\.callID)), \(operators.map(\.legID)))
        ON CONFLICT (id) DO UPDATE SET display_name = EXCLUDED.display_name, telephone = EXCLUDED.telephone,
            chosen = EXCLUDED.chosen, activity = EXCLUDED.activity, since = EXCLUDED.since,
            ready_ordinal = EXCLUDED.ready_ordinal, call_id = EXCLUDED.call_id, leg_id = EXCLUDED.leg_id
        """
    }

    private static func upsert(_ dials: [Dial]) -> PostgresQuery {
        """
        INSERT INTO dial_attempt AS known (id, callback_id, original_call_id, number, preferred_operator_id, state,
            due_at, started_at, finished_at, outcome, call_id)
        SELECT * FROM unnest(\(dials.map(\.attemptID)), \(dials.map(\.callbackID)), \(dials.map(\.originalCallID)),
            \(dials.map(\.number.e164)), \(dials.map(\.preferredOperatorID)), \(dials.map(\.state.rawValue)),
            \(dials.map(\.dueAt)), \(dials.map(\.startedAt)), \(dials.map(\.finishedAt)),
            \(dials.map(\.outcome?.rawValue)), \(dials.map(\.callID)))
        ON CONFLICT (id) DO UPDATE SET preferred_operator_id = EXCLUDED.preferred_operator_id,
            state = EXCLUDED.state, started_at = EXCLUDED.started_at, finished_at = EXCLUDED.finished_at,
            outcome = EXCLUDED.outcome, call_id = EXCLUDED.call_id
        WHERE known.state IN ('planned', 'sending')
        """
    }

    /// Whether an attempt is over or has been sent.
    func isDialled(_ attempt: UUID) async throws -> Bool {
        try await !self.database.query(
            "SELECT 1::bigint FROM dial_attempt WHERE id = \(attempt) AND state <> 'planned'"
        ).isEmpty
    }

    // MARK: Reading after a start

    func read() async throws -> Line {
        let results = try await self.database.pipeline([
            """
            SELECT id, channel_id, caller, line, state, ordinal, is_priority, operator_id, spoken_operator_id, leg_id,
                leg_count, received_at, answered_at, callback_id, original_call_id, preferred_operator_id,
                is_hang_up_requested
            FROM call WHERE exchange = \(self.exchange) AND state <> 'ended'
            """,
            "SELECT id, display_name, telephone, chosen, activity, since, ready_ordinal, call_id, leg_id FROM operator",
            """
            SELECT id, callback_id, original_call_id, number, preferred_operator_id, state, due_at, started_at
            FROM dial_attempt WHERE state IN ('planned', 'sending')
            """,
        ])
        return Line(
            calls: try results[0].map(Self.call), operators: try results[1].map(Self.operator),
            dials: try results[2].map(Self.dial))
    }

    private static func call(_ row: PostgresRow) throws -> Call {
        let (id, channel, caller, line, state, ordinal, isPriority) = try row.decode(
            UUID.self, String.self, String.self, String.self, String.self, Int64.self, Bool.self)
        var call = Call(
            id: id, channel: channel, caller: try Self.caller(of: caller), line: line, ordinal: ordinal,
            receivedAt: try row.decode("received_at"))
        call.state = try Self.known(CallState(rawValue: state), "call.state")
        call.isPriority = isPriority
        call.operatorID = try row.decode("operator_id")
        call.spokenOperatorID = try row.decode("spoken_operator_id")
        call.legID = try row.decode("leg_id")
        call.legCount = try row.decode("leg_count")
        call.answeredAt = try row.decode("answered_at")
        call.callbackID = try row.decode("callback_id")
        call.originalCallID = try row.decode("original_call_id")
        call.preferredOperatorID = try row.decode("preferred_operator_id")
        call.isHangUpRequested = try row.decode("is_hang_up_requested")
        return call
    }

    private static func `operator`(_ row: PostgresRow) throws -> LineOperator {
        let (id, name, telephone, chosen, activity, since, ordinal, callID, legID) = try row.decode(
            String.self, String.self, String.self, String.self, String.self, Date.self, Int64.self, UUID?.self,
            String?.self)
        var person = LineOperator(
            id: id, displayName: name, telephone: telephone,
            chosen: try Self.known(OperatorState(rawValue: chosen), "operator.chosen"), since: since)
        person.activity = try Self.known(LineOperator.Activity(rawValue: activity), "operator.activity")
        person.readyOrdinal = ordinal
        person.callID = callID
        person.legID = legID
        return person
    }

    private static func dial(_ row: PostgresRow) throws -> Dial {
        let (id, callback, original, number, preferred, state, due, started) = try row.decode(
            UUID.self, UUID.self, UUID.self, String.self, String?.self, String.self, Date.self, Date?.self)
        let request = DialCitizen(
            attemptID: id, callbackID: callback, number: try PhoneNumber(parsing: number),
            preferredOperatorID: preferred, originalCallID: original)
        var dial = Dial(request, state: try Self.known(Dial.State(rawValue: state), "dial_attempt.state"), dueAt: due)
        dial.startedAt = started
        return dial
    }

    private static func known<Value>(_ value: Value?, _ column: String) throws -> Value {
        guard let value else { throw UnreadableRow(column: column) }
        return value
    }

    private static func text(of caller: CallerNumber) -> String {
        switch caller {
        case .known(let number): number.e164
        case .hidden: "hidden"
        case .malformed: "malformed"
        }
    }

    private static func caller(of text: String) throws -> CallerNumber {
        switch text {
        case "hidden": .hidden
        case "malformed": .malformed
        default: .known(try PhoneNumber(parsing: text))
        }
    }
}
