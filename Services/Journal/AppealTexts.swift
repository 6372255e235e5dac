import Contracts
import Messaging
import Vocabulary

/// The texts of a card as they are kept: read as if they had just been typed, tidied, or refused with the field, whoever
/// sent them (E-408). Values, no I/O.
enum AppealTexts {
    /// - Parameter today: the region's day.
    /// - Throws: `field-invalid` with the member's path.
    static func checked(_ card: AppealCard, today: CalendarDate) throws(Refusal) -> AppealCard {
        var card = card
        if let applicant = card.applicant { card.applicant = try self.checked(applicant) }
        if let birthDate = card.birthDate {
            do {
                try birthDate.checkBirthday(today: today)
            } catch {
                throw self.invalid(error, "card.birthDate")
            }
        }
        let address = try self.checked(
            card.address ?? "", field: "card.address", title: "Адрес", limit: AppealLimits.address)
        card.address = address.isEmpty ? nil : address
        card.essence = try self.checked(
            card.essence, field: "card.essence", title: "Суть вопроса", limit: AppealLimits.essence)
        card.measures = try self.checked(
            card.measures, field: "card.measures", title: "Принятые меры", limit: AppealLimits.measures)
        return card
    }

    /// The fields without which no card is registered (J-03).
    /// - Throws: `fields-missing`, naming them all, with the path of the first.
    static func checkWhole(_ card: AppealCard) throws(Refusal) {
        var missing: [(title: String, path: String)] = []
        if !card.isAnonymous {
            if card.applicant?.family.isEmpty ?? true { missing.append(("Фамилия", "card.applicant.family")) }
            if card.applicant?.given.isEmpty ?? true { missing.append(("Имя", "card.applicant.given")) }
        }
        if card.topic == nil { missing.append(("Тема", "card.topic")) }
        if TypedText.isWordless(card.essence) { missing.append(("Суть вопроса", "card.essence")) }
        guard let first = missing.first else { return }
        throw Refusal(
            "fields-missing", "Заполните поля: \(missing.map(\.title).joined(separator: ", ")).", field: first.path)
    }

    /// A text of several lines: without the marks that turn what stands beside it round, and empty when there is nothing
    /// to be seen in it.
    /// - Parameter limit: signs as people count them; one may be made of several code points, but not of any number.
    static func checked(
        _ text: String, field: String, title: String, limit: Int
    ) throws(Refusal) -> String {
        guard !TypedText.isBlank(text) else { return "" }
        var scalars = String.UnicodeScalarView()
        scalars.append(contentsOf: text.unicodeScalars.lazy.filter { !self.isDropped($0) })
        let kept = String(scalars)
        guard scalars.count <= limit * self.pointsOfSign else {
            throw Refusal("field-invalid", "«\(title)»: слишком длинный текст. Сократите его.", field: field)
        }
        guard kept.count <= limit else {
            throw Refusal(
                "field-invalid", "«\(title)»: \(kept.count) знаков из \(limit) возможных. Сократите текст.",
                field: field)
        }
        return kept
    }

    /// Code points of a sign on average at most: a text of nothing but emoji of families has seven.
    private static let pointsOfSign = 8

    /// A name of which nothing is written is none; one of which a part is written may stand in a draft.
    private static func checked(_ name: PersonName) throws(Refusal) -> PersonName? {
        let family = try self.part(name.family, "family")
        let given = try self.part(name.given, "given")
        let patronymic = try self.part(name.patronymic ?? "", "patronymic")
        guard !(family + given + patronymic).isEmpty else { return nil }
        return PersonName(family: family, given: given, patronymic: patronymic)
    }

    private static func part(_ text: String, _ member: String) throws(Refusal) -> String {
        do {
            return try PersonName.readPart(text)?.value ?? ""
        } catch {
            throw self.invalid(error, "card.applicant.\(member)")
        }
    }

    private static func invalid(_ error: any Error, _ field: String) -> Refusal {
        Refusal("field-invalid", (error as? InputError)?.hint ?? "Проверьте это поле.", field: field)
    }

    /// Marks of direction and of nothing, and code points that are no characters. What joins emoji stays.
    private static func isDropped(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00AD, 0x061C, 0x200B, 0x200E, 0x200F, 0x202A...0x202E, 0x2060, 0x2066...0x2069, 0xFEFF: true
        default: scalar.properties.isNoncharacterCodePoint
        }
    }
}
