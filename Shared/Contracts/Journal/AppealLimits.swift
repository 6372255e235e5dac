/// Signs that the long texts of a card may have at most, as people count them: an emoji is one. Stated here for the
/// journal, which refuses, and for the page, which warns before: `Assets/limits.js` is made of `all`, and a test compares
/// it. How long names may be stands in `PersonName`.
public enum AppealLimits {
    /// «Суть вопроса»
    public static let essence = 4_000
    /// «Принятые меры»
    public static let measures = 4_000
    /// What is written to an organization when a card is forwarded to it.
    public static let comment = 4_000
    public static let address = 300

    /// By the names of the fields.
    public static let all = [
        ("essence", Self.essence), ("measures", Self.measures), ("comment", Self.comment), ("address", Self.address),
    ]
}

/// The fields of a card, by their names in `AppealCard`, and the mark beside them.
public enum AppealField: String, Codable, Sendable, CaseIterable {
    case applicant, isAnonymous, birthDate, phone, snils, policy, address, topic, essence, measures
    /// «все меры приняты», which is the card's state.
    case measuresDone

    /// As the operator reads it.
    public var title: String {
        switch self {
        case .applicant: "ФИО"
        case .isAnonymous: "Анонимное обращение"
        case .birthDate: "Дата рождения"
        case .phone: "Телефон"
        case .snils: "СНИЛС"
        case .policy: "Полис ОМС"
        case .address: "Адрес"
        case .topic: "Тема"
        case .essence: "Суть вопроса"
        case .measures: "Принятые меры"
        case .measuresDone: "Все меры приняты"
        }
    }
}
