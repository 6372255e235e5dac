/// One recording as segments: each opens with a command of the client, the first with the start of the replay.
struct ReplayScript: Sendable {
    struct Event: Sendable {
        /// Seconds after the opening of the segment.
        var offset: Double
        /// As recorded, with recorded ids.
        var event: JSONValue
        /// The application heard it by itself; false: only after subscribing to the channel, or to all.
        var isOrdinary: Bool
        /// Recorded id of the channel it is about.
        var channel: String
    }

    struct Segment: Sendable {
        var gate: ReplayGate?
        var events: [Event] = []
    }

    let name: String
    let segments: [Segment]
    /// Recorded ids of the channels that came from outside.
    let inbound: [String]
}
