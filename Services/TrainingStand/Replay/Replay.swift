import Foundation

/// One run of a script: where it is, what it waits for, and which of the client's ids stand for the recorded ones.
struct Replay: Sendable {
    let id: Int
    let script: ReplayScript
    /// The application that hears it.
    let application: String
    /// 1 is the recorded pace, 2 twice as fast, 0 without pauses.
    let speed: Double

    /// Recorded text to present text: ids, channel names, application data.
    var substitutes: [String: String] = [:]
    /// Recorded moments to present ones, so that a channel keeps its creation time.
    var moments: [String: String] = [:]
    var segment = 0
    var event = 0
    var openedAt: Date
    var isWaiting = false
    /// Commands that came before the script reached them, by segment, with their time.
    var arrived: [Int: Date] = [:]
    /// Segments whose command was given, reached or not.
    var matched: Set<Int> = []
    /// Channels, recorded ids, that have appeared; one that is gone takes no more part.
    var appeared: Set<String> = []
    /// Recorded id of an originated channel to its present dial string and arguments.
    var dialled: [String: (dialString: String, arguments: [String])] = [:]
    /// Newer timers make older ones void.
    var generation = 0
    var played = 0
    var isFinished = false
    var skipped: [String] = []

    var waitingFor: ReplayGate? {
        self.isWaiting && self.segment < self.script.segments.count ? self.script.segments[self.segment].gate : nil
    }

    func due(_ event: ReplayScript.Event) -> Date {
        self.speed > 0 ? self.openedAt.addingTimeInterval(event.offset / self.speed) : self.openedAt
    }

    /// Recorded id of one of the client's ids.
    func recorded(_ id: String) -> String? {
        self.substitutes.first { $0.value == id }?.key
    }

    var json: JSONValue {
        [
            "id": .int(self.id), "trace": .string(self.script.name),
            "state": self.isFinished ? "finished" : self.isWaiting ? "waiting" : "playing",
            "waitingFor": self.waitingFor.map { .string($0.description) } ?? .null,
            "eventsPlayed": .int(self.played), "segment": .int(self.segment),
            "segments": .int(self.script.segments.count), "skipped": .array(self.skipped.map { .string($0) }),
            "ids": .object(
                self.substitutes.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: .string($0.value)) }),
        ]
    }
}
