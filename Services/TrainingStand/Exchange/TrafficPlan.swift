import Foundation

/// Generated calls of one `POST /stand/calls`.
struct TrafficPlan: Sendable {
    var count = 1
    /// Calls a second; the gaps are exponential.
    var rate = 1.0
    /// Mean seconds an impatient caller waits; the others wait ten times this.
    var patience = 60.0
    /// Mean seconds of conversation.
    var talk = 30.0
    /// Share of conversations whose caller's line breaks.
    var drop = 0.0
    /// Causes of such breaks, drawn evenly.
    var dropCauses = [38, 41, 44]
    /// Share of conversations whose operator's line breaks.
    var operatorDrop = 0.0
    /// Share of impatient callers.
    var abandon = 0.0
    var withheld = 0.03
    var named = 0.1
    var application = "call-intake"
    /// Numbers used in turn instead of drawn ones.
    var numbers: [String] = []
    /// Keys every caller presses.
    var keys: [CallerPlan.Key] = []
    /// Seconds every caller speaks to a recording.
    var message = 6.0
    var messageEnds = CallerPlan.MessageEnd.hangup
    /// Seconds every caller stays on hold; nil: as long as it takes.
    var holdPatience: Double?

    var offered = 0
    /// When the next call was to come; late timers do not slow the run down.
    var nextAt: Date?

    mutating func caller(_ chance: inout Chance) -> CallerPlan {
        let isImpatient = chance.happens(self.abandon)
        return CallerPlan(
            patience: isImpatient ? chance.exponential(mean: self.patience) : self.patience * 10,
            talk: max(0.05, chance.exponential(mean: self.talk)),
            breaksWith: chance.happens(self.drop) && !self.dropCauses.isEmpty ? chance.pick(self.dropCauses) : nil,
            losesOperator: chance.happens(self.operatorDrop),
            keys: self.keys, message: self.message, messageEnds: self.messageEnds, holdPatience: self.holdPatience)
    }

    mutating func party(_ chance: inout Chance) -> Party {
        let drawn = chance.digits(9)
        let scripted = self.numbers.isEmpty ? nil : self.numbers[self.offered % self.numbers.count]
        if scripted == nil, chance.happens(self.withheld) { return Party() }
        let name = chance.happens(self.named) ? chance.pick(Self.names) : ""
        return Party(name: name, number: scripted ?? "+79\(drawn)")
    }

    /// Invented names; the last ones are what a CP1251 name becomes on the way.
    private static let names = [
        "Иванов Иван", "Петрова Анна", "Сидоров Пётр", "Кузнецова Мария", "Смирнов Олег", "Ёлкина Вера",
        "IVANOV I", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD} \u{FFFD}\u{FFFD}",
    ]
}
