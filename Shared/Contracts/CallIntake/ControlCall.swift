public import Foundation
public import Messaging

/// What an operator does with an own call.
///
/// Each order is idempotent: what is already so is answered as done.
/// Refusals: `no-such-call`, `not-your-call`, `not-now` (the state of the call does not allow it), `nobody-free` and
/// `number-not-dialable` for transfers, `exchange-away`.
public struct ControlCall: Request {
    public enum Action: Codable, Sendable, Equatable {
        case hangUp
        /// At most 30 s (T-08).
        case hold
        /// Speaks with the caller again; another caller of the operator goes on hold.
        case resume
        /// Answers the caller of the second line; the present one goes on hold (T-07).
        case take
        /// Starts one of the two clocks (T-13).
        case phase(CallPhase)
        case transfer(TransferOrder)
        /// The receiver of a consultation takes the caller over; the operator leaves.
        case completeTransfer
        /// The receiver is hung up, the caller comes back.
        case cancelTransfer
        /// Caller, operator and receiver speak together.
        case conference
        /// Keys for the other side: 0–9, A–D, * and #, 32 at most.
        case tones(String)
        /// Hands the caller to the emergency service.
        case emergency
    }

    public typealias Answer = CallView
    public static let receiver = ServiceName.callIntake
    public static let type = "call.control"
    public static let isRead = false

    public var callID: UUID
    public var operatorID: String
    public var action: Action

    public init(callID: UUID, operatorID: String, action: Action) {
        self.callID = callID
        self.operatorID = operatorID
        self.action = action
    }
}

/// Where a caller is to go, and how (T-10).
public struct TransferOrder: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// The operator leaves at once; when nobody answers the caller comes back.
        case blind
        /// The operator speaks with the receiver first; the caller is on hold, 30 s at most at a time.
        case consult
    }
    public enum Target: Codable, Sendable, Equatable {
        case `operator`(String)
        /// The free operator of this topic who has been idle longest.
        case topic(String)
        /// A clinic or any outside number: digits, with or without `+`, 3 to 15.
        case number(String)
    }
    public var kind: Kind
    public var target: Target
    /// Said aloud and shown: organization, full name, position of the receiver.
    public var title: String

    public init(kind: Kind, target: Target, title: String) {
        self.kind = kind
        self.target = target
        self.title = title
    }
}
