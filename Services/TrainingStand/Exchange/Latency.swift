import Foundation

/// How long the software takes from what it hears to what it does, seen from the exchange.
///
/// Timed are the events that call for a command about the same channel: the announcement of a leg, a key, the end of
/// a sound or of a recording. The time ends with the next command that names the channel. Events that need no answer
/// (a variable, a ringing telephone) start nothing.
struct Latency: Sendable {
    /// Events after which the software has something to do with the channel.
    static let timed: Set<String> = ["StasisStart", "ChannelDtmfReceived", "PlaybackFinished", "RecordingFinished"]
    /// Seconds after which a command is no answer to a key or a sound any more, but one of its own: an operator came
    /// free, a limit was reached. An announcement is answered by the first command however late it is.
    static let longest = 5.0

    private struct Pending: Sendable {
        var at: Date
        var isAnnouncement: Bool
        var isCaller: Bool
    }

    private var pending: [String: Pending] = [:]
    private(set) var commands = LatencySamples()
    /// From the announcement of a caller to the first command about that caller.
    private(set) var announcements = LatencySamples()
    /// Keys and sounds that no command followed in time.
    private(set) var unanswered = 0

    /// An event about the channel was sent.
    mutating func sent(_ type: String, channel: String, isCaller: Bool, at now: Date) {
        let isAnnouncement = type == "StasisStart"
        if let former = self.pending[channel] {
            // The announcement is not answered yet: what comes meanwhile does not shorten its time.
            guard !former.isAnnouncement || isAnnouncement else { return }
            if !former.isAnnouncement, now.timeIntervalSince(former.at) > Self.longest { self.unanswered += 1 }
        }
        self.pending[channel] = Pending(at: now, isAnnouncement: isAnnouncement, isCaller: isCaller)
    }

    /// A command named the channel.
    mutating func commanded(channel: String, at now: Date) {
        guard let pending = self.pending.removeValue(forKey: channel) else { return }
        let seconds = now.timeIntervalSince(pending.at)
        guard pending.isAnnouncement || seconds <= Self.longest else {
            self.unanswered += 1
            return
        }
        self.commands.add(seconds)
        if pending.isAnnouncement, pending.isCaller { self.announcements.add(seconds) }
    }

    mutating func forget(channel: String) { self.pending[channel] = nil }

    mutating func forgetPending() { self.pending.removeAll() }

    /// Forgets what was measured; what waits for its command goes on.
    mutating func reset() {
        let pending = self.pending
        self = Latency()
        self.pending = pending
    }

    mutating func join(_ other: Latency) {
        self.commands.join(other.commands)
        self.announcements.join(other.announcements)
        self.unanswered += other.unanswered
    }

    var json: JSONValue {
        var json = self.commands.json
        json["unanswered"] = .int(self.unanswered)
        json["announcement"] = self.announcements.json
        return json
    }
}
