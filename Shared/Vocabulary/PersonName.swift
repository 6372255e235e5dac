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

    /// Reads «Иванов Иван Иванович», «АЛИЕВ ВАГИФ ГАСАН ОГЛЫ», «Салтыков-Щедрин Михаил». A word all in capitals or
    /// all in small letters gets one capital, other spelling is kept; so is ё.
    /// - Throws: `InputError` with a Russian hint.
    public init(parsing text: String) throws {
        let words = text.precomposedStringWithCanonicalMapping.split(whereSeparator: \.isWhitespace).map(String.init)
        guard words.count >= 2 else {
            throw InputError(.personName, hint: "Укажите фамилию и имя через пробел.")
        }
        guard words.allSatisfy({ word in word.allSatisfy { $0.isLetter || "-'’".contains($0) } }) else {
            throw InputError(.personName, hint: "В имени могут быть только буквы, дефис и апостроф.")
        }
        guard words.allSatisfy({ $0.contains(where: \.isLetter) }), words.count <= 5, text.count <= 200 else {
            throw InputError(.personName, hint: "Укажите фамилию, имя и отчество, не больше пяти слов.")
        }
        let patronymic = words.dropFirst(2).enumerated().map { index, word in
            index > 0 && Self.particles.contains(word.lowercased()) ? word.lowercased() : Self.capitalized(word)
        }
        self.init(
            family: Self.capitalized(words[0]), given: Self.capitalized(words[1]),
            patronymic: patronymic.joined(separator: " "))
    }

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
        let folded = text.precomposedStringWithCanonicalMapping.lowercased().compactMap { character -> Character? in
            switch character {
            case "ё": "е"
            case "'", "’": nil
            case "-", "‐", "‑", "–": " "
            default: character
            }
        }
        return String(folded).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// Parts of Turkic patronymics that stand after the father's name and are written small.
    private static let particles: Set<String> = ["оглы", "оглу", "кызы", "гызы", "улы", "уулу", "углы"]

    private static func capitalized(_ word: String) -> String {
        guard word == word.uppercased() || word == word.lowercased() else { return word }
        var result = ""
        var isStart = true
        var lettersInPart = 0
        // A particle may be tied to the father's name: «Гасан-оглы».
        if let hyphen = word.lastIndex(of: "-"), Self.particles.contains(word[hyphen...].dropFirst().lowercased()) {
            return Self.capitalized(String(word[..<hyphen])) + word[hyphen...].lowercased()
        }
        for character in word {
            result += isStart ? character.uppercased() : character.lowercased()
            if character == "-" {
                (isStart, lettersInPart) = (true, 0)
            } else if "'’".contains(character) {
                // «О'Коннор», but «Лук'яненко».
                isStart = lettersInPart == 1
            } else {
                lettersInPart += 1
                isStart = false
            }
        }
        return result
    }
}

extension PersonName: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "person name" }
    public var debugDescription: String { self.description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
