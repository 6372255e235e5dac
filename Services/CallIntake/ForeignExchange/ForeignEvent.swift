import Contracts
import Foundation
import Vocabulary

/// What an exchange that we do not drive tells of one of its calls; see `ops/exchange-events.md`.
struct ForeignEvent: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        /// The call has come in.
        case offered
        case queued(queue: String)
        /// The telephone of an operator rings; in a conversation, that of somebody who is to take over.
        case ringing(operatorID: String)
        /// - Parameter ringSeconds: how long the telephone rang, as the exchange counted it.
        case answered(operatorID: String, ringSeconds: Double?)
        case held
        case resumed
        /// - Parameters:
        ///   - title: who took over, as said aloud.
        ///   - operatorID: set when that is an operator.
        ///   - seconds: from the order to the answer; 0 when the exchange does not say.
        case transferred(title: String, operatorID: String?, isEmergency: Bool, seconds: Double)
        /// - Parameter cause: Q.850.
        case ended(EndReason, cause: Int?)
        /// - Parameters:
        ///   - seconds: the length.
        ///   - recording: where the exchange keeps the sound.
        case message(seconds: Int, recording: String?)
    }

    /// Why a call is over, as the exchange sees it. What became of the call also depends on what was seen of it.
    enum EndReason: String, Sendable, Equatable, CaseIterable {
        case callerHungUp = "caller-hung-up"
        case operatorHungUp = "operator-hung-up"
        case lineLost = "line-lost"
        case operatorLineLost = "operator-line-lost"
        case exchangeFailed = "exchange-failed"
        case abandoned
        case transferredAway = "transferred-away"
        case callbackRequested = "callback-requested"
    }

    /// Chosen by the exchange; the same one again is the same event.
    let id: String
    /// The exchange's own name of the call.
    let call: String
    /// As the exchange's clock says.
    let at: Date
    /// Nil when the event does not speak of it.
    let caller: CallerNumber?
    /// The caller id as it came, when `caller` does not say it.
    var signalled: String?
    let line: String?
    let kind: Kind

    /// As the exchange writes it.
    var type: String {
        switch self.kind {
        case .offered: "offered"
        case .queued: "queued"
        case .ringing: "ringing"
        case .answered: "answered"
        case .held: "held"
        case .resumed: "resumed"
        case .transferred: "transferred"
        case .ended: "ended"
        case .message: "message"
        }
    }
}
