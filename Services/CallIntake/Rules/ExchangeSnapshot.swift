/// What the exchange holds at a moment: `GET /channels` and `GET /bridges`.
struct ExchangeSnapshot: Sendable {
    struct Channel: Sendable {
        var id: String
        /// `Ring`, `Ringing`, `Down`, `Up`, …
        var state: String
        var callerNumber: String?
        /// The arguments of our application, when the channel is in it; else nil.
        var arguments: [String]?

        /// Hears another channel and ends with it.
        var isSnoop: Bool { self.id.hasPrefix("snoop-") }
    }

    var channels: [String: Channel]
    /// The channels in each bridge, by its id.
    var bridges: [String: Set<String>]
    /// The channels that wait for an operator.
    var waiting: Set<String> = []

    func waits(_ channel: String) -> Bool { self.waiting.contains(channel) }
}
