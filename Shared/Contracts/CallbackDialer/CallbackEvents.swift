public import Foundation
public import Messaging
public import Vocabulary

public enum CallbackState: String, Codable, Sendable, CaseIterable {
    /// To be dialled, or being dialled.
    case open
    /// The citizen answered.
    case reached
    /// The attempts that the rule allows are used up.
    case exhausted
    /// The citizen called in first, or the number cannot be dialled (then `reason` says so).
    case withdrawn
}

/// A broken call is to be called back (C-01).
public struct CallbackRequested: Event {
    public static let source = ServiceName.callbackDialer
    public static let type = "callback.requested"
    public var subject: String { "callback/\(self.callbackID)" }

    public var callbackID: UUID
    public var callID: UUID
    public var number: PhoneNumber
    public var operatorID: String?
    public var brokenAt: Date
    /// The first dial goes out no later.
    public var firstDialDue: Date

    public init(
        callbackID: UUID, callID: UUID, number: PhoneNumber, operatorID: String?, brokenAt: Date, firstDialDue: Date
    ) {
        self.callbackID = callbackID
        self.callID = callID
        self.number = number
        self.operatorID = operatorID
        self.brokenAt = brokenAt
        self.firstDialDue = firstDialDue
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
    public var state: CallbackState
    /// Why it was withdrawn: `called-in`, `number-not-dialable`.
    public var reason: String?
    public var attempts: Int
    public var finishedAt: Date

    public init(
        callbackID: UUID, callID: UUID, number: PhoneNumber?, operatorID: String?, state: CallbackState,
        reason: String?, attempts: Int, finishedAt: Date
    ) {
        self.callbackID = callbackID
        self.callID = callID
        self.number = number
        self.operatorID = operatorID
        self.state = state
        self.reason = reason
        self.attempts = attempts
        self.finishedAt = finishedAt
    }
}

/// The callbacks of a call, or the newest ones, newest first; at most 200.
public struct ListCallbacks: Request {
    public typealias Answer = [CallbackView]
    public static let receiver = ServiceName.callbackDialer
    public static let type = "callback.list"
    public static let isRead = true

    public var callID: UUID?

    public init(callID: UUID? = nil) {
        self.callID = callID
    }
}

public struct CallbackView: Codable, Sendable {
    public struct Attempt: Codable, Sendable {
        public var number: Int
        public var dueAt: Date
        public var startedAt: Date?
        public var finishedAt: Date?
        public var outcome: DialOutcome?
        public init(number: Int, dueAt: Date, startedAt: Date?, finishedAt: Date?, outcome: DialOutcome?) {
            self.number = number
            self.dueAt = dueAt
            self.startedAt = startedAt
            self.finishedAt = finishedAt
            self.outcome = outcome
        }
    }
    public var callbackID: UUID
    public var callID: UUID
    public var state: CallbackState
    public var reason: String?
    public var brokenAt: Date
    public var attempts: [Attempt]

    public init(
        callbackID: UUID, callID: UUID, state: CallbackState, reason: String?, brokenAt: Date, attempts: [Attempt]
    ) {
        self.callbackID = callbackID
        self.callID = callID
        self.state = state
        self.reason = reason
        self.brokenAt = brokenAt
        self.attempts = attempts
    }
}
