import Contracts
import Foundation
import Messaging
import Postgres
import Vocabulary

/// What a new owner of the exchange finds.
extension LineStore {
    /// The line as it was kept, and what of it could not be read.
    struct Kept: Sendable {
        let line: Line
        /// Columns, for the alarm: a row that this version does not understand ends nobody's ownership.
        let unreadable: [String]
    }

    /// Reads the line. A call or a dial that cannot be read is over, marked, and announced as such: whether its channel
    /// lives the exchange says, and it is taken in anew. An operator is known again with the next choice of a state.
    /// - Throws: `LeaseLost`, `PostgresError`.
    func read(plan: LinePlan, calendar: RegionCalendar?, fence: Int64) async throws -> Kept {
        let results = try await self.database.pipeline([
            "SELECT id, kept::text AS kept FROM call WHERE exchange = \(self.exchange) AND state <> 'ended'",
            "SELECT kept::text AS kept FROM operator WHERE exchange = \(self.exchange)",
            """
            SELECT id, callback_id, original_call_id, number || coalesce(';ext=' || extension, '') AS number,
                preferred_operator_id, kind, place_at, state, due_at, started_at, ordered_at, accepted_at, script::text AS script
            FROM dial_attempt WHERE exchange = \(self.exchange) AND state IN ('planned', 'sending')
            """,
            """
            SELECT id, name, call_id, kind, part, started_at
            FROM recording WHERE exchange = \(self.exchange) AND state = 'recording'
            """,
            // How often each number was dialled today.
            """
            SELECT number, started_at FROM dial_attempt
            WHERE exchange = \(self.exchange) AND started_at > now() - make_interval(secs => \(DialTimes.window))
            """,
        ])
        var dialTimes = DialTimes()
        for row in results[4] {
            let (number, at) = try row.decode(String.self, Date.self)
            dialTimes.note(e164: number, at: at)
        }
        let calls = try Readable(results[0]) { try Self.read(Call.self, $0, "kept", of: "call") }
        let operators = try Readable(results[1]) { try Self.read(LineOperator.self, $0, "kept", of: "operator") }
        let dials = try Readable(results[2], Self.dial)
        let recordings = try Readable(results[3], self.recording)
        if !calls.lost.isEmpty || !dials.lost.isEmpty {
            try await self.close(calls: try calls.lostIDs, dials: try dials.lostIDs, fence: fence)
        }
        return Kept(
            line: Line(
                exchange: self.exchange, plan: plan, calendar: calendar, calls: calls.values,
                operators: operators.values, dials: dials.values, recordings: recordings.values, dialTimes: dialTimes),
            unreadable: calls.faults + operators.faults + dials.faults + recordings.faults)
    }

    private struct Readable<Value> {
        var values: [Value] = []
        var lost: [PostgresRow] = []
        var faults: [String] = []

        init(_ rows: PostgresRows, _ read: (PostgresRow) throws -> Value) throws {
            for row in rows {
                do {
                    self.values.append(try read(row))
                } catch let error as UnreadableRow {
                    self.lost.append(row)
                    self.faults.append(error.column)
                }
            }
        }

        var lostIDs: [UUID] {
            get throws { try self.lost.map { try $0.decode("id", as: UUID.self) } }
        }
    }

    /// What a newer version, or a mistake, has written goes on for nobody. The line was ours to keep: the exchange broke.
    private func close(calls: [UUID], dials: [UUID], fence: Int64) async throws {
        let exchange = self.exchange
        try await self.database.transaction { transaction in
            let lease = try await transaction.query(
                "SELECT fence FROM exchange_lease WHERE exchange = \(exchange) AND fence = \(fence) FOR SHARE")
            guard !lease.isEmpty else { throw LeaseLost() }
            let closed = try await transaction.pipeline([
                """
                UPDATE call SET state = 'ended', outcome = \(CallOutcome.exchangeBroken.rawValue), kept = NULL,
                    ended_at = greatest(now(), received_at, answered_at), operator_id = NULL, leg_id = NULL,
                    fault = 'unreadable'
                WHERE id = ANY(\(calls)) AND state <> 'ended'
                RETURNING id, caller, received_at, answered_at, ended_at, spoken_operator_id, callback_id,
                    original_call_id
                """,
                """
                UPDATE dial_attempt SET state = 'finished', outcome = \(DialOutcome.unknown.rawValue),
                    started_at = coalesce(started_at, now()), finished_at = greatest(now(), started_at)
                WHERE id = ANY(\(dials)) AND state IN ('planned', 'sending')
                RETURNING id, callback_id, started_at, finished_at
                """,
            ])
            var events: [any Event] = try closed[0].map(Self.lost(call:))
            events += try closed[1].map(Self.lost(dial:)) as [any Event]
            try transaction.outbox.append(events)
        }
    }

    private static func lost(call row: PostgresRow) throws -> any Event {
        let (id, caller, receivedAt, answeredAt, endedAt, operatorID, callbackID, originalCallID) = try row.decode(
            UUID.self, String.self, Date.self, Date?.self, Date.self, String?.self, UUID?.self, UUID?.self)
        return CallEnded(
            callID: id, caller: CallerNumber(raw: caller), outcome: .exchangeBroken, cause: nil, operatorID: operatorID,
            receivedAt: receivedAt, answeredAt: answeredAt, endedAt: endedAt, callbackID: callbackID,
            originalCallID: originalCallID)
    }

    private static func lost(dial row: PostgresRow) throws -> any Event {
        let (id, callbackID, startedAt, finishedAt) = try row.decode(UUID.self, UUID.self, Date.self, Date.self)
        return DialFinished(
            attemptID: id, callbackID: callbackID, outcome: .unknown, startedAt: startedAt, finishedAt: finishedAt,
            callID: nil)
    }

    private static func read<Value: Decodable>(
        _ type: Value.Type, _ row: PostgresRow, _ column: String, of table: String
    ) throws -> Value {
        do {
            return try MessageCoding.decoder.decode(type, from: Data(row.decode(column, as: String.self).utf8))
        } catch is DecodingError {
            throw UnreadableRow(column: "\(table).\(column)")
        }
    }

    private static func dial(_ row: PostgresRow) throws -> Dial {
        let (
            id, callback, original, number, preferred, kind, placeAt, state, due, started, ordered, accepted, script
        ) = try row.decode(
            UUID.self, UUID.self, UUID.self, String.self, String?.self, String.self, Date?.self, String.self,
            Date.self, Date?.self, Date?.self, Date?.self, String?.self)
        guard let kind = CallbackKind(rawValue: kind) else { throw UnreadableRow(column: "dial_attempt.kind") }
        // Kept by a version that took more for a number than this one.
        guard let number = try? PhoneNumber(parsing: number) else { throw UnreadableRow(column: "dial_attempt.number") }
        let request = DialCitizen(
            attemptID: id, callbackID: callback, number: number, preferredOperatorID: preferred,
            originalCallID: original,
            kind: kind, placeAt: placeAt,
            script: script == nil ? nil : try Self.read(VoiceScript.self, row, "script", of: "dial_attempt"))
        guard let state = Dial.State(rawValue: state) else { throw UnreadableRow(column: "dial_attempt.state") }
        var dial = Dial(request, state: state, dueAt: due)
        dial.startedAt = started
        dial.orderedAt = ordered
        dial.acceptedAt = accepted
        return dial
    }

    private func recording(_ row: PostgresRow) throws -> Recording {
        let (id, name, callID, kind, part, startedAt) = try row.decode(
            UUID.self, String.self, UUID.self, String.self, Int32.self, Date.self)
        guard let kind = RecordingKind(rawValue: kind) else { throw UnreadableRow(column: "recording.kind") }
        return Recording(
            id: id, exchange: self.exchange, name: name, callID: callID, kind: kind, part: Int(part),
            startedAt: startedAt)
    }
}
