/// What an exchange holds at one moment.
struct LiveCounts: Sendable {
    var channels = 0
    /// Channels the application has put on hold or plays music to.
    var onHold = 0
    var recordings = 0
    var playbacks = 0

    mutating func join(_ other: LiveCounts) {
        self.channels += other.channels
        self.onHold += other.onHold
        self.recordings += other.recordings
        self.playbacks += other.playbacks
    }
}

extension Exchange {
    var live: LiveCounts {
        LiveCounts(
            channels: self.channels.count,
            onHold: self.channels.values.count { $0.isHeld || $0.hasMusic },
            recordings: self.recordings.values.count { $0.finishedAt == nil }, playbacks: self.playbacks.count)
    }
}
