public import Foundation
public import Messaging
public import Vocabulary

/// An operator promises to call a citizen at a time (C-04).
///
/// Refusals: `past`, `too-far` (more than 90 days), `outside-calling-hours`, `number-not-dialable`, `own-number`,
/// `attempts-out-of-range`, `instruction-missing` (fewer than 2 attempts need the instruction that
/// allows it, C-02).
public struct ScheduleCallback: Request {
    public typealias Answer = CallbackView
    public static let receiver = ServiceName.callbackDialer
    public static let type = "callback.schedule"
    public static let isRead = false

    /// Chosen by the asker; asked again, it is the same callback.
    public var callbackID: UUID
    /// The call whose card goes on.
    public var callID: UUID
    public var number: PhoneNumber
    /// When to call, in the citizen's calling hours.
    public var at: Date
    /// Who promised it; for a personal callback also who is preferred to speak.
    public var operatorID: String
    public var isPersonal: Bool
    /// Dials in all; nil: as the rule of deferred answers says.
    public var attempts: Int?
    /// The instruction that allows fewer than 2 attempts.
    public var instruction: String?

    public init(
        callbackID: UUID, callID: UUID, number: PhoneNumber, at: Date, operatorID: String, isPersonal: Bool,
        attempts: Int? = nil, instruction: String? = nil
    ) {
        self.callbackID = callbackID
        self.callID = callID
        self.number = number
        self.at = at
        self.operatorID = operatorID
        self.isPersonal = isPersonal
        self.attempts = attempts
        self.instruction = instruction
    }
}

/// Takes back a callback that is not needed any more; one that rings goes on. Not for broken calls, which are dialled
/// until reached (C-02).
///
/// Refusals: `not-found`, `not-yours` (another operator's), `not-cancellable` (broken calls), `over`.
public struct CancelCallback: Request {
    public typealias Answer = CallbackView
    public static let receiver = ServiceName.callbackDialer
    public static let type = "callback.cancel"
    public static let isRead = false

    public var callbackID: UUID
    public var operatorID: String
    /// Who is in charge may take back any; an operator an own promise.
    public var isInCharge: Bool

    public init(callbackID: UUID, operatorID: String, isInCharge: Bool) {
        self.callbackID = callbackID
        self.operatorID = operatorID
        self.isInCharge = isInCharge
    }
}
