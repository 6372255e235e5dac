/// What was read from a text that somebody typed. A value with a warning is taken; whoever typed it is asked to look
/// again.
public struct Reading<Value: Sendable>: Sendable {
    public let value: Value
    public let warning: InputWarning?
    /// What may have been meant instead: the same keys in the Russian layout.
    public let suggestion: Value?

    public init(_ value: Value, warning: InputWarning? = nil, suggestion: Value? = nil) {
        self.value = value
        self.warning = warning
        self.suggestion = suggestion
    }
}

/// What is odd about a value that is taken all the same.
public enum InputWarning: String, Sendable, CaseIterable {
    /// A name in Latin letters: a foreigner's, or the wrong layout of the keyboard.
    case latinLetters
    /// Russian and Latin letters in one name: no register finds it.
    case mixedLetters
    /// Words or another number stood beside the number.
    case restDropped
    /// Ten digits that may be a number with its 8, one digit short.
    case digitMissing
    /// +8 and ten digits: Vietnam or Japan, or a Russian number with a plus before its 8.
    case foreignNumber
    /// No such code of a city or an operator is known.
    case unknownCode
    /// The year was typed with two digits, and both centuries are possible.
    case century

    /// Russian, one sentence, without the value.
    public var hint: String {
        switch self {
        case .latinLetters: "Имя латинскими буквами: проверьте раскладку."
        case .mixedLetters: "Русские и латинские буквы вперемешку: проверьте раскладку."
        case .restDropped: "Взят только первый номер: остальное запишите в «Суть вопроса»."
        case .digitMissing: "Проверьте номер: если он начинается с 8, одной цифры не хватает."
        case .foreignNumber: "Это номер другой страны? Российский пишется с +7 или с 8 без плюса."
        case .unknownCode: "Такого кода города или оператора мы не знаем: проверьте номер телефона."
        case .century: "Год записан двумя цифрами: проверьте век."
        }
    }
}
