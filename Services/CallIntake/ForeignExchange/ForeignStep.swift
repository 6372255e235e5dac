import Messaging

/// What follows from one event.
struct ForeignStep: Sendable {
    /// What is remarkable about an event that was taken.
    enum Note: String, Sendable, CaseIterable {
        /// Older than what is known already: kept, without effect.
        case late
        /// Says what is so already, or what cannot be now.
        case noEffect = "no-effect"
        /// The exchange's clock said something that cannot be: another moment was taken.
        case clock = "time-clamped"
        /// The call was not known: it begins with what this event tells.
        case beganWithout = "began-without-offered"
    }

    /// The call as it is now.
    let call: ForeignCall
    /// In the order in which they are announced.
    var events: [any Event] = []
    var notes: [Note] = []
}
