internal import Postgres

/// What becomes of an event that could not be handled.
enum Fate: Sendable, Equatable {
    /// Tried again from PostgreSQL.
    case later(after: Duration, reason: String)
    /// Waits for a person.
    case parked(MalformedMessage)

    /// How long an event is tried again before it is parked: a night and the morning after it.
    static let patience: Duration = .seconds(86_400)
    /// The reasons of events that another version of the service can handle.
    static let unknownWord = "unknown-word"
    static let unknownType = "unknown-type"

    private static let backoff = Backoff(base: .seconds(1), limit: .seconds(300))

    /// - Parameters:
    ///   - attempt: how often it was tried, this time included.
    ///   - waited: since it was taken over.
    init(of error: any Error, attempt: Int, waited: Duration) {
        guard let (asked, reason) = Self.repeatable(error) else {
            self = .parked(
                error as? MalformedMessage
                    ?? MalformedMessage(reason: "handler-failed", description: Self.safeDescription(of: error)))
            return
        }
        // Whoever asks for a second gets one at first, and not one every second for a day.
        let delay = max(asked, Self.backoff.delay(afterAttempt: attempt))
        guard waited + delay <= Self.patience else {
            self = .parked(
                error as? MalformedMessage ?? MalformedMessage(reason: "handler-failed", description: reason))
            return
        }
        self = .later(after: delay, reason: reason)
    }

    /// Whether another attempt may succeed: after how long at least, and why.
    private static func repeatable(_ error: any Error) -> (Duration, String)? {
        switch error {
        case let later as RetryLater: (later.delay ?? .zero, later.reason)
        // During an update the replicas of before hear what those of after have announced.
        case is UnknownWord: (.zero, Self.unknownWord)
        case let malformed as MalformedMessage where malformed.reason == Self.unknownType: (.zero, Self.unknownType)
        case let error as PostgresError where error.isOutOfTime: (.zero, "ran out of time: \(error)")
        default: nil
        }
    }

    /// Errors of our own clients describe themselves without data; of any other only its type is safe to keep.
    static func safeDescription(of error: any Error) -> String {
        switch error {
        case let error as PostgresError: "\(error)"
        case let error as RetryLater: error.reason
        default: String(describing: type(of: error))
        }
    }
}

extension PostgresError {
    /// The work itself took too long or waited too long for a lock: done again just so, it may take as long.
    var isOutOfTime: Bool { self.sqlState == .queryCanceled || self.sqlState == .lockNotAvailable }
    /// Says nothing about the work: the database is away, or transactions have met.
    var isPassing: Bool { self.isRetryable && !self.isOutOfTime }
}
