import Foundation

extension PersonName {
    /// Letters of a surname, a name or a patronymic at most, each mark on a letter counted.
    public static let longestPart = 100

    /// Reads a whole name: «Иванов Иван Иванович», «АЛИЕВ ВАГИФ ГАСАН ОГЛЫ», «Салтыков - Щедрин Михаил».
    /// - Throws: `InputError` with a Russian hint.
    public static func read(_ text: String) throws -> Reading<PersonName> {
        let words = Self.words(of: text)
        guard words.count >= 2 else { throw Self.error("Укажите фамилию и имя через пробел.") }
        guard words.count <= 5 else { throw Self.error("Укажите фамилию, имя и отчество, не больше пяти слов.") }
        let parts = try [words[0], words[1], words.dropFirst(2).joined(separator: " ")].map(Self.readPart)
        guard let family = parts[0], let given = parts[1] else {
            throw Self.error("Укажите фамилию и имя через пробел.")
        }
        let all = [family, given, parts[2]].compactMap(\.self)
        let suggested = all.contains { $0.suggestion != nil } ? all.map { $0.suggestion ?? $0.value } : nil
        return Reading(
            PersonName(family: family.value, given: given.value, patronymic: parts[2]?.value),
            warning: Self.warning(about: all.map(\.value).joined()),
            suggestion: suggested.map {
                PersonName(family: $0[0], given: $0[1], patronymic: $0.count > 2 ? $0[2] : nil)
            })
    }

    /// Reads a surname, a name or a patronymic; nil when nothing is written. A word all in capitals or all in small
    /// letters gets one capital, other spelling is kept, so is ё; «оглы» and «кызы» after a name are written small;
    /// apostrophes and hyphens of every kind become one.
    /// - Throws: `InputError` with a Russian hint.
    public static func readPart(_ text: String) throws -> Reading<String>? {
        let words = Self.words(of: text)
        guard !words.isEmpty else { return nil }
        guard words.allSatisfy(Self.isWord) else {
            throw Self.error("В имени могут быть только буквы, дефис и апостроф.")
        }
        let value = Self.spelled(words)
        guard value.unicodeScalars.count <= Self.longestPart else {
            throw Self.error("Имя длиннее \(Self.longestPart) букв: сократите его.")
        }
        let warning = Self.warning(about: value)
        return Reading(
            value, warning: warning, suggestion: warning.flatMap { KeyboardLayout.suggestion(for: value, $0) })
    }

    // MARK: Words

    /// Words between blanks, with one kind of hyphen, blanks round it taken away, and one kind of apostrophe.
    private static func words(of text: String) -> [String] {
        let visible = TypedText.visible(text).precomposedStringWithCanonicalMapping
        let folded = String(
            visible.map { character -> Character in
                if "‐‑‒–—−".contains(character) { return "-" }
                if "’‘ʼ`´′".contains(character) { return "'" }
                return character == Character(TypedText.brailleBlank) ? " " : character
            })
        var words: [String] = []
        for word in folded.split(whereSeparator: \.isWhitespace) {
            if let last = words.last, word.hasPrefix("-") || last.hasSuffix("-") {
                words[words.count - 1] = last + word
            } else {
                words.append(String(word))
            }
        }
        return words.map { String($0[...].trimming { $0 == "-" }) }.filter { !$0.isEmpty }
    }

    /// Letters with at most two marks on each, hyphens and apostrophes between them.
    private static func isWord(_ word: String) -> Bool {
        var marks = 2
        var hasLetter = false
        for scalar in word.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
                (marks, hasLetter) = (0, true)
            case .nonspacingMark, .spacingMark, .enclosingMark:
                marks += 1
                guard marks <= 2 else { return false }
            default:
                guard scalar == "-" || scalar == "'" else { return false }
                marks = 2
            }
        }
        return hasLetter
    }

    // MARK: Spelling

    /// Parts of Turkic patronymics that stand after the father's name and are written small.
    private static let particles: Set<String> = ["оглы", "оглу", "кызы", "гызы", "улы", "уулу", "углы"]

    private static func spelled(_ words: [String]) -> String {
        words.enumerated()
            .map { index, word in
                index > 0 && Self.particles.contains(word.lowercased()) ? word.lowercased() : Self.capitalized(word)
            }
            .joined(separator: " ")
    }

    private static func capitalized(_ word: String) -> String {
        guard word == word.uppercased() || word == word.lowercased() else { return word }
        // A particle may be tied to the father's name: «Гасан-оглы».
        if let hyphen = word.lastIndex(of: "-"), hyphen != word.startIndex,
            Self.particles.contains(word[hyphen...].dropFirst().lowercased())
        {
            return Self.capitalized(String(word[..<hyphen])) + word[hyphen...].lowercased()
        }
        var result = ""
        var isStart = true
        var lettersInPart = 0
        for character in word {
            result += isStart ? character.uppercased() : character.lowercased()
            if character == "-" {
                (isStart, lettersInPart) = (true, 0)
            } else if character == "'" {
                // «О'Коннор», but «Лук'яненко».
                isStart = lettersInPart == 1
            } else {
                lettersInPart += 1
                isStart = false
            }
        }
        return result
    }

    private static func warning(about name: String) -> InputWarning? {
        let scripts = (
            latin: name.unicodeScalars.contains(where: KeyboardLayout.isLatin),
            russian: name.unicodeScalars.contains(where: KeyboardLayout.isCyrillic)
        )
        guard scripts.latin else { return nil }
        return scripts.russian ? .mixedLetters : .latinLetters
    }

    private static func error(_ hint: String) -> InputError { InputError(.personName, hint: hint) }
}
