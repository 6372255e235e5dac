import Foundation

/// Surname, name and patronymic of a person; many people have no patronymic. Codable by its three fields.
/// `description` never shows the name (P-02): ask for `full`, `initials` or `address`.
public struct PersonName: Hashable, Sendable, Codable {
    public var family: String
    public var given: String
    public var patronymic: String?

    /// Takes the parts as they are; an empty patronymic is none.
    public init(family: String, given: String, patronymic: String? = nil) {
        self.family = family
        self.given = given
        self.patronymic = patronymic.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The value of `read(_:)`.
    /// - Throws: `InputError` with a Russian hint.
    public init(parsing text: String) throws { self = try Self.read(text).value }

    /// «Иванов Иван Иванович»
    public var full: String {
        [self.family, self.given, self.patronymic].compactMap(\.self).joined(separator: " ")
    }

    /// «Иванов И. И.»
    public var initials: String {
        let letters = [self.given, self.patronymic].compactMap { $0?.first.map { "\($0)." } }
        return ([self.family] + letters).joined(separator: " ")
    }

    /// How to address the person: «Иван Иванович», without a patronymic «Иван».
    public var address: String {
        [self.given, self.patronymic].compactMap(\.self).joined(separator: " ")
    }

    /// For an index and for the query alike: small letters, ё as е, hyphens as spaces, no apostrophes.
    public var searchKey: String { Self.searchKey(self.full) }

    /// The same folding for what an operator types.
    public static func searchKey(_ text: String) -> String {
        let folded = TypedText.visible(text).precomposedStringWithCanonicalMapping.lowercased().compactMap {
            character -> Character? in
            switch character {
            case "ё": "е"
            case "'", "’", "‘", "ʼ", "`", "´", "′": nil
            case "-", "‐", "‑", "‒", "–", "—", "−": " "
            default: character
            }
        }
        return String(folded).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}

extension PersonName: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "person name" }
    public var debugDescription: String { self.description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
