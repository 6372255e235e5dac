public import Foundation
public import Messaging
public import Vocabulary

/// Sets what the operator chooses: ready, break, away or offline. Ringing and talking follow from calls.
///
/// The later choice wins, so repeating it is harmless. Ready also ends the after-call work.
/// Refusals: `state-not-settable` for what follows from calls; `extension-in-use`; `break-reason-unknown`;
/// `exchange-unknown`; `telephone-unknown` for what is no telephone of that exchange; `in-conversation` when the telephone is changed during a call.
public struct SetOperatorState: Request {
    public typealias Answer = OperatorView
    public static let receiver = ServiceName.callIntake
    public static let type = "operator.set-state"
    public static let isRead = false

    public var operatorID: String
    /// The name spoken to callers and shown to colleagues.
    public var displayName: String
    /// The telephone: `{extension}` of `ARI_OPERATOR_ENDPOINT`, with `@exchange` when it is not at the first one.
    public var telephone: String
    public var state: OperatorState
    /// One of the codes of the plan; only with a break.
    public var breakReason: String?
    /// The topics the operator answers beside the first level; empty for the first level alone.
    public var skills: [String]?
    /// Whether calls that ask for no topic are given to the operator; default true.
    public var isFirstLevel: Bool?

    public init(
        operatorID: String, displayName: String, telephone: String, state: OperatorState, breakReason: String? = nil,
        skills: [String]? = nil, isFirstLevel: Bool? = nil
    ) {
        self.operatorID = operatorID
        self.displayName = displayName
        self.telephone = telephone
        self.state = state
        self.breakReason = breakReason
        self.skills = skills
        self.isFirstLevel = isFirstLevel
    }
}

/// The line at this moment: the calls that are not over and the operators that are not offline, of all exchanges.
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

/// Listens to a conversation, whispers to its operator, or joins it (J-10). Rings the supervisor's telephone, once:
/// asked again for the same call with another mode, it changes the mode.
///
/// Refusals: `no-such-call`, `no-conversation`, `exchange-away`, `own-call`, `telephone-unknown`, `exchange-unknown`,
/// `telephone-elsewhere` (not at the exchange of the call).
public struct SuperviseCall: Request {
    public enum Mode: String, Codable, Sendable, CaseIterable {
        case listen, whisper, join
        /// Ends it.
        case stop
    }
    public typealias Answer = Done
    public static let receiver = ServiceName.callIntake
    public static let type = "call.supervise"
    public static let isRead = false

    public var callID: UUID
    public var supervisorID: String
    /// The extension of the supervisor, at the exchange of the call; it may be named behind `@`.
    public var telephone: String
    public var mode: Mode

    public init(callID: UUID, supervisorID: String, telephone: String, mode: Mode) {
        self.callID = callID
        self.supervisorID = supervisorID
        self.telephone = telephone
        self.mode = mode
    }
}

/// Joins an operator and a citizen: rings the operator's telephone, then dials the citizen once and connects them
/// (C-04). The call id is chosen by the asker; asked again, it is the same call.
///
/// Refusals: `number-not-dialable`, `own-number`, `exchange-away`, `operator-busy`, `operator-offline`.
public struct CallCitizen: Request {
    public typealias Answer = Done
    public static let receiver = ServiceName.callIntake
    public static let type = "call.citizen"
    public static let isRead = false

    public var callID: UUID
    public var operatorID: String
    public var number: PhoneNumber
    /// The call whose card goes on.
    public var originalCallID: UUID?

    public init(callID: UUID, operatorID: String, number: PhoneNumber, originalCallID: UUID?) {
        self.callID = callID
        self.operatorID = operatorID
        self.number = number
        self.originalCallID = originalCallID
    }
}
