import Contracts
import Foundation
import Vocabulary

/// What becomes of a callback. Values, no I/O.
struct CallbackRules: Sendable {
    /// C-01: the first dial starts at most this long after the break. May be shortened, never lengthened.
    static let firstDialLimit: TimeInterval = 15
    /// C-02: at least two attempts if the first fails.
    static let minimumAttempts = 2

    /// Attempts in all, 2 or more.
    let maximumAttempts: Int
    /// Seconds between the end of one attempt and the next.
    let spacing: TimeInterval

    enum Decision: Equatable {
        case dial(attempt: Int, dueAt: Date)
        case finish(CallbackState, reason: String?)
    }

    /// A connection was lost.
    func broken(_ caller: CallerNumber, at moment: Date) -> Decision {
        guard let number = caller.number, number.isDialable else {
            return .finish(.withdrawn, reason: "number-not-dialable")
        }
        // At once: the 15 seconds are for what may go wrong on the way.
        return .dial(attempt: 1, dueAt: moment)
    }

    /// An attempt of an open callback is over.
    func attempted(_ number: Int, _ outcome: DialOutcome, at moment: Date) -> Decision {
        switch outcome {
        case .answered: .finish(.reached, reason: nil)
        case .busy, .noAnswer, .rejected, .unreachable, .failed, .unknown:
            number < max(self.maximumAttempts, Self.minimumAttempts)
                ? .dial(attempt: number + 1, dueAt: moment.addingTimeInterval(self.spacing))
                : .finish(.exhausted, reason: nil)
        }
    }
}
