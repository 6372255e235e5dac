import Contracts
import Foundation
import Messaging
import MessagingTestSupport
import Postgres
import Testing
import Vocabulary

@testable import Journal

@Suite(.timeLimit(.minutes(10))) struct AppealStoreTests {
    private static let clinic = Organization(organizationID: "gp-1", name: "Поликлиника № 1", email: "gp1@example.org")
    private static let ministry = Organization(organizationID: "minzdrav", name: "Министерство", email: nil)

    @Test("J-03 A card goes from draft to work to measures taken, and every save is kept as it was")
    func life() async throws {
        try await JournalScene.run { scene in
            let draft = try await scene.open()
            #expect(draft.state == .draft && draft.number == nil && draft.registeredAt == nil)
            let registered = try await scene.save(draft.appealID)
            #expect(registered.state == .inWork && registered.revision == 1 && registered.registeredAt != nil)
            var card = AppealCard.sample
            card.measures = "Записана к терапевту"
            let done = try await scene.save(draft.appealID, revision: 1, card, measuresDone: true)
            #expect(done.state == .measuresTaken && done.number == registered.number && done.card == card)
            #expect(done.history.last?.fields == ["measures", "measuresDone"])
            // An edit without the confirmation is work again.
            let again = try await scene.save(draft.appealID, revision: 2, card)
            #expect(again.state == .inWork)
            #expect(
                again.history.map(\.text) == [
                    "Карточка открыта", "Сохранено", "Зарегистрировано под номером \(again.number ?? "")",
                    "Сохранено: все меры приняты", "Сохранено",
                ])
            let kept = try await scene.database.query(
                "SELECT card ->> 'measures' AS measures FROM appeal_history WHERE card IS NOT NULL ORDER BY id"
            ).map { try $0.decode("measures", as: String.self) }
            #expect(kept == ["", "Записана к терапевту", "Записана к терапевту"])
            #expect(try await scene.hearing.announced(AppealChanged.self).map(\.revision) == [2, 3])
        }
    }

    @Test("J-03 A refused save changes nothing")
    func refusedSave() async throws {
        try await JournalScene.run { scene in
            let draft = try await scene.open()
            #expect(try await scene.refusal { try await scene.save(draft.appealID, AppealCard()) } == "fields-missing")
            let after = try await scene.hearing.ask(GetAppeal(appealID: draft.appealID))
            #expect(after.state == .draft && after.revision == 0 && after.history.count == 1)
            #expect(try await scene.count("appeal_number") == 0)
            #expect(try await scene.refusal { try await scene.save(UUID()) } == "no-such-appeal")
        }
    }

    @Test("J-03 Of two saves that saw the same revision one is kept and the other is told")
    func revisionConflict() async throws {
        try await JournalScene.run { scene in
            let appeal = try await scene.registered()
            let refusals = try await withThrowingTaskGroup(of: String?.self) { group in
                for essence in ["Первый", "Второй"] {
                    var card = AppealCard.sample
                    card.essence = essence
                    let fields = card
                    group.addTask {
                        try await scene.refusal { try await scene.save(appeal.appealID, revision: 1, fields) }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(refusals) == [nil, "revision-differs"])
            #expect(try await scene.hearing.ask(GetAppeal(appealID: appeal.appealID)).revision == 2)
        }
    }

    @Test("J-06 Forwarding moves the responsibility and keeps the way the card took")
    func forwarding() async throws {
        try await JournalScene.run { scene in
            let draft = try await scene.open()
            #expect(
                try await scene.refusal { try await scene.forward(draft.appealID, to: Self.clinic) }
                    == "not-registered")
            let appeal = try await scene.save(draft.appealID)
            _ = try await scene.forward(appeal.appealID, to: Self.clinic)
            #expect(
                try await scene.refusal { try await scene.forward(appeal.appealID, to: Self.clinic) }
                    == "already-there")
            let moved = try await scene.forward(appeal.appealID, to: Self.ministry)
            #expect(moved.forwardings.map(\.organization) == [Self.clinic, Self.ministry])
            #expect(moved.history.map(\.text).suffix(2) == ["Передано: Поликлиника № 1", "Передано: Министерство"])
            #expect(try await scene.hearing.ask(ListAppeals(organizationID: "gp-1")).isEmpty)
            let theirs = try await scene.hearing.ask(ListAppeals(organizationID: "minzdrav"))
            #expect(theirs.map(\.appealID) == [appeal.appealID])
            let events = try await scene.hearing.announced(AppealForwarded.self)
            #expect(events.map(\.organization) == [Self.clinic, Self.ministry])
            #expect(events.allSatisfy { $0.number == appeal.number })
        }
    }

    @Test("J-07 An anonymous message is registered without a name")
    func anonymous() async throws {
        try await JournalScene.run { scene in
            var card = AppealCard.sample
            card.applicant = nil
            card.isAnonymous = true
            let appeal = try await scene.save(try await scene.open().appealID, card)
            #expect(appeal.number != nil && appeal.card.isAnonymous && appeal.card.applicant == nil)
        }
    }

    @Test("U-25 A save that changes nothing leaves no trace, in the card, in its history and outside")
    func savedAgain() async throws {
        try await JournalScene.run { scene in
            let appeal = try await scene.registered()
            let announced = try await scene.count("outbox_message")
            let again = try await scene.save(appeal.appealID, revision: 1)
            #expect(again.revision == 1 && again.history.count == appeal.history.count && again.number == appeal.number)
            #expect(try await scene.count("outbox_message") == announced)
            // Spelled otherwise, it is the same name.
            var card = AppealCard.sample
            card.applicant?.family = "ПЕТРОВА"
            #expect(try await scene.save(appeal.appealID, revision: 1, card).revision == 1)
            let draft = try await scene.open()
            for _ in 0..<2 {
                let kept = try await scene.hearing.ask(
                    KeepDraft(appealID: draft.appealID, revision: 0, card: AppealCard(), operatorID: "operator1"))
                #expect(kept.revision == 0 && kept.history.count == 1)
            }
        }
    }

    @Test(
        "J-14 A card without a call goes its whole way: opened, kept, registered, done, told, closed; opened twice it is one"
    )
    func withoutCall() async throws {
        try await JournalScene.run { scene in
            let id = UUID()
            _ = try await scene.open(id)
            let second = try await scene.open(id)
            #expect(second.history.count == 1 && second.channel == .noCall && second.callID == nil)
            #expect(try await scene.count("appeal") == 1)
            var card = AppealCard.sample
            let kept = try await scene.hearing.ask(
                KeepDraft(appealID: id, revision: 0, card: card, operatorID: "operator1"))
            #expect(kept.state == .draft && kept.number == nil)
            let registered = try await scene.save(id, revision: 1, card)
            #expect(registered.state == .inWork && registered.number != nil)
            card.measures = "Ответ направлен письмом"
            _ = try await scene.save(id, revision: 2, card, measuresDone: true)
            _ = try await scene.tell(id, .letter)
            let closed = try await scene.close(id)
            #expect(closed.state == .closed && closed.channel == .noCall && closed.messages == [])
            let event = try #require(try await scene.hearing.announced(AppealClosed.self).first)
            #expect(event.appealID == id && event.callID == nil && event.number == registered.number)
        }
    }
}
