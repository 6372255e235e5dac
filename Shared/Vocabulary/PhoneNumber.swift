import Foundation

/// A telephone number as Russians type it, stored once and for all in one form: E.164 (`+78452411327`), or the digits
/// of a short number (`112`). 8, +7 and 7 are the same number; a leading 8 is dropped only from 11 digits.
///
/// Codable as one string, an extension appended as RFC 3966 writes it: `+78452411327;ext=12`. `description` never
/// shows digits (P-02): ask for `e164` or `display`.
public struct PhoneNumber: Hashable, Sendable {
    /// `+` and 8 to 15 digits, or 2 to 3 digits of a short number; without the extension.
    public let e164: String
    /// What to dial after the answer («доб. 12»): 1 to 6 digits.
    public let extensionDigits: String?

    /// - Throws: `InputError` with a Russian hint.
    public init(parsing text: String) throws {
        let (body, extensionDigits) = Self.splitExtension(Self.withoutLabel(text))
        self.e164 = try Self.normalized(body)
        self.extensionDigits = extensionDigits
    }

    /// Two or three digits: 112, 103, 122, 01. Such a number means something only where it is dialled.
    public var isShort: Bool { !self.e164.hasPrefix("+") }

    public var isEmergency: Bool {
        ["01", "02", "03", "04", "101", "102", "103", "104", "112"].contains(self.e164)
    }

    /// +7, Kazakhstan's +7 6 and +7 7 excepted.
    public var isRussian: Bool {
        self.e164.hasPrefix("+7") && !self.e164.hasPrefix("+76") && !self.e164.hasPrefix("+77")
    }

    public var isMobile: Bool { self.e164.hasPrefix("+79") }

    /// Whether a machine may call it back: never an emergency or other short number, and none that charges the one
    /// who calls (803 televoting, 809 paid services).
    public var isDialable: Bool {
        !self.isShort && !self.e164.hasPrefix("+7803") && !self.e164.hasPrefix("+7809")
    }

    /// As `isDialable`, and never one of the centre's `own` numbers: calling oneself makes a loop.
    public func isDialable(own: Set<PhoneNumber>) -> Bool {
        self.isDialable && !own.contains { $0.e164 == self.e164 }
    }
}

extension PhoneNumber {
    private static func normalized(_ body: String) throws -> String {
        let trimmed = body.trimmingCharacters(in: .whitespacesAndNewlines)
        let isInternational = trimmed.hasPrefix("+")
        guard let digits = Digits.only(isInternational ? trimmed.dropFirst() : trimmed[...]) else {
            throw Self.error("В номере телефона могут быть только цифры, пробелы, скобки и дефисы.")
        }
        guard !digits.isEmpty else { throw Self.error("Укажите номер телефона.") }
        if isInternational { return try Self.international(digits) }
        switch digits.count {
        // 8 10 is how abroad is dialled from Russia; what follows starts with the country code.
        case 12... where digits.hasPrefix("810"):
            return try Self.international(String(digits.dropFirst(3)))
        case 11 where digits.hasPrefix("8") || digits.hasPrefix("7"):
            return try Self.russian(String(digits.dropFirst()))
        case 10:
            return try Self.russian(digits)
        case 3 where digits.hasPrefix("1"):
            return digits
        case 2 where ["01", "02", "03", "04"].contains(digits):
            return digits
        case 5...7:
            throw Self.error("Добавьте к номеру телефона код города.")
        case ..<10:
            throw Self.error("В номере телефона не хватает цифр: нужно 10 цифр после 8 или +7.")
        default:
            throw Self.error("В номере телефона лишние цифры: нужно 10 цифр после 8 или +7.")
        }
    }

    private static func international(_ digits: String) throws -> String {
        if digits.hasPrefix("7") {
            guard digits.count == 11 else { throw Self.error("После +7 должно быть 10 цифр.") }
            return try Self.russian(String(digits.dropFirst()))
        }
        // No country has the code 89: «+8 9…» is a Russian mobile number typed with one sign too many.
        if digits.hasPrefix("89"), digits.count == 11 { return try Self.russian(String(digits.dropFirst())) }
        // E.164: at most 15 digits, no country code begins with 0.
        guard (8...15).contains(digits.count), !digits.hasPrefix("0") else {
            throw Self.error("Номер другой страны: после + должно быть от 8 до 15 цифр.")
        }
        return "+" + digits
    }

    /// Ten digits. Geographic codes begin with 3, 4, 8, others with 8 or 9, those of Kazakhstan with 6 or 7.
    private static func russian(_ digits: String) throws -> String {
        guard let first = digits.first, "346789".contains(first) else {
            throw Self.error("Такого кода города или оператора нет: проверьте номер телефона.")
        }
        return "+7" + digits
    }

    private static func withoutLabel(_ text: String) -> String {
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        let lowered = trimmed.lowercased()
        for label in ["телефон", "тел", "мобильный", "моб", "сотовый", "сот", "tel", "т"] where lowered.hasPrefix(label)
        {
            return trimmed.dropFirst(label.count).trimmingCharacters(in: CharacterSet(charactersIn: ".: \u{A0}"))
        }
        return trimmed
    }

    private static func splitExtension(_ text: String) -> (String, String?) {
        for mark in [";ext=", "добавочный", "доб", "внутр", "вн.", "ext", "#"] {
            guard let range = text.range(of: mark, options: .caseInsensitive) else { continue }
            let tail = text[range.upperBound...].filter { !$0.isWhitespace && !".:)".contains($0) }
            guard (1...6).contains(tail.count), tail.allSatisfy(Digits.isDigit) else { continue }
            let head = text[..<range.lowerBound].trimmingCharacters(in: CharacterSet(charactersIn: " ,;(\u{A0}"))
            return (head, tail)
        }
        return (text, nil)
    }

    private static func error(_ hint: String) -> InputError { InputError(.phoneNumber, hint: hint) }
}

extension PhoneNumber: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            try self.init(parsing: try container.decode(String.self))
        } catch let error as InputError {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: error.hint)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.extensionDigits.map { self.e164 + ";ext=" + $0 } ?? self.e164)
    }
}

extension PhoneNumber: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Always the same words, so that a number cannot slip into a log (P-02).
    public var description: String { "phone number" }
    public var debugDescription: String { self.description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
