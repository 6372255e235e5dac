import Contracts

/// A supervisor who hears a conversation (J-10).
struct Supervision: Sendable, Equatable, Codable {
    let supervisorID: String
    var mode: SuperviseCall.Mode
    /// The supervisor's channel.
    let leg: String
    /// Nil in rows of before, as are the two below.
    var telephone: String?
    /// What the supervisor hears now.
    var hearing: Hearing?
    /// How many times that has changed.
    var hearings: Int32?
    /// The supervisor has picked up.
    var isUp = false
    /// How many times a conversation was tapped: a channel id is never used twice.
    var taps: Int32 = 0
    /// The channel or bridge where the conversation was tapped last; nil in rows of before.
    var tapped: String?

    /// The channel that hears the conversation.
    var snoop: String { "snoop-\(self.leg)-\(self.taps)" }
    /// Where the supervisor hears it.
    var bridge: String { "sup-\(self.leg)" }
}
