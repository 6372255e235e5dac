/// What one generated caller is going to do.
struct CallerPlan: Sendable {
    /// Seconds until the caller gives up unless an operator is joined before.
    var patience: Double
    /// Seconds of conversation.
    var talk: Double
    /// Release cause of a line that breaks in conversation; nil for an ordinary hang-up.
    var breaksWith: Int?
    /// The operator's line breaks instead, the caller stays alone.
    var losesOperator: Bool
}
