import Contracts
import Foundation
import Messaging
import Postgres
import Vocabulary

/// Calls that go from one operator to another, and their cards with them (T-10).
extension AppealStore {
    /// Whoever is asked to take a call over may read its card; whoever was asked before may not any more.
    /// - Returns: the events that tell of it.
    static func offer(_ offers: some Collection<CallOffered>, in transaction: Transaction) async throws -> [any Event] {
        // Of several offers of one call the last one stands.
        let last = Dictionary(offers.map { ($0.callID, $0) }, uniquingKeysWith: { $1 })
        let calls = Array(last.keys)
        let rows = try await transaction.query(
            """
            UPDATE appeal_call SET offered_to = new.operator_id
            FROM unnest(\(calls), \(calls.compactMap { last[$0]?.toOperatorID })) AS new (call_id, operator_id)
            WHERE appeal_call.call_id = new.call_id AND appeal_id IS NOT NULL AND ended_at IS NULL
            RETURNING appeal_id, appeal_call.call_id, caller
            """)
        return try rows.compactMap { row in
            let callID = try row.decode("call_id", as: UUID.self)
            guard let offer = last[callID] else { return nil }
            return AppealOffered(
                appealID: try row.decode("appeal_id"), callID: callID, caller: try self.caller(row),
                fromOperatorID: offer.fromOperatorID, toOperatorID: offer.toOperatorID, offeredAt: offer.offeredAt)
        }
    }

    /// Who speaks with the citizen now works on the card; where a call went is in the card's history.
    /// - Returns: the events that tell of it.
    static func transfer(
        _ transfers: some Collection<CallTransferred>, in transaction: Transaction
    ) async throws -> [any Event] {
        let inside = Dictionary(
            transfers.filter { $0.toOperatorID != nil }.map { ($0.callID, $0) }, uniquingKeysWith: { $1 })
        let calls = Array(inside.keys)
        let actors = transfers.map { $0.fromOperatorID ?? ServiceName.callIntake.rawValue }
        let results = try await transaction.pipeline([
            """
            UPDATE appeal SET operator_id = new.operator_id, changed_at = now()
            FROM unnest(\(calls), \(calls.compactMap { inside[$0]?.toOperatorID })) AS new (call_id, operator_id)
            JOIN appeal_call USING (call_id)
            JOIN appeal AS before ON before.id = appeal_call.appeal_id
            WHERE appeal.id = appeal_call.appeal_id AND appeal.state <> 'closed'
            RETURNING appeal.id, new.call_id, caller, before.operator_id AS former
            """,
            "UPDATE appeal_call SET offered_to = NULL WHERE call_id = ANY(\(transfers.map(\.callID)))",
            """
            WITH noted AS (
                INSERT INTO appeal_history (appeal_id, at, actor, text)
                SELECT appeal_id, new.at, actor, text
                FROM unnest(\(transfers.map(\.callID)), \(transfers.map(\.transferredAt)), \(actors),
                    \(transfers.map(Self.text))) WITH ORDINALITY AS new (call_id, at, actor, text, place)
                JOIN appeal_call USING (call_id) JOIN appeal ON appeal.id = appeal_id
                WHERE state <> 'closed' ORDER BY place
                RETURNING appeal_id, at
            )
            SELECT appeal_id, operator_id, max(at) AS at FROM noted JOIN appeal ON appeal.id = appeal_id GROUP BY 1, 2
            """,
        ])
        let continued = try results[0].compactMap { row -> AppealContinued? in
            let callID = try row.decode("call_id", as: UUID.self)
            guard let transfer = inside[callID], let operatorID = transfer.toOperatorID else { return nil }
            return AppealContinued(
                appealID: try row.decode("id"), callID: callID, caller: try self.caller(row), operatorID: operatorID,
                continuedAt: transfer.transferredAt, fromOperatorID: try row.decode("former", as: String?.self))
        }
        // Whoever receives a card reads it anew for that reason.
        let moved = Set(continued.map(\.appealID))
        return continued + (try results[2].map(Self.noted).filter { !moved.contains($0.appealID) })
    }

    static func noted(_ row: PostgresRow) throws -> AppealNoted {
        AppealNoted(
            appealID: try row.decode("appeal_id"), operatorID: try row.decode("operator_id", as: String?.self),
            notedAt: try row.decode("at"))
    }

    private static func text(_ transfer: CallTransferred) -> String {
        let seconds = Int(transfer.seconds.rounded())
        return transfer.isEmergency
            ? "Вызов передан экстренной службе: \(transfer.toTitle), за \(seconds) с"
            : "Разговор переведён: \(transfer.toTitle)"
    }
}
