import Foundation

/// From the keyboard: by the rules of dialling in Russia. What the exchange signals is read by `SignalledCaller`.
extension PhoneNumber {
    /// Reads a number as it is typed or pasted, with a label, words and an extension beside it; of several numbers the
    /// first is taken.
    /// - Throws: `InputError` with a Russian hint. Digits that are missing are never made up for.
    public static func read(_ text: String) throws -> Reading<PhoneNumber> {
        let body = TypedText.body(of: text, labels: Self.labels)
        let parts = Self.parts(of: body)
        let first = parts.firstIndex { $0.contains(where: Digits.isDigit) } ?? 0
        guard parts.indices.contains(first) else { throw Self.error("Укажите номер телефона.") }
        let (numbered, extensionDigits) = Self.splitExtension(parts[first])
        let bare = Self.withoutWords(numbered)
        let typed = try TypedDigits(bare)
        let (e164, warning) = try typed.isInternational ? Self.international(typed) : Self.domestic(typed)
        let isRestDropped = parts.count > 1 || bare.count < numbered.count
        return Reading(
            PhoneNumber(e164: e164, extensionDigits: extensionDigits), warning: isRestDropped ? .restDropped : warning)
    }

    /// `+7` and ten digits: what this type itself writes. Most numbers that are read are read again.
    static func isCanonicalRussian(_ text: String) -> Bool {
        let bytes = text.utf8
        return bytes.count == 12 && bytes.starts(with: [43, 55])
            && bytes.dropFirst(2).allSatisfy { (48...57).contains($0) }
            && Self.isNational(text.dropFirst(2)) && Self.warning(ofNational: text.dropFirst(2)) == nil
    }

    // MARK: Around the digits

    private static let labels = ["телефон", "тел", "мобильный", "моб", "сотовый", "сот", "номер", "tel", "т"]

    private static func splitExtension(_ text: String) -> (String, String?) {
        for mark in [";ext=", "добавочный", "доб", "внутренний", "внутр", "вн.", "ext", "#"] {
            guard let range = text.range(of: mark, options: .caseInsensitive) else { continue }
            let tail = text[range.upperBound...].filter { !$0.isWhitespace && !".:)".contains($0) }
            guard (1...6).contains(tail.count), tail.allSatisfy(Digits.isDigit) else { continue }
            return (String(text[..<range.lowerBound].trimming { $0.isWhitespace || ",;(".contains($0) }), tail)
        }
        return (text, nil)
    }

    /// «дочь: 8 904 920-26-03 (Анна)»: words in front and behind, when a blank, a bracket or a colon parts them from the
    /// digits. A letter that touches a digit is an error of typing and stays.
    private static func withoutWords(_ text: String) -> String {
        var rest = text[...]
        if let last = rest.lastIndex(where: Digits.isDigit) {
            let tail = rest[rest.index(after: last)...]
            if tail.contains(where: \.isLetter), tail.first?.isLetter == false { rest = rest[...last] }
        }
        if let first = rest.firstIndex(where: { Digits.isDigit($0) || $0 == "+" }) {
            let head = rest[..<first]
            if head.contains(where: \.isLetter), head.last?.isLetter == false { rest = rest[first...] }
        }
        return String(rest)
    }

    // MARK: The digits

    /// Digits as they stand, and what their grouping says.
    private struct TypedDigits {
        let digits: String
        let isInternational: Bool
        /// The first digit stands apart, as an 8 or a 7 before a code does: `8 (452)`.
        let isFirstApart: Bool
        let hasGroups: Bool

        init(_ text: String) throws {
            let trimmed = text[...].trimming(\.isWhitespace)
            self.isInternational = trimmed.first == "+"
            let body = (self.isInternational ? trimmed.dropFirst() : trimmed).trimming(Digits.isSeparator)
            guard let digits = Digits.only(body) else {
                throw PhoneNumber.error("В номере телефона могут быть только цифры, пробелы, скобки и дефисы.")
            }
            guard !digits.isEmpty else { throw PhoneNumber.error("Укажите номер телефона.") }
            self.digits = digits
            self.isFirstApart = body.dropFirst().first.map(Digits.isSeparator) ?? false
            self.hasGroups = body.count > digits.count
        }
    }

    private static func domestic(_ typed: TypedDigits) throws -> (String, InputWarning?) {
        let digits = typed.digits
        switch digits.count {
        // 8 10 is how abroad is dialled from Russia, 00 from elsewhere; what follows starts with the country code.
        case 12... where digits.hasPrefix("810"): return (try Self.foreign(digits.dropFirst(3)), nil)
        case 10... where digits.hasPrefix("00"): return (try Self.foreign(digits.dropFirst(2)), nil)
        case 11 where digits.hasPrefix("8") || digits.hasPrefix("7"): return try Self.russian(digits.dropFirst())
        case 10: return try Self.tenDigits(typed)
        case 3 where digits.hasPrefix("1"): return (digits, nil)
        case 2 where ["01", "02", "03", "04"].contains(digits): return (digits, nil)
        case 5...7: throw Self.error("Добавьте к номеру телефона код города.")
        case ..<10: throw Self.digitsMissing
        case 11: throw Self.error("В номере телефона лишние цифры: нужно 10 цифр после 8 или +7.")
        default:
            throw Self.error(
                "В номере телефона лишние цифры: нужно 10 цифр после 8 или +7, а номер другой страны начните с +.")
        }
    }

    /// A number without its 8, or one with its 8 and a digit short: nobody may be called by a guess.
    private static func tenDigits(_ typed: TypedDigits) throws -> (String, InputWarning?) {
        let code = String(typed.digits.prefix(3))
        switch typed.digits.first {
        case "8":
            guard !typed.isFirstApart, NumberingPlan.codesWith8.contains(code) else { throw Self.digitsMissing }
            let isAmbiguous = !typed.hasGroups && NumberingPlan.ambiguousCodesWith8.contains(code)
            return ("+7" + typed.digits, isAmbiguous ? .digitMissing : nil)
        case "7":
            // Kazakhstan's own codes; 73…, 74…, 78…, 79… are a 7 and a Russian code.
            guard !typed.isFirstApart, !["3", "4", "8", "9"].contains(code.dropFirst().prefix(1)) else {
                throw Self.digitsMissing
            }
            return try Self.russian(typed.digits[...])
        default: return try Self.russian(typed.digits[...])
        }
    }

    private static func international(_ typed: TypedDigits) throws -> (String, InputWarning?) {
        let digits = typed.digits
        if digits.hasPrefix("7") {
            guard digits.count == 11 else { throw Self.error("После +7 должно быть 10 цифр.") }
            return try Self.russian(digits.dropFirst())
        }
        guard digits.hasPrefix("8") else { return (try Self.foreign(digits[...]), nil) }
        let national = digits.dropFirst()
        if typed.isFirstApart {
            // «+8 …» is the 8 of Russia with a sign too many: every country code that begins with 8 is longer.
            guard digits.count != 11 else { return try Self.russian(national) }
            if national.hasPrefix("10"), digits.count >= 12 { return (try Self.foreign(digits.dropFirst(3)), nil) }
            throw digits.count < 11
                ? Self.digitsMissing : Self.error("В номере телефона лишние цифры: нужно 10 цифр после 8 или +7.")
        }
        guard digits.count == 11 else { return (try Self.foreign(digits[...]), nil) }
        if !NumberingPlan.isForeignCode(in: digits) { return try Self.russian(national) }
        return (try Self.foreign(digits[...]), !typed.hasGroups && Self.isNational(national) ? .foreignNumber : nil)
    }

    /// E.164: at most 15 digits, no country code begins with 0.
    private static func foreign(_ digits: Substring) throws -> String {
        if digits.hasPrefix("7"), digits.count == 11 { return try Self.russian(digits.dropFirst()).0 }
        guard (8...15).contains(digits.count), !digits.hasPrefix("0"), !digits.hasPrefix("7") else {
            throw Self.error("Номер другой страны: после + должно быть от 8 до 15 цифр.")
        }
        return "+" + digits
    }

    private static func russian(_ national: Substring) throws -> (String, InputWarning?) {
        guard Self.isNational(national) else {
            throw Self.error("Такого кода города или оператора нет: проверьте номер телефона.")
        }
        return ("+7" + national, Self.warning(ofNational: national))
    }

    /// Geographic codes begin with 3, 4, 8, others with 8 or 9, those of Kazakhstan with 6 or 7.
    static func isNational(_ digits: Substring) -> Bool { digits.first.map { "346789".contains($0) } ?? false }

    /// 88… and 89… are no codes: an 8 that stands after +7.
    private static func warning(ofNational digits: Substring) -> InputWarning? {
        digits.hasPrefix("88") || digits.hasPrefix("89") ? .unknownCode : nil
    }

    private static var digitsMissing: InputError {
        Self.error("В номере телефона не хватает цифр: нужно 10 цифр после 8 или +7.")
    }

    private static func error(_ hint: String) -> InputError { InputError(.phoneNumber, hint: hint) }
}
