/// The insurance number of an individual account: nine digits and two check digits. Codable as 11 digits;
/// `description` never shows them (P-02).
public struct SNILS: Hashable, Sendable {
    /// 11 digits.
    public let digits: String

    /// Accepts any separators: `112-233-445 95`, `СНИЛС: 11223344595`.
    /// - Throws: `InputError` with a Russian hint.
    public init(parsing text: String) throws {
        guard let digits = Digits.only(TypedText.body(of: text, labels: ["снилс"])) else {
            throw InputError(.snils, hint: "В СНИЛС могут быть только цифры, пробелы и дефисы.")
        }
        guard digits.count == 11 else {
            throw InputError(.snils, hint: "В СНИЛС должно быть 11 цифр.")
        }
        guard Self.isValid(digits) else {
            throw InputError(.snils, hint: "Контрольное число СНИЛС не сходится: проверьте цифры.")
        }
        self.digits = digits
    }

    /// `112-233-445 95`
    public var formatted: String {
        let d = Array(self.digits)
        return "\(String(d[0..<3]))-\(String(d[3..<6]))-\(String(d[6..<9])) \(String(d[9..<11]))"
    }

    /// The rule of the Pension Fund: the digits times 9…1, the sum modulo 101, 100 written as 00; numbers up to
    /// 001-001-998 were given out before there were check digits.
    private static func isValid(_ digits: String) -> Bool {
        let values = digits.compactMap(\.wholeNumberValue)
        let number = values.prefix(9).reduce(0) { $0 * 10 + $1 }
        guard number > 0 else { return false }
        guard number > 1_001_998 else { return true }
        let sum = zip(values.prefix(9), stride(from: 9, through: 1, by: -1)).reduce(0) { $0 + $1.0 * $1.1 }
        let check = sum % 101 % 100
        return check == values[9] * 10 + values[10]
    }
}

extension SNILS: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            try self.init(parsing: try container.decode(String.self))
        } catch let error as InputError {
            throw error.decoding(container)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.digits)
    }
}

extension SNILS: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "SNILS" }
    public var debugDescription: String { self.description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
