import Contracts
import Foundation
import Messaging

/// What may be done with a card. Values, no I/O.
enum AppealRules {
    /// Characters of a long text field.
    static let textLimit = 4000

    /// The required fields that are empty, as the operator reads them (J-03).
    static func missingFields(_ card: AppealCard) -> [String] {
        var missing: [String] = []
        if card.applicant == nil, !card.isAnonymous { missing.append("Фамилия и имя") }
        if card.topic == nil { missing.append("Тема") }
        if card.essence.allSatisfy(\.isWhitespace) { missing.append("Суть вопроса") }
        return missing
    }

    /// The state of a registered card after a save (J-03): white only when «Принятые меры» is filled and the worker
    /// confirms that all measures are done.
    static func state(after card: AppealCard, measuresDone: Bool) -> AppealState {
        measuresDone && !card.measures.allSatisfy(\.isWhitespace) ? .measuresTaken : .inWork
    }

    /// Why a card may not be saved so, with what to do; nil when it may.
    static func refusal(of request: SaveAppeal, for stored: StoredAppeal) -> Refusal? {
        guard stored.state != .closed else {
            return Refusal("appeal-closed", "Карточка закрыта администратором: изменить её нельзя.")
        }
        guard stored.operatorID != nil else { return self.notTaken }
        guard request.revision == stored.revision else { return self.revisionDiffers }
        if let refusal = self.refusal(ofTexts: request.card) { return refusal }
        let missing = self.missingFields(request.card)
        guard missing.isEmpty else {
            return Refusal("fields-missing", "Заполните поля: \(missing.joined(separator: ", ")).")
        }
        if request.measuresDone, request.card.measures.allSatisfy(\.isWhitespace) {
            return Refusal("fields-missing", "Заполните поле «Принятые меры», прежде чем отметить, что меры приняты.")
        }
        return nil
    }

    private static let revisionDiffers = Refusal(
        "revision-differs", "Карточку за это время изменили. Откройте её заново и внесите правку ещё раз.")

    private static let notTaken = Refusal("not-taken", "Сначала возьмите сообщение: пока эта карточка ничья.")

    private static func refusal(ofTexts card: AppealCard) -> Refusal? {
        card.essence.count > self.textLimit || card.measures.count > self.textLimit
            ? Refusal("field-invalid", "Текст длиннее \(self.textLimit) знаков. Сократите его.") : nil
    }

    /// - Throws: `Refusal` with what to do.
    static func checkKeeping(_ request: KeepDraft, of stored: StoredAppeal) throws {
        guard stored.state == .draft else {
            throw Refusal("not-a-draft", "Карточка уже зарегистрирована: сохраните её.")
        }
        guard stored.operatorID != nil else { throw self.notTaken }
        guard request.revision == stored.revision else { throw self.revisionDiffers }
        if let refusal = self.refusal(ofTexts: request.card) { throw refusal }
    }

    /// - Throws: `Refusal` with what to do.
    static func checkForward(_ request: ForwardAppeal, of stored: StoredAppeal) throws {
        switch stored.state {
        case .draft: throw Refusal("not-registered", "Сначала сохраните карточку, затем передайте её.")
        case .closed: throw Refusal("appeal-closed", "Карточка закрыта администратором: передать её нельзя.")
        case .inWork, .measuresTaken: break
        }
        guard stored.organizationID != request.organization.organizationID else {
            throw Refusal("already-there", "Карточка уже передана в эту организацию.")
        }
        guard request.comment.count <= self.textLimit else {
            throw Refusal("field-invalid", "Комментарий длиннее \(self.textLimit) знаков. Сократите его.")
        }
    }
}

/// What deciding about a card needs to know of it.
struct StoredAppeal: Sendable {
    let state: AppealState
    let revision: Int
    let number: String?
    let callID: UUID?
    let organizationID: String?
    let topic: AppealTopic?
    /// Nil while a message of the electronic secretary waits for somebody.
    let operatorID: String?
}
