/// What an answer means for whoever asked. The asker, the dialer and the line decide by this one value; an error id is for
/// people and reports, never for control flow.
public enum Verdict: Sendable, Equatable {
    /// It was done, or had been done before.
    case done
    /// Never: asking again will not help unless something changes.
    case refused
    /// Not now. Asked sooner than after this time, the answer would be the same; whatever else waits for the same thing
    /// pauses as well.
    case notNow(for: Duration)
    /// Nobody said no: asked again with the same key it may be done at once, and never twice.
    case tryAgain
}

extension Refusal {
    public var verdict: Verdict {
        guard let seconds = self.retryAfter else { return .refused }
        return seconds > 0 ? .notNow(for: .seconds(seconds)) : .tryAgain
    }
}

extension RequestError {
    /// The same key makes it safe to ask again, whatever happened to the first question.
    public var verdict: Verdict { .tryAgain }
}
