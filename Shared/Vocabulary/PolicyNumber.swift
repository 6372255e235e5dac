/// The unified number of a policy of compulsory health insurance (ЕНП): 16 digits, the last a check digit. Codable as
/// 16 digits; `description` never shows them (P-02). Policies of the old pattern (series and number) have no such
/// number and are not read here.
///
/// The check digit follows the method in the rules of compulsory health insurance (приказ Минздравсоцразвития от
/// 28.02.2011 № 158н): from the right, the number made of the digits in odd places is doubled, that of the even places
/// is put before it, the digits of the whole are summed and taken from the next multiple of ten. Doubling a number
/// and summing its digits gives the same as doubling digit by digit, so this is Luhn's formula over 16 digits.
/// Certainty: written from knowledge of the method; neither the text of the order nor a real number was at hand.
public struct PolicyNumber: Hashable, Sendable {
    /// 16 digits.
    public let digits: String

    /// Accepts any separators: `ЕНП 6400 1234 5678 9012`.
    /// - Throws: `InputError` with a Russian hint.
    public init(parsing text: String) throws {
        guard let digits = Digits.only(TypedText.body(of: text, labels: ["полис", "енп", "омс"])) else {
            throw InputError(.policyNumber, hint: "В номере полиса ОМС могут быть только цифры и пробелы.")
        }
        guard digits.count != 9 else {
            throw InputError(
                .policyNumber,
                hint:
                    "Девять цифр у временного свидетельства: запишите его номер в «Суть вопроса», поле оставьте пустым."
            )
        }
        guard digits.count == 16 else {
            throw InputError(.policyNumber, hint: "В номере полиса ОМС единого образца должно быть 16 цифр.")
        }
        guard Self.isValid(digits) else {
            throw InputError(.policyNumber, hint: "Контрольная цифра полиса ОМС не сходится: проверьте номер.")
        }
        self.digits = digits
    }

    /// `6400 1234 5678 9012`
    public var formatted: String {
        let d = Array(self.digits)
        return stride(from: 0, to: 16, by: 4).map { String(d[$0..<$0 + 4]) }.joined(separator: " ")
    }

    private static func isValid(_ digits: String) -> Bool {
        let values = digits.compactMap(\.wholeNumberValue)
        guard values.contains(where: { $0 != 0 }) else { return false }
        let sum = values.reversed().enumerated().reduce(0) { sum, item in
            let value = item.offset % 2 == 0 ? item.element : item.element * 2
            return sum + value / 10 + value % 10
        }
        return sum % 10 == 0
    }
}

extension PolicyNumber: Codable {
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

extension PolicyNumber: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "policy number" }
    public var debugDescription: String { self.description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
