import Foundation
import Messaging

/// When a recording is fetched again, given up, played and erased. Values, no I/O.
enum RecordingRules {
    /// The law's floor: no recording is erased before (F271 4.3).
    static let floorDays = 30
    /// How long the exchange may say that there is no such file: it appears a moment after the recording's end.
    static let missingLimit: TimeInterval = 600
    /// How long fetching may fail in a row for any reason of the exchange's.
    static let failingLimit: TimeInterval = 24 * 3600
    private static let backoff = Backoff(base: .seconds(5), limit: .seconds(900))
    /// So that the limit of a missing file is met and not overslept.
    private static let missingPause = 60.0

    /// Whose failure it is.
    enum Cause: Sendable, Equatable {
        /// The exchange says that it has no such file.
        case missing
        /// The exchange is away, refuses, or breaks off.
        case exchange
        /// Our disk or database: nothing is lost while the exchange keeps the file, so this is never given up.
        case own
    }

    /// Since when fetching has failed in a row; nil when it has not.
    struct Failures: Sendable, Equatable {
        var failingSince: Date?
        var missingSince: Date?
    }

    enum Decision: Sendable, Equatable {
        case again(seconds: Double, Failures)
        case giveUp
    }

    static func decide(
        _ cause: Cause, attempt: Int, _ earlier: Failures, now: Date,
        using generator: inout some RandomNumberGenerator
    ) -> Decision {
        var failures = earlier
        switch cause {
        case .own:
            // The limits count what the exchange does.
            failures = Failures()
        case .missing:
            failures.missingSince = failures.missingSince ?? now
            failures.failingSince = failures.failingSince ?? now
        case .exchange:
            failures.missingSince = nil
            failures.failingSince = failures.failingSince ?? now
        }
        if let since = failures.missingSince, now.timeIntervalSince(since) >= self.missingLimit { return .giveUp }
        if let since = failures.failingSince, now.timeIntervalSince(since) >= self.failingLimit { return .giveUp }
        let pause = self.backoff.delay(afterAttempt: attempt, using: &generator).components
        let seconds = Double(pause.seconds) + Double(pause.attoseconds) / 1e18
        return .again(seconds: cause == .missing ? min(seconds, self.missingPause) : seconds, failures)
    }

    /// How long until the removal of something is tried again.
    static let removalPause = 300.0

    // MARK: Playing

    /// Why somebody may hear a recording.
    enum Ground: String, Sendable {
        case role
        case ownCall = "own-call"
        case ownCard = "own-card"
    }

    /// - Parameters:
    ///   - role: as the desk names it.
    ///   - isOwnCall: who asks spoke in this call.
    ///   - holdsCard: the desk has made sure that who asks holds the card that this message belongs to.
    static func ground(role: String, isOwnCall: Bool, holdsCard: Bool = false) -> Ground? {
        switch role {
        case "administrator", "supervisor": .role
        case "operator": isOwnCall ? .ownCall : holdsCard ? .ownCard : nil
        default: nil
        }
    }
}
