public import Foundation
public import Messaging
public import Vocabulary

/// What an operator does, as far as the line is concerned.
public enum OperatorState: String, Codable, Sendable, CaseIterable {
    case ready, ringing, talking, afterCall, pause, offline
}

/// Sets what the operator chooses: ready, pause or offline. Ringing and talking follow from calls.
///
/// The later choice wins, so repeating it is harmless.
/// Refusals: `state-not-settable` for ringing, talking and afterCall; `extension-in-use`.
public struct SetOperatorState: Request {
    public typealias Answer = OperatorView
    public static let receiver = ServiceName.callIntake
    public static let type = "operator.set-state"
    public static let isRead = false

    public var operatorID: String
    /// The name spoken to callers and shown to colleagues.
    public var displayName: String
    /// The telephone: `{extension}` of `ARI_OPERATOR_ENDPOINT`.
    public var telephone: String
    public var state: OperatorState

    public init(operatorID: String, displayName: String, telephone: String, state: OperatorState) {
        self.operatorID = operatorID
        self.displayName = displayName
        self.telephone = telephone
        self.state = state
    }
}

public struct OperatorView: Codable, Sendable, Equatable {
    public var operatorID: String
    public var displayName: String
    public var telephone: String
    public var state: OperatorState
    public var since: Date
    public var callID: UUID?

    public init(
        operatorID: String, displayName: String, telephone: String, state: OperatorState, since: Date, callID: UUID?
    ) {
        self.operatorID = operatorID
        self.displayName = displayName
        self.telephone = telephone
        self.state = state
        self.since = since
        self.callID = callID
    }
}

/// The line at this moment: the calls that are not over and the operators that are not offline.
public struct GetLine: Request {
    public struct Answer: Codable, Sendable {
        public var calls: [CallView]
        public var operators: [OperatorView]
        public init(calls: [CallView], operators: [OperatorView]) {
            self.calls = calls
            self.operators = operators
        }
    }
    public static let receiver = ServiceName.callIntake
    public static let type = "line.get"
    public static let isRead = true
    public init() {}
}

public enum CallState: String, Codable, Sendable, CaseIterable {
    case waiting, ringing, talking, ended
}

public struct CallView: Codable, Sendable, Equatable {
    public var callID: UUID
    public var caller: CallerNumber
    public var state: CallState
    public var operatorID: String?
    public var receivedAt: Date
    public var answeredAt: Date?
    public var callbackID: UUID?

    public init(
        callID: UUID, caller: CallerNumber, state: CallState, operatorID: String?, receivedAt: Date, answeredAt: Date?,
        callbackID: UUID?
    ) {
        self.callID = callID
        self.caller = caller
        self.state = state
        self.operatorID = operatorID
        self.receivedAt = receivedAt
        self.answeredAt = answeredAt
        self.callbackID = callbackID
    }
}

/// Ends a call from the operator's side. Refusals: `no-such-call`, `not-your-call`.
public struct HangUpCall: Request {
    public typealias Answer = Done
    public static let receiver = ServiceName.callIntake
    public static let type = "call.hang-up"
    public static let isRead = false

    public var callID: UUID
    public var operatorID: String

    public init(callID: UUID, operatorID: String) {
        self.callID = callID
        self.operatorID = operatorID
    }
}

/// Dials a citizen once. The attempt id is the id of the channel, chosen by the asker and never sent twice to the
/// exchange; its outcome comes as `dial.finished`.
///
/// Refusals: `number-not-dialable`, `exchange-away` (nothing was dialled; ask again with the same attempt).
public struct DialCitizen: Request {
    public typealias Answer = Done
    public static let receiver = ServiceName.callIntake
    public static let type = "call.dial"
    public static let isRead = false

    public var attemptID: UUID
    public var callbackID: UUID
    public var number: PhoneNumber
    /// The operator who spoke before; preferred when free (C-03).
    public var preferredOperatorID: String?
    /// The call whose card goes on.
    public var originalCallID: UUID

    public init(
        attemptID: UUID, callbackID: UUID, number: PhoneNumber, preferredOperatorID: String?, originalCallID: UUID
    ) {
        self.attemptID = attemptID
        self.callbackID = callbackID
        self.number = number
        self.preferredOperatorID = preferredOperatorID
        self.originalCallID = originalCallID
    }
}
