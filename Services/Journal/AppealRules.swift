import Contracts
import Foundation
import Messaging
import Vocabulary

/// What may be done with a card. Values, no I/O.
enum AppealRules {
    /// The state of a registered card after a save (J-03): white only when «Принятые меры» is filled and the worker
    /// confirms that all measures are done.
    static func state(after card: AppealCard, measuresDone: Bool) -> AppealState {
        measuresDone && !TypedText.isWordless(card.measures) ? .measuresTaken : .inWork
    }

    // MARK: Refusals

    static let notYours = Refusal("not-yours", "Эта карточка вам недоступна: с ней работает другой сотрудник.")
    private static let notTaken = Refusal("not-taken", "Сначала возьмите сообщение: пока эта карточка ничья.")
    private static let notRegistered = Refusal("not-registered", "Сначала сохраните карточку.")
    static let closed = Refusal(
        "appeal-closed", "Карточка закрыта: изменить её нельзя. Если нужна работа, откройте новую.")
    private static let revisionDiffers = Refusal(
        "revision-differs", "Карточку за это время изменили. Откройте её заново и внесите правку ещё раз.")

    // MARK: Who

    /// Whose card it is writes in it, who is in charge in every card that is somebody's (J-04).
    /// - Throws: `Refusal`. A card that is not the writer's says nothing more of itself.
    static func checkWriter(
        _ operatorID: String, isInCharge: Bool?, revision: Int?, of stored: StoredAppeal
    ) throws(Refusal) {
        guard let owner = stored.operatorID else { throw self.notTaken }
        guard owner == operatorID || isInCharge == true else { throw self.notYours }
        guard stored.state != .closed else { throw self.closed }
        guard revision == stored.revision else { throw self.revisionDiffers }
    }

    // MARK: What

    /// What a save comes to.
    /// - Parameter today: the region's day.
    /// - Throws: `Refusal` with what to do.
    static func save(
        _ request: SaveAppeal, of stored: StoredAppeal, today: CalendarDate
    ) throws(Refusal) -> AppealStore.Save {
        try self.checkWriter(
            request.operatorID, isInCharge: request.isInCharge, revision: request.revision, of: stored)
        let card = try AppealTexts.checked(request.card, today: today)
        try AppealTexts.checkWhole(card)
        if request.measuresDone, TypedText.isWordless(card.measures) {
            throw Refusal(
                "fields-missing", "Заполните поле «Принятые меры», прежде чем отметить, что меры приняты.",
                field: "card.measures")
        }
        let state = self.state(after: card, measuresDone: request.measuresDone)
        return AppealStore.Save(
            request: request, card: card, state: state, isRegistering: stored.state == .draft,
            fields: self.changes(from: stored.card, to: card)
                + ((stored.state == .measuresTaken) == (state == .measuresTaken) ? [] : [.measuresDone]))
    }

    /// The draft as it is to be kept; nil when that changes nothing.
    /// - Throws: `Refusal` with what to do.
    static func keep(
        _ request: KeepDraft, of stored: StoredAppeal, today: CalendarDate
    ) throws(Refusal) -> AppealStore.Kept? {
        // Sent again because the answer was lost: what it says stands already.
        let isAgain =
            stored.state == .draft && request.revision == stored.revision - 1
            && (try? AppealTexts.checked(request.card, today: today)) == stored.card
        try self.checkWriter(
            request.operatorID, isInCharge: request.isInCharge,
            revision: isAgain ? stored.revision : request.revision, of: stored)
        guard stored.state == .draft else {
            throw Refusal("not-a-draft", "Карточка уже зарегистрирована: сохраните её.")
        }
        let card = try AppealTexts.checked(request.card, today: today)
        return card == stored.card ? nil : AppealStore.Kept(request: request, card: card)
    }

    /// The fields in which two cards differ.
    static func changes(from old: AppealCard, to new: AppealCard) -> [AppealField] {
        AppealField.allCases.filter { field in
            switch field {
            case .applicant: old.applicant != new.applicant
            case .isAnonymous: old.isAnonymous != new.isAnonymous
            case .birthDate: old.birthDate != new.birthDate
            case .phone: old.phone != new.phone
            case .snils: old.snils != new.snils
            case .policy: old.policy != new.policy
            case .address: old.address != new.address
            case .topic: old.topic != new.topic
            case .essence: old.essence != new.essence
            case .measures: old.measures != new.measures
            case .measuresDone: false
            }
        }
    }

    /// - Throws: `Refusal`; see `TellOutcome`.
    static func checkTelling(_ request: TellOutcome, of stored: StoredAppeal) throws(Refusal) {
        // The citizen was told what the operator saw.
        try self.checkWriter(
            request.operatorID, isInCharge: request.isInCharge, revision: request.revision, of: stored)
        try self.checkMeasures(of: stored)
        switch request.channel {
        case .voice:
            guard !stored.isTold else {
                throw Refusal("already-told", "О принятых мерах уже сообщено: звонить незачем.")
            }
            guard stored.pendingVoice == nil else {
                throw Refusal("voice-pending", "Голосовой звонок уже поставлен: дождитесь его или сообщите иначе.")
            }
            guard stored.card.phone?.isDialable == true else {
                throw Refusal("phone-missing", "Укажите в карточке телефон, по которому можно позвонить.")
            }
            // A voice would speak to whoever, or whatever, picks up at the office.
            guard stored.card.phone?.extensionDigits == nil else {
                throw Refusal(
                    "number-has-extension", "У телефона добавочный номер: голосом не сообщить. Позвоните сами.")
            }
        case .nobody:
            guard stored.card.isAnonymous || stored.card.phone == nil && stored.card.address == nil else {
                throw Refusal("somebody-to-tell", "В карточке есть, кому сообщить: выберите, как это сделано.")
            }
        case .conversation, .letter: break
        }
    }

    /// - Throws: `Refusal`; see `CloseAppeal`.
    static func checkClosing(_ request: CloseAppeal, of stored: StoredAppeal) throws(Refusal) {
        guard request.isAdministrator == true else {
            throw Refusal("not-yours", "Закрывает карточки администратор.")
        }
        try self.checkWriter(request.operatorID, isInCharge: true, revision: request.revision, of: stored)
        try self.checkMeasures(of: stored)
        // F271 4.13, K75 4.14.
        guard stored.isTold else {
            throw Refusal("not-told", "Сначала сообщите гражданину о принятых мерах, затем закройте карточку.")
        }
    }

    private static func checkMeasures(of stored: StoredAppeal) throws(Refusal) {
        switch stored.state {
        case .draft: throw self.notRegistered
        case .closed: throw self.closed
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

    /// - Returns: the comment as it is to be kept.
    /// - Throws: `Refusal` with what to do.
    static func forward(_ request: ForwardAppeal, of stored: StoredAppeal) throws(Refusal) -> String {
        try self.checkWriter(
            request.operatorID, isInCharge: request.isInCharge, revision: request.revision, of: stored)
        guard stored.state != .draft else { throw self.notRegistered }
        guard stored.organizationID != request.organization.organizationID else {
            throw Refusal("already-there", "Карточка уже передана в эту организацию.")
        }
        return try AppealTexts.checked(
            request.comment, field: "comment", title: "Комментарий", limit: AppealLimits.comment)
    }

    /// - Throws: `Refusal`; see `OpenAppeal`.
    static func checkContinuing(_ request: OpenAppeal, of stored: StoredAppeal) throws(Refusal) {
        guard stored.operatorID == request.operatorID || request.isInCharge == true else { throw self.notYours }
        guard stored.state == .closed else {
            throw Refusal("not-closed", "Эта карточка не закрыта: работайте в ней.")
        }
    }

    /// What is known of the citizen goes on; the matter is told anew.
    static func continuing(_ card: AppealCard) -> AppealCard {
        var card = card
        (card.essence, card.measures) = ("", "")
        return card
    }
}

/// What deciding about a card needs to know of it.
struct StoredAppeal: Sendable {
    let state: AppealState
    let revision: Int
    let number: String?
    let callID: UUID?
    let organizationID: String?
    /// Nil while a message of the electronic secretary waits for somebody.
    let operatorID: String?
    var card = AppealCard()
    /// Whether the citizen knows of the measures.
    var isTold = false
    /// The telling that a voice has still to carry out.
    var pendingVoice: Int?
}
