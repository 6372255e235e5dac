import Contracts
import Foundation
import Messaging
import Vocabulary

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

    /// - Throws: `Refusal`; see `TellOutcome`.
    static func checkTelling(_ request: TellOutcome, of stored: StoredAppeal, _ outcome: AppealStore.Outcome) throws {
        // The citizen was told what the operator saw.
        if let revision = request.revision, revision != stored.revision { throw self.revisionDiffers }
        try self.checkMeasures(of: stored)
        switch request.channel {
        case .voice:
            guard !outcome.isTold else {
                throw Refusal("already-told", "О принятых мерах уже сообщено: звонить незачем.")
            }
            guard stored.pendingVoice == nil else {
                throw Refusal("voice-pending", "Голосовой звонок уже поставлен: дождитесь его или сообщите иначе.")
            }
            guard outcome.card.phone?.isDialable == true else {
                throw Refusal("phone-missing", "Укажите в карточке телефон, по которому можно позвонить.")
            }
        case .nobody:
            guard outcome.card.isAnonymous || outcome.card.phone == nil && outcome.card.address == nil else {
                throw Refusal("somebody-to-tell", "В карточке есть, кому сообщить: выберите, как это сделано.")
            }
        case .conversation, .letter: break
        }
    }

    /// - Throws: `Refusal`; see `CloseAppeal`.
    static func checkClosing(of stored: StoredAppeal, _ outcome: AppealStore.Outcome) throws {
        try self.checkMeasures(of: stored)
        // F271 4.13, K75 4.14.
        guard outcome.isTold else {
            throw Refusal("not-told", "Сначала сообщите гражданину о принятых мерах, затем закройте карточку.")
        }
    }

    private static func checkMeasures(of stored: StoredAppeal) throws {
        switch stored.state {
        case .draft: throw Refusal("not-registered", "Сначала сохраните карточку.")
        case .closed: throw Refusal("appeal-closed", "Карточка уже закрыта.")
        case .inWork:
            throw Refusal("measures-missing", "Сначала заполните «Принятые меры» и отметьте, что все меры приняты.")
        case .measuresTaken: break
        }
    }

    /// How it is told, for the history of the card.
    static func text(_ channel: OutcomeChannel) -> String {
        switch channel {
        case .conversation: "О принятых мерах сообщено в разговоре"
        case .voice: "О принятых мерах сообщит голосовой звонок"
        case .letter: "О принятых мерах сообщено письменно"
        case .nobody: "Сообщить о принятых мерах некому"
        }
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
    /// The telling that a voice has still to carry out.
    var pendingVoice: Int?
}
