/// The electronic secretary (T-02, T-03).
struct SecretaryPlan: Sendable, Equatable, Codable {
    /// Seconds of one message at most.
    var longest = 180
    /// Seconds of silence that end a message.
    var silence = 6
    /// A shorter message, in seconds of speech, is asked for again.
    var shortest = 2
    /// How often it is asked for.
    var attempts = 2

    var fault: String? {
        (10...600).contains(self.longest) && (2...30).contains(self.silence) && (1...10).contains(self.shortest)
            && (1...5).contains(self.attempts) ? nil : "a limit of the secretary is out of bounds"
    }
}
