import Contracts
import Foundation
import Messaging
import Testing
import Vocabulary

@testable import Journal

@Suite struct AppealRulesTests {
    private func stored(_ state: AppealState, organization: String? = nil) -> StoredAppeal {
        StoredAppeal(
            state: state, revision: 3, number: "64-2026-000001", callID: nil, organizationID: organization,
            topic: .other, operatorID: "operator1")
    }

    private func refusal(
        saving card: AppealCard, revision: Int = 3, measuresDone: Bool = false, of state: AppealState = .inWork
    ) -> String? {
        let request = SaveAppeal(
            appealID: UUID(), revision: revision, card: card, measuresDone: measuresDone, operatorID: "operator1")
        return AppealRules.refusal(of: request, for: self.stored(state))?.errorID
    }

    @Test("J-03 A card without applicant, topic or essence names each missing field")
    func missingFields() {
        #expect(AppealRules.missingFields(AppealCard(essence: " \n")) == ["Фамилия и имя", "Тема", "Суть вопроса"])
        #expect(AppealRules.missingFields(.sample).isEmpty)
        #expect(self.refusal(saving: AppealCard()) == "fields-missing")
        #expect(self.refusal(saving: .sample) == nil)
    }

    @Test("J-07 An anonymous card needs no applicant, and all the rest")
    func anonymous() {
        var card = AppealCard.sample
        card.applicant = nil
        card.isAnonymous = true
        #expect(AppealRules.missingFields(card).isEmpty)
        card.topic = nil
        #expect(AppealRules.missingFields(card) == ["Тема"])
    }

    @Test("J-03 Measures are taken only when they are written and confirmed")
    func measures() {
        var card = AppealCard.sample
        #expect(AppealRules.state(after: card, measuresDone: true) == .inWork)
        card.measures = " \n"
        #expect(AppealRules.state(after: card, measuresDone: true) == .inWork)
        #expect(self.refusal(saving: card, measuresDone: true) == "fields-missing")
        card.measures = "Записана к терапевту"
        #expect(AppealRules.state(after: card, measuresDone: false) == .inWork)
        #expect(AppealRules.state(after: card, measuresDone: true) == .measuresTaken)
    }

    @Test("J-03 A closed card, another revision and an overlong text are refused")
    func refusals() {
        #expect(self.refusal(saving: .sample, of: .closed) == "appeal-closed")
        #expect(self.refusal(saving: .sample, revision: 2) == "revision-differs")
        var card = AppealCard.sample
        card.essence = String(repeating: "ё", count: AppealRules.textLimit)
        #expect(self.refusal(saving: card) == nil)
        card.essence += "ё"
        #expect(self.refusal(saving: card) == "field-invalid")
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
            comment: "", operatorID: "operator1")
        var refused: String?
        do {
            try AppealRules.checkForward(request, of: self.stored(state, organization: organization))
        } catch {
            refused = (error as? Refusal)?.errorID
        }
        #expect(refused == expected)
    }
}
