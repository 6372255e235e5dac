import Contracts
import Foundation
import Messaging
import Testing
import Vocabulary

@testable import Journal

@Suite struct AppealRulesTests {
    private static let today = CalendarDate(year: 2026, month: 11, day: 30)!

    private func stored(_ state: AppealState, organization: String? = nil) -> StoredAppeal {
        StoredAppeal(
            state: state, revision: 3, number: "64-2026-000001", callID: nil, organizationID: organization,
            operatorID: "operator1", card: .sample)
    }

    private func save(
        _ card: AppealCard, revision: Int = 3, measuresDone: Bool = false, of state: AppealState = .inWork
    ) -> Result<AppealStore.Save, Refusal> {
        let request = SaveAppeal(
            appealID: UUID(), revision: revision, card: card, measuresDone: measuresDone, operatorID: "operator1")
        return Result { () throws(Refusal) in
            try AppealRules.save(request, of: self.stored(state), today: Self.today)
        }
    }

    private func refusal(
        saving card: AppealCard, revision: Int = 3, measuresDone: Bool = false, of state: AppealState = .inWork
    ) -> Refusal? {
        if case .failure(let refusal) = self.save(card, revision: revision, measuresDone: measuresDone, of: state) {
            return refusal
        }
        return nil
    }

    @Test("J-03 A card without applicant, topic or essence names each missing field, and the first by its path")
    func missingFields() {
        let refusal = self.refusal(saving: AppealCard(essence: " \n"))
        #expect(refusal?.errorID == "fields-missing" && refusal?.field == "card.applicant.family")
        #expect(refusal?.message == "Заполните поля: Фамилия, Имя, Тема, Суть вопроса.")
        #expect(self.refusal(saving: .sample) == nil)
    }

    @Test("J-07 An anonymous card needs no applicant, and all the rest")
    func anonymous() {
        var card = AppealCard.sample
        card.applicant = nil
        card.isAnonymous = true
        #expect(self.refusal(saving: card) == nil)
        card.topic = nil
        #expect(self.refusal(saving: card)?.field == "card.topic")
    }

    @Test("J-03 Measures are taken only when they are written and confirmed")
    func measures() {
        var card = AppealCard.sample
        #expect(AppealRules.state(after: card, measuresDone: true) == .inWork)
        for blank in [" \n", "\u{200B}", "\u{2800}\u{2800}"] {
            card.measures = blank
            #expect(AppealRules.state(after: card, measuresDone: true) == .inWork)
            let refusal = self.refusal(saving: card, measuresDone: true)
            #expect(refusal?.errorID == "fields-missing" && refusal?.field == "card.measures")
        }
        card.measures = "Записана к терапевту"
        #expect(AppealRules.state(after: card, measuresDone: false) == .inWork)
        #expect(AppealRules.state(after: card, measuresDone: true) == .measuresTaken)
    }

    @Test("J-03 A closed card and another revision are refused")
    func refusals() {
        #expect(self.refusal(saving: .sample, of: .closed)?.errorID == "appeal-closed")
        #expect(self.refusal(saving: .sample, revision: 2)?.errorID == "revision-differs")
    }

    @Test("U-15 A save tells which fields it changes; the same again changes nothing (U-25)")
    func changes() throws {
        var card = AppealCard.sample
        #expect(try self.save(card).get().isEmpty)
        #expect(try !self.save(card, of: .draft).get().isEmpty)
        card.essence += ", и к окулисту"
        card.measures = "Записана"
        #expect(try self.save(card).get().fields == [.essence, .measures])
        #expect(try self.save(card, measuresDone: true).get().fields == [.essence, .measures, .measuresDone])
        // Each field is looked at.
        var other = AppealCard(
            applicant: PersonName(family: "Иванов", given: "Иван"), isAnonymous: true,
            birthDate: CalendarDate(year: 1980, month: 2, day: 1), phone: try PhoneNumber(parsing: "+79990000002"),
            snils: try SNILS(parsing: "112-233-445 95"), policy: nil, address: "ул. Ленина, 1", topic: .complaint,
            essence: "а", measures: "б")
        #expect(
            AppealRules.changes(from: AppealCard(), to: other)
                == AppealField.allCases.filter { $0 != .policy && $0 != .measuresDone })
        other.policy = try PolicyNumber(parsing: "4539148803436467")
        #expect(AppealRules.changes(from: AppealCard(), to: other).contains(.policy))
    }

    @Test(
        "J-06 What can be forwarded, and where",
        arguments: [
            (AppealState.draft, nil, "not-registered"), (.closed, nil, "appeal-closed"),
            (.inWork, "okb", "already-there"),
            (.inWork, "gp-1", nil), (.measuresTaken, nil, nil),
        ] as [(AppealState, String?, String?)])
    func forwarding(state: AppealState, organization: String?, expected: String?) {
        let request = ForwardAppeal(
            appealID: UUID(), organization: Organization(organizationID: "okb", name: "Больница", email: nil),
            comment: "", operatorID: "operator1", revision: 3)
        var refused: String?
        do {
            _ = try AppealRules.forward(request, of: self.stored(state, organization: organization))
        } catch {
            refused = error.errorID
        }
        #expect(refused == expected)
    }
}
