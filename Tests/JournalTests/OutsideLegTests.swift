import Contracts
import Foundation
import Messaging
import MessagingTestSupport
import Postgres
import Testing
import Vocabulary

@testable import Journal

/// Outside numbers in the history of a card.
@Suite struct OutsideLegTests {
    private static func leg(
        _ call: UUID, _ kind: OutsideLegEnded.Kind, seconds: TimeInterval?, isOnCard: Bool = true
    ) -> OutsideLegEnded {
        let ordered = Date(timeIntervalSince1970: 1_795_230_000)
        return OutsideLegEnded(
            legID: UUID(), callID: call, kind: kind, number: "+78452000000", title: kind == .call ? nil : "Фонд ОМС",
            operatorID: "operator1", orderedAt: ordered, answeredAt: seconds.map { _ in ordered },
            endedAt: ordered.addingTimeInterval(seconds ?? 20), isOnCard: isOnCard)
    }

    @Test("A-12 Every outside leg stands in the history with its number beside the text, answered or not")
    func history() async throws {
        try await JournalScene.run { scene in
            let call = UUID()
            try await scene.hearing.hear(
                CallAnswered(
                    callID: call, caller: .hidden, operatorID: "operator1", receivedAt: Date(), answeredAt: Date()))
            let id = try #require(try await scene.hearing.announced(AppealDrafted.self).first).appealID
            try await scene.hearing.hear(Self.leg(call, .consultation, seconds: nil))
            try await scene.hearing.hear(Self.leg(call, .transfer, seconds: 80))
            // A card without a call is named itself.
            try await scene.hearing.hear(Self.leg(id, .call, seconds: nil))
            let view = try await scene.hearing.ask(GetAppeal(appealID: id))
            let legs = view.history.filter { $0.number != nil }
            #expect(legs.map(\.number) == Array(repeating: "+78452000000", count: 3))
            #expect(legs.allSatisfy { $0.by == "operator1" && !$0.text.contains("+7845") })
            #expect(legs.map(\.text).first == "Консультация по внешнему номеру: Фонд ОМС, не ответили")
            #expect(legs.map(\.text).last == "Звонок абоненту, не ответили")
            #expect(legs[1].text.hasPrefix("Перевод на внешний номер: Фонд ОМС, разговор "))
            #expect(view.callIDs == [call])
            #expect(try await scene.hearing.announced(AppealNoted.self).count == 3, "an open card shows it at once")
        }
    }

    @Test("A-12 A leg that is told before its card waits; one that has no card is left alone")
    func early() async throws {
        try await JournalScene.run { scene in
            try await scene.hearing.hear(Self.leg(UUID(), .emergency, seconds: 5, isOnCard: false))
            #expect(try await scene.count("appeal_history") == 0)
            await #expect(throws: RetryLater.self) {
                try await scene.database.transaction { transaction in
                    _ = try await AppealStore.note([Self.leg(UUID(), .transfer, seconds: 5)], in: transaction)
                }
            }
        }
    }

    @Test("E-404 A voice is not set to a telephone with an extension: the operator is told at once")
    func voice() async throws {
        try await JournalScene.run { scene in
            var card = AppealCard.sample
            card.measures = "Записана к терапевту"
            card.phone = try PhoneNumber(parsing: "+78452411328 доб. 12")
            let view = try await scene.save(try await scene.open().appealID, card, measuresDone: true)
            let refusal = try await scene.refusal {
                try await scene.hearing.ask(
                    TellOutcome(
                        appealID: view.appealID, channel: .voice, operatorID: "operator1", revision: view.revision))
            }
            #expect(refusal == "number-has-extension")
        }
    }
}
