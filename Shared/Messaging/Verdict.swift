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
        guard let seconds = self.retryAfter ?? Self.saidByOlderServices[self.errorID] else { return .refused }
        return seconds > 0 ? .notNow(for: .seconds(seconds)) : .tryAgain
    }

    /// Refusals that a service of the version before gives without `retryAfter`, and what it means by them, in seconds: while
    /// it is replaced, nobody takes them for a *never*. To go with that version.
    private static let saidByOlderServices: [String: Double] = [
        "exchange-away": 1, "no-operator-free": 1, "no-line-free": 1, "operator-away": 10,
    ]
}

extension RequestError {
    /// The same key makes it safe to ask again, whatever happened to the first question.
    public var verdict: Verdict { .tryAgain }
}
