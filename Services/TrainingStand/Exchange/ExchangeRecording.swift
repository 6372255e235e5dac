import Foundation

/// One recording of a bridge or of a channel: live until `finishedAt` is set, stored after.
struct ExchangeRecording: Sendable {
    enum Target: Sendable, Equatable {
        case channel(String)
        case bridge(String)

        var uri: String {
            switch self {
            case .channel(let id): "channel:\(id)"
            case .bridge(let id): "bridge:\(id)"
            }
        }
    }

    let name: String
    let format: String
    let target: Target
    let serial: Int
    /// Seconds; nil is without end.
    var longest: Double?
    /// Seconds of silence that end it; nil is never.
    var longestSilence: Double?
    /// `none`, `any`, `*` or `#`.
    var terminator = "none"
    /// Seconds from its start after which the far end is silent; nil: somebody speaks all the time.
    var speech: Double?

    var startedAt: Date
    var state = "queued"
    var pausedAt: Date?
    /// Seconds of all pauses that are over.
    var paused = 0.0
    var finishedAt: Date?

    /// Seconds that were recorded, without the pauses.
    func recorded(at now: Date) -> Double {
        max(0, (self.finishedAt ?? self.pausedAt ?? now).timeIntervalSince(self.startedAt) - self.paused)
    }

    /// Seconds until a limit ends it; nil when none does.
    func left(at now: Date) -> Double? {
        let silenceEnds = self.longestSilence.flatMap { limit in self.speech.map { $0 + limit } }
        guard let end = [self.longest, silenceEnds].compactMap({ $0 }).min() else { return nil }
        return end - self.recorded(at: now)
    }

    func endsWith(_ digit: String) -> Bool {
        self.terminator == "any" || self.terminator == digit
    }

    /// As an answer or event shows it; durations, in whole seconds, come with the end.
    func live(at now: Date) -> JSONValue {
        var json: JSONValue = [
            "name": .string(self.name), "format": .string(self.format), "state": .string(self.state),
            "target_uri": .string(self.target.uri),
        ]
        guard self.finishedAt != nil else { return json }
        let whole = Int(self.recorded(at: now))
        json["duration"] = .int(whole)
        if self.longestSilence != nil {
            let talking = min(whole, self.speech.map { Int($0) } ?? whole)
            json["talking_duration"] = .int(talking)
            json["silence_duration"] = .int(whole - talking)
        }
        return json
    }

    var stored: JSONValue { ["name": .string(self.name), "format": .string(self.format)] }
}
