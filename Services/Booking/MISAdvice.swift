import Contracts
import Messaging

/// What an operator says and does after a refusal of the МИС; the codes' own texts say neither.
enum MISAdvice {
    /// The МИС did not take the order.
    static let away = Refusal(
        "mis-away", "Медицинская система не отвечает. Запись не создана, попробуйте ещё раз.", retryAfter: 5)

    /// It answers, so waiting helps little (F-503).
    private static let unclear = Refusal(
        "mis-unclear",
        "Медицинская система ответила непонятно. Попробуйте ещё раз; если повторится, сообщите администратору.")

    /// The outcome was unknown and reading back has shown that nothing was booked.
    static let notBooked = MISRefusal(
        code: 0, advice: "Медицинская система не подтвердила запись: её там нет. Запишите ещё раз.")

    /// A person has looked into the МИС and found no visit.
    static let lookedUp = MISRefusal(
        code: 0, advice: "Проверено в медицинской системе: записи нет. Запишите ещё раз.")

    static func text(for meaning: MISError.Meaning) -> String {
        switch meaning {
        case .slotTaken, .slotInvalid: "Это время уже занято. Обновите список и предложите другое."
        case .alreadyBooked: "У пациента уже есть запись к этому специалисту. Назовите её и предложите перенести."
        case .notAttached: "Пациент не прикреплён к этому участку. Выберите врача своего участка."
        case .doctorMismatch, .patientMismatch: "Этот врач не принимает таких пациентов. Выберите другого врача."
        case .ageMismatch: "Врач не принимает пациентов этого возраста. Выберите другого врача."
        case .patientNotFound: "Пациент не найден в поликлинике. Проверьте фамилию, имя и дату рождения."
        case .patientNotUnique: "Найдено несколько пациентов. Уточните СНИЛС или полис."
        case .incompleteData: "Не хватает данных пациента. Заполните фамилию, имя и дату рождения."
        case .bookingUnknownOrCancelled: "Такой записи в медицинской системе нет: она уже отменена."
        case .areasUnknown: "Участок пациента неизвестен. Обратитесь в регистратуру поликлиники."
        case .accessDenied, .configuration: "Медицинская система отказала в доступе. Сообщите администратору."
        case .unforeseen, .unlisted: "Медицинская система отказала. Попробуйте другое время или другого врача."
        }
    }

    static func refusal(for error: MISError) -> Refusal {
        switch error.kind {
        case .refused(_, _, .patientNotFound): Refusal("patient-not-found", self.text(for: .patientNotFound))
        case .refused(_, _, .patientNotUnique): Refusal("patient-ambiguous", self.text(for: .patientNotUnique))
        case .refused(_, _, let meaning): Refusal("mis-refused", self.text(for: meaning))
        case .malformed: self.unclear
        case .unknownOutcome where error.answer == .unreadable: self.unclear
        case .unavailable, .unknownOutcome:
            Refusal("mis-away", "Медицинская система не отвечает. Попробуйте ещё раз.", retryAfter: 5)
        }
    }
}
