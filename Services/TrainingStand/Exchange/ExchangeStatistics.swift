/// What really happened at the exchange, to be compared with what the software says happened.
struct ExchangeStatistics: Sendable {
    /// Generated calls that came in.
    var offered = 0
    /// Of them announced to the application; the others fell through to the dialplan.
    var announced = 0
    var fellThrough = 0
    /// Callers joined to another leg in a mixing bridge, each counted once.
    var answered = 0
    /// Callers who left before that by themselves.
    var abandoned = 0
    /// Conversations ended by the caller, cause 16.
    var ended = 0
    /// Callers' lines that broke in conversation, by cause.
    var broken: [String: Int] = [:]
    var operatorLinesBroken = 0
    /// Callers the application hung up, before and after an operator was joined.
    var hungUpWaiting = 0
    var hungUpTalking = 0
    var operatorDials: [String: Int] = [:]
    var citizenDials: [String: Int] = [:]
    var citizensJoined = 0
    var duplicateChannelIDs = 0
    var replays = 0
    var commands = 0
    var events = 0
    var mostChannels = 0

    func json(liveChannels: Int) -> JSONValue {
        [
            "offered": .int(self.offered), "announced": .int(self.announced), "fellThrough": .int(self.fellThrough),
            "answered": .int(self.answered), "abandoned": .int(self.abandoned), "ended": .int(self.ended),
            "broken": .int(self.broken.values.reduce(0, +)), "brokenByCause": .counts(self.broken),
            "operatorLinesBroken": .int(self.operatorLinesBroken),
            "hungUpWaiting": .int(self.hungUpWaiting), "hungUpTalking": .int(self.hungUpTalking),
            "operatorDials": .counts(self.operatorDials), "citizenDials": .counts(self.citizenDials),
            "citizensJoined": .int(self.citizensJoined), "duplicateChannelIDs": .int(self.duplicateChannelIDs),
            "replays": .int(self.replays), "commands": .int(self.commands), "events": .int(self.events),
            "liveChannels": .int(liveChannels), "mostChannels": .int(self.mostChannels),
        ]
    }
}
