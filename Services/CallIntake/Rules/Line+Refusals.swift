import Messaging

/// The refusals that are no no: nothing was done, and the same order is to be given again (`Refusal.verdict`).
extension Line {
    /// Seconds until what many wait for is looked at again: the exchange, an operator, a line for a voice.
    private static let soon = 1.0
    /// Seconds until what concerns one person is looked at again: a conversation lasts minutes.
    private static let later = 10.0

    static var exchangeAway: Refusal {
        Refusal("exchange-away", "АТС недоступна. Повторите через несколько секунд.", retryAfter: self.soon)
    }

    /// Callers who wait come first (C-02).
    static var noOperatorFree: Refusal {
        Refusal("no-operator-free", "Свободных операторов сейчас нет, перезвоним позже.", retryAfter: self.soon)
    }

    /// As many voices speak as may.
    static var noVoiceLineFree: Refusal {
        Refusal("no-line-free", "Все линии для голосовых сообщений заняты.", retryAfter: self.soon)
    }

    /// Who promised the call speaks with somebody else.
    static var operatorAway: Refusal {
        Refusal("operator-away", "Оператор, который обещал позвонить, сейчас занят.", retryAfter: self.later)
    }

    /// The citizen speaks with the line already: the telephone would be busy.
    /// - Parameter isPromised: an operator is to call, not a voice and not for a broken call.
    static func citizenOnLine(isPromised: Bool) -> Refusal {
        isPromised
            ? Refusal("no-operator-free", "Гражданин сейчас на линии, перезвоним позже.", retryAfter: self.later)
            : Refusal("no-line-free", "Гражданин сейчас на линии, позвоним позже.", retryAfter: self.later)
    }

    /// Another replica takes the line over, or the database was away for a moment: asked again with the same key, the
    /// order is carried out at once, and never twice.
    static var lineMoves: Refusal {
        Refusal("line-moves", "Линия переходит на другой сервер. Повторите действие.", retryAfter: 0)
    }

    /// The database does not keep what the order says.
    static var valueRefused: Refusal {
        Refusal(
            "value-refused",
            "Это не удаётся сохранить: в тексте недопустимый знак или он слишком длинный. Исправьте его.")
    }

    /// What the present state does not allow. Asking again will not help unless the state changes.
    static func notNow(_ message: String) -> Refusal { Refusal("not-now", message) }
}
