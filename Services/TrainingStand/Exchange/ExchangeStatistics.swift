/// What really happened at the exchange, to be compared with what the software says happened.
struct ExchangeStatistics: Sendable {
    /// Generated calls that came in.
    var offered = 0
    /// Of them announced to the application; the others fell through to the dialplan.
    var announced = 0
    var fellThrough = 0
    /// Of those announced: callers who left unanswered while nobody listened. Whether the application took note of
    /// them before it went away, the exchange cannot know.
    var unheard = 0
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
    /// Callers who hung up after leaving a message.
    var leftMessage = 0
    /// Of `ended`: callers who hung up on hold.
    var leftOnHold = 0
    /// Callers the application sent back to the dialplan, and those a telephone's own transfer took away.
    var continued = 0
    var transferred = 0
    /// Operators' telephones that hung up by themselves.
    var operatorHangUps = 0
    /// Keys pressed, and those the application could hear.
    var keys = 0
    var keysHeard = 0
    var lostByRestart = 0
    var restarts = 0
    /// Commands answered with 500 by the fault of that name.
    var failedCommands = 0
    var duplicateChannelIDs = 0
    var replays = 0
    var commands = 0
    var events = 0
    var mostChannels = 0

    /// `live` is what the exchange holds now.
    func json(_ live: LiveCounts) -> JSONValue {
        [
            "offered": .int(self.offered), "announced": .int(self.announced), "fellThrough": .int(self.fellThrough),
            "unheard": .int(self.unheard),
            "answered": .int(self.answered), "abandoned": .int(self.abandoned), "ended": .int(self.ended),
            "broken": .int(self.broken.values.reduce(0, +)), "brokenByCause": .counts(self.broken),
            "operatorLinesBroken": .int(self.operatorLinesBroken),
            "hungUpWaiting": .int(self.hungUpWaiting), "hungUpTalking": .int(self.hungUpTalking),
            "operatorDials": .counts(self.operatorDials), "citizenDials": .counts(self.citizenDials),
            "citizensJoined": .int(self.citizensJoined), "duplicateChannelIDs": .int(self.duplicateChannelIDs),
            "replays": .int(self.replays), "commands": .int(self.commands), "events": .int(self.events),
            "liveChannels": .int(live.channels), "mostChannels": .int(self.mostChannels),
            "onHold": .int(live.onHold), "liveRecordings": .int(live.recordings),
            "livePlaybacks": .int(live.playbacks), "leftMessage": .int(self.leftMessage),
            "leftOnHold": .int(self.leftOnHold), "continued": .int(self.continued),
            "transferred": .int(self.transferred), "operatorHangUps": .int(self.operatorHangUps),
            "keys": .int(self.keys), "keysHeard": .int(self.keysHeard),
            "lostByRestart": .int(self.lostByRestart), "restarts": .int(self.restarts),
            "failedCommands": .int(self.failedCommands),
        ]
    }

    /// The sum of two exchanges; `mostChannels` too, though the two need not have had them at once.
    mutating func join(_ other: ExchangeStatistics) {
        for path in Self.counters { self[keyPath: path] += other[keyPath: path] }
        for path in Self.tables { self[keyPath: path].merge(other[keyPath: path], uniquingKeysWith: +) }
    }

    private static var counters: [WritableKeyPath<ExchangeStatistics, Int>] {
        [
            \.offered, \.announced, \.fellThrough, \.unheard, \.answered, \.abandoned, \.ended, \.operatorLinesBroken,
            \.hungUpWaiting, \.hungUpTalking, \.citizensJoined, \.leftMessage, \.leftOnHold, \.continued,
            \.transferred, \.operatorHangUps, \.keys, \.keysHeard, \.lostByRestart, \.restarts, \.failedCommands,
            \.duplicateChannelIDs, \.replays, \.commands, \.events, \.mostChannels,
        ]
    }

    private static var tables: [WritableKeyPath<ExchangeStatistics, [String: Int]>] {
        [\.broken, \.operatorDials, \.citizenDials]
    }
}
