public import Foundation
public import Messaging
public import Vocabulary

public enum CallbackState: String, Codable, Sendable, CaseIterable {
    /// To be dialled, or being dialled.
    case open
    /// The citizen answered and spoke with an operator.
    case reached
    /// The attempts that the rule allows are used up.
    case exhausted
    /// The citizen called in first, or nobody is to be dialled; `reason` says why.
    case withdrawn
}

/// A citizen is to be called back.
public struct CallbackRequested: Event {
    public static let source = ServiceName.callbackDialer
    public static let type = "callback.requested"
    public var subject: String { "callback/\(self.callbackID)" }

    public var callbackID: UUID
    public var callID: UUID
    public var number: PhoneNumber
    public var operatorID: String?
    /// When the reason arose: the break, the end of the wait, the promise.
    public var brokenAt: Date
    /// The first dial goes out no later; for other kinds than a broken call, no sooner.
    public var firstDialDue: Date
    /// nil in what older versions announced: a broken call.
    @OptionalOpenWord public var kind: CallbackKind?
    /// The card that a voice speaks about.
    public var appealID: UUID?

    public init(
        callbackID: UUID, callID: UUID, number: PhoneNumber, operatorID: String?, brokenAt: Date, firstDialDue: Date,
        kind: CallbackKind? = nil
    ) {
        self.callbackID = callbackID
        self.callID = callID
        self.number = number
        self.operatorID = operatorID
        self.brokenAt = brokenAt
        self.firstDialDue = firstDialDue
        self.kind = kind
    }
}

/// A callback is over: reached, exhausted or withdrawn.
public struct CallbackFinished: Event {
    public static let source = ServiceName.callbackDialer
    public static let type = "callback.finished"
    public var subject: String { "callback/\(self.callbackID)" }

    public var callbackID: UUID
    public var callID: UUID
    /// nil when the caller's number was hidden or malformed and nobody could be dialled.
    public var number: PhoneNumber?
    public var operatorID: String?
    @OpenWord public var state: CallbackState?
    /// Why it was withdrawn: `called-in`, `number-not-dialable`, `own-number`, `do-not-call`, `cancelled`, `served`,
    /// `booking-cancelled`, `expired`, `outcome-changed`, `number-has-extension` (a voice), `outcome-unknown` (nobody learned
    /// what five attempts came to), or the id with which the line refused to dial for good, such as `daily-limit`.
    public var reason: String?
    public var attempts: Int
    public var finishedAt: Date
    /// nil in what older versions announced: a broken call.
    @OptionalOpenWord public var kind: CallbackKind?
    /// Whether the citizen who was not reached is to be written to; nil: yes.
    public var isToldByMessage: Bool?
    /// Whether somebody is to call the citizen who was not reached by hand.
    public var opensTask: Bool?
    /// The card that a voice spoke about.
    public var appealID: UUID?
    /// The visit that a voice reminded of.
    public var visit: Visit?

    public init(
        callbackID: UUID, callID: UUID, number: PhoneNumber?, operatorID: String?, state: CallbackState,
        reason: String?, attempts: Int, finishedAt: Date, kind: CallbackKind? = nil
    ) {
        self.callbackID = callbackID
        self.callID = callID
        self.number = number
        self.operatorID = operatorID
        self._state = OpenWord(state)
        self.reason = reason
        self.attempts = attempts
        self.finishedAt = finishedAt
        self.kind = kind
    }
}
