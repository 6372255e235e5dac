public import Foundation
public import Messaging
public import Vocabulary

/// A call has entered the line and is waiting for an operator.
public struct CallReceived: Event {
    public static let source = ServiceName.callIntake
    public static let type = "call.received"
    public var subject: String { "call/\(self.callID)" }

    public var callID: UUID
    public var caller: CallerNumber
    /// The number that was dialled, as the exchange names it: `122`.
    public var line: String
    public var receivedAt: Date

    public init(callID: UUID, caller: CallerNumber, line: String, receivedAt: Date) {
        self.callID = callID
        self.caller = caller
        self.line = line
        self.receivedAt = receivedAt
    }
}

/// An operator and the citizen speak. Also announced when the citizen was reached by a callback.
public struct CallAnswered: Event {
    public static let source = ServiceName.callIntake
    public static let type = "call.answered"
    public var subject: String { "call/\(self.callID)" }

    public var callID: UUID
    public var caller: CallerNumber
    public var operatorID: String
    public var receivedAt: Date
    public var answeredAt: Date
    /// Set when this conversation is a callback: the case it belongs to and the call whose card goes on (C-03).
    public var callbackID: UUID?
    public var originalCallID: UUID?

    public init(
        callID: UUID, caller: CallerNumber, operatorID: String, receivedAt: Date, answeredAt: Date,
        callbackID: UUID? = nil, originalCallID: UUID? = nil
    ) {
        self.callID = callID
        self.caller = caller
        self.operatorID = operatorID
        self.receivedAt = receivedAt
        self.answeredAt = answeredAt
        self.callbackID = callbackID
        self.originalCallID = originalCallID
    }
}

/// How a call ended; one outcome a call (T-15).
public enum CallOutcome: String, Codable, Sendable, CaseIterable {
    /// Caller or operator hung up after they had spoken.
    case completed
    /// The caller gave up before an operator answered.
    case abandoned
    /// The connection was lost while they spoke: a callback follows within 15 s (C-01).
    case broken
}

/// A call is over; the last event of its subject.
public struct CallEnded: Event {
    public static let source = ServiceName.callIntake
    public static let type = "call.ended"
    public var subject: String { "call/\(self.callID)" }

    public var callID: UUID
    public var caller: CallerNumber
    public var outcome: CallOutcome
    /// The Q.850 cause of the caller's channel as the exchange reported it; nil when the exchange forgot the call.
    public var cause: Int?
    public var operatorID: String?
    public var receivedAt: Date
    public var answeredAt: Date?
    public var endedAt: Date
    public var callbackID: UUID?
    public var originalCallID: UUID?

    public init(
        callID: UUID, caller: CallerNumber, outcome: CallOutcome, cause: Int?, operatorID: String?, receivedAt: Date,
        answeredAt: Date?, endedAt: Date, callbackID: UUID? = nil, originalCallID: UUID? = nil
    ) {
        self.callID = callID
        self.caller = caller
        self.outcome = outcome
        self.cause = cause
        self.operatorID = operatorID
        self.receivedAt = receivedAt
        self.answeredAt = answeredAt
        self.endedAt = endedAt
        self.callbackID = callbackID
        self.originalCallID = originalCallID
    }
}

/// What became of one attempt to reach a citizen (C-02).
public enum DialOutcome: String, Codable, Sendable, CaseIterable {
    case answered, busy, noAnswer, rejected, unreachable, failed
    /// The command was sent and its outcome never learned (a crash, a lost exchange): the next attempt has a new id.
    case unknown
}

/// The exchange was told to dial a citizen.
public struct DialStarted: Event {
    public static let source = ServiceName.callIntake
    public static let type = "dial.started"
    public var subject: String { "dial/\(self.attemptID)" }

    public var attemptID: UUID
    public var callbackID: UUID
    /// When the dial command went out.
    public var startedAt: Date

    public init(attemptID: UUID, callbackID: UUID, startedAt: Date) {
        self.attemptID = attemptID
        self.callbackID = callbackID
        self.startedAt = startedAt
    }
}

/// An attempt has its outcome. Carries the start as well, so that it stands alone.
public struct DialFinished: Event {
    public static let source = ServiceName.callIntake
    public static let type = "dial.finished"
    public var subject: String { "dial/\(self.attemptID)" }

    public var attemptID: UUID
    public var callbackID: UUID
    public var outcome: DialOutcome
    /// When the dial command went out; nil when it never did.
    public var startedAt: Date?
    public var finishedAt: Date
    /// The call that the answered citizen is in.
    public var callID: UUID?

    public init(
        attemptID: UUID, callbackID: UUID, outcome: DialOutcome, startedAt: Date?, finishedAt: Date, callID: UUID?
    ) {
        self.attemptID = attemptID
        self.callbackID = callbackID
        self.outcome = outcome
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.callID = callID
    }
}
