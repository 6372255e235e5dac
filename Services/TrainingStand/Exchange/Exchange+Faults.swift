import Foundation

extension Exchange {
    /// Seconds to hold an answer back; drawn anew for each.
    mutating func answerDelay() -> Double {
        self.faults.delay > 0 ? self.faultChance.exponential(mean: self.faults.delay / 1000) : 0
    }

    /// The answer to a command that fails without effect; nil for the others.
    mutating func failure() -> ExchangeAnswer? {
        guard self.faultChance.happens(self.faults.failShare) else { return nil }
        self.statistics.failedCommands += 1
        return .failed("Internal Server Error")
    }

    /// The frames that are sent instead of one event.
    mutating func spoilt(_ event: JSONValue, to application: String) -> [[UInt8]] {
        var event = event
        if event["timestamp"] != nil, self.faultChance.happens(self.faults.backwardsShare) {
            let earlier = self.now.addingTimeInterval(-2 * self.faultChance.fraction())
            event["timestamp"] = .string(CivilTime.stamp(earlier, utcOffset: self.utcOffset))
        }
        var bytes = event.bytes
        if self.faultChance.happens(self.faults.brokenNameShare) { Self.breakName(in: &bytes) }
        var frames = [bytes]
        if self.faultChance.happens(self.faults.duplicateShare) { frames.append(bytes) }
        if self.faultChance.happens(self.faults.unknownShare) {
            let unknown: JSONValue = [
                "type": "ChannelFeatureOfTomorrow", "timestamp": .string(self.stamp), "depth": ["of": ["nesting": 3]],
                "application": .string(application), "asterisk_id": .string(self.asteriskID),
            ]
            frames.append(unknown.bytes)
        }
        return frames
    }

    /// Puts «При» in CP1251 before the caller's name.
    private static func breakName(in bytes: inout [UInt8]) {
        let mark = Array("\"caller\":{\"name\":\"".utf8)
        guard let found = bytes.firstRange(of: mark) else { return }
        bytes.insert(contentsOf: [0xCF, 0xF0, 0xE8], at: found.upperBound)
    }

    /// One event of `count` bytes to every application that listens; the number of applications.
    mutating func sendOddEvent(bytes count: Int) -> Int {
        let listening = self.applications.values.filter(\.isConnected).map(\.name)
        for name in listening {
            var event: JSONValue = [
                "type": "ChannelUserevent", "timestamp": .string(self.stamp), "eventname": "odd",
                "asterisk_id": .string(self.asteriskID), "application": .string(name), "userevent": ["padding": ""],
            ]
            let rest = count - event.bytes.count
            event["userevent"] = ["padding": .string(String(repeating: "x", count: max(0, rest)))]
            self.send(event, to: name)
        }
        return listening.count
    }

    // MARK: Restart

    /// The machine is away: nothing is answered, calls of the trunk are lost.
    var isDown: Bool { self.downUntil.map { $0 > self.now } ?? false }

    /// The exchange comes back empty after `seconds`: channels, bridges, applications and what plays or records are
    /// gone without a word. Stored recordings stay, and what the stand knows from outside: statistics, dials, traffic,
    /// outcomes, faults.
    mutating func restart(downFor seconds: Double) {
        for channel in self.channels.values {
            if channel.isCaller { self.statistics.lostByRestart += 1 }
            if let index = channel.dialIndex { self.dials[index].endedAt = self.now }
        }
        self.channels.removeAll()
        self.bridges.removeAll()
        self.applications.removeAll()
        self.playbacks.removeAll()
        self.mediaQueues.removeAll()
        self.recordings = self.recordings.filter { $0.value.finishedAt != nil }
        for id in self.replays.keys where self.replays[id]?.isFinished == false {
            self.replays[id]?.isFinished = true
            self.replays[id]?.isWaiting = false
            self.replays[id]?.skipped.append("restart")
        }
        self.latency.forgetPending()
        self.statistics.restarts += 1
        self.startedAt = self.now.addingTimeInterval(seconds)
        self.downUntil = seconds > 0 ? self.startedAt : nil
    }
}
