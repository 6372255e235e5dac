/// What one generated caller is going to do. Times in seconds.
struct CallerPlan: Sendable {
    /// How the spoken message to a recording ends.
    enum MessageEnd: String, Sendable, CaseIterable {
        /// The caller hangs up.
        case hangup
        /// The caller presses the key that ends the recording and waits.
        case key
        /// The caller goes quiet and waits.
        case silence
    }

    struct Key: Sendable, Equatable {
        /// Seconds since the call came in.
        var after: Double
        var digit: String
    }

    /// Until the caller gives up unless an operator is joined before.
    var patience: Double
    /// Conversation, holds left out.
    var talk: Double
    /// Release cause of a line that breaks in conversation; nil for an ordinary hang-up.
    var breaksWith: Int?
    /// The operator's line breaks instead, the caller stays alone.
    var losesOperator: Bool
    var keys: [Key] = []
    /// How long the caller speaks to a recording; 0: not at all.
    var message = 6.0
    var messageEnds = MessageEnd.hangup
    /// How long the caller stays on hold; nil: as long as it takes.
    var holdPatience: Double?
}
