import Contracts
import Foundation
import Messaging
import Postgres
import Vocabulary

/// Outside numbers that were dialled in calls of a card.
extension AppealStore {
    /// Notes who was called and for how long, answered or not; the number stands beside the text. Not on a closed card, to
    /// which nothing is added (J-03).
    /// - Returns: the events that tell of it.
    static func note(_ legs: [OutsideLegEnded], in transaction: Transaction) async throws -> [any Event] {
        guard !legs.isEmpty else { return [] }
        let cards = try await self.cards(of: legs.map(\.callID), in: transaction)
        // Two subjects tell of one call: what opens its card may still be on its way.
        guard legs.allSatisfy({ !$0.isOnCard || cards[$0.callID] != nil }) else {
            throw RetryLater(reason: "the card is not opened yet", after: .seconds(1))
        }
        let noted = legs.compactMap { leg in (cards[leg.callID] ?? nil).map { (card: $0, leg: leg) } }
        return try await transaction.query(
            """
            WITH noted AS (
                INSERT INTO appeal_history (appeal_id, at, actor, text, number)
                SELECT new.card, at, actor, text, new.number
                FROM unnest(\(noted.map(\.card)), \(noted.map(\.leg.endedAt)),
                    \(noted.map { $0.leg.operatorID ?? ServiceName.callIntake.rawValue }),
                    \(noted.map { Self.text($0.leg) }), \(noted.map(\.leg.number)))
                    WITH ORDINALITY AS new (card, at, actor, text, number, place)
                JOIN appeal ON appeal.id = new.card
                WHERE state <> 'closed' ORDER BY place
                RETURNING appeal_id, at
            )
            SELECT appeal_id, operator_id, max(at) AS at FROM noted JOIN appeal ON appeal.id = appeal_id GROUP BY 1, 2
            """
        ).map(Self.noted)
    }

    private static func text(_ leg: OutsideLegEnded) -> String {
        let what =
            switch leg.kind {
            case .call: "Звонок абоненту"
            case .consultation: "Консультация по внешнему номеру"
            case .transfer: "Перевод на внешний номер"
            case .emergency: "Звонок экстренной службе"
            case nil: "Звонок на внешний номер"
            }
        let whom = leg.title.map { "\(what): \($0)" } ?? what
        guard let answeredAt = leg.answeredAt else { return whom + ", не ответили" }
        return whom + ", разговор " + RussianDuration.clock(leg.endedAt.timeIntervalSince(answeredAt))
    }
}
