public import Foundation
public import Messaging
public import Vocabulary

/// A call has entered the line.
public struct CallReceived: Event {
    public static let source = ServiceName.callIntake
    public static let type = "call.received"
    public var subject: String { "call/\(self.callID)" }

    public var callID: UUID
    public var caller: CallerNumber
    /// The number that was dialled, as the exchange names it: `122`.
    public var line: String
    public var receivedAt: Date
    /// Which exchange has the call; nil in what older versions announced.
    public var exchange: String?

    public init(callID: UUID, caller: CallerNumber, line: String, receivedAt: Date, exchange: String? = nil) {
        self.callID = callID
        self.caller = caller
        self.line = line
        self.receivedAt = receivedAt
        self.exchange = exchange
    }
}

/// An operator and the citizen speak. Also announced when the citizen was reached by a callback or by an operator's
/// own call.
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
    /// How long the operator's telephone rang, in seconds (T-06).
    public var ringSeconds: Double?
    /// The queue the caller waited in.
    public var queue: String?

    public init(
        callID: UUID, caller: CallerNumber, operatorID: String, receivedAt: Date, answeredAt: Date,
        callbackID: UUID? = nil, originalCallID: UUID? = nil, ringSeconds: Double? = nil, queue: String? = nil
    ) {
        self.callID = callID
        self.caller = caller
        self.operatorID = operatorID
        self.receivedAt = receivedAt
        self.answeredAt = answeredAt
        self.callbackID = callbackID
        self.originalCallID = originalCallID
        self.ringSeconds = ringSeconds
        self.queue = queue
    }
}

/// Somebody else is being asked to take the call over; their card opens before they speak (T-10).
public struct CallOffered: Event {
    public static let source = ServiceName.callIntake
    public static let type = "call.offered"
    public var subject: String { "call/\(self.callID)" }

    public var callID: UUID
    public var fromOperatorID: String
    public var toOperatorID: String
    public var offeredAt: Date

    public init(callID: UUID, fromOperatorID: String, toOperatorID: String, offeredAt: Date) {
        self.callID = callID
        self.fromOperatorID = fromOperatorID
        self.toOperatorID = toOperatorID
        self.offeredAt = offeredAt
    }
}

/// The call is somebody else's now: another operator, a clinic, an outside number.
public struct CallTransferred: Event {
    public static let source = ServiceName.callIntake
    public static let type = "call.transferred"
    public var subject: String { "call/\(self.callID)" }

    public var callID: UUID
    /// Nil when the caller chose the emergency service in the menu.
    public var fromOperatorID: String?
    /// Set when the receiver is an operator of the line.
    public var toOperatorID: String?
    /// Who took over, as said aloud: organization, full name, position.
    public var toTitle: String
    public var isEmergency: Bool
    /// From the order to the answer, in seconds (X-06 measures it for emergencies).
    public var seconds: Double
    public var transferredAt: Date

    public init(
        callID: UUID, fromOperatorID: String?, toOperatorID: String?, toTitle: String, isEmergency: Bool,
        seconds: Double, transferredAt: Date
    ) {
        self.callID = callID
        self.fromOperatorID = fromOperatorID
        self.toOperatorID = toOperatorID
        self.toTitle = toTitle
        self.isEmergency = isEmergency
        self.seconds = seconds
        self.transferredAt = transferredAt
    }
}

/// The electronic secretary has recorded a message: exactly one for a call, and one draft card for it (T-03).
public struct MessageLeft: Event {
    public static let source = ServiceName.callIntake
    public static let type = "call.message-left"
    public var subject: String { "call/\(self.callID)" }

    public var callID: UUID
    public var caller: CallerNumber
    /// What is to be listened to.
    public var recordingID: UUID
    public var leftAt: Date
    /// Length in whole seconds.
    public var seconds: Int
    /// The beginning of the working period in which it is registered.
    public var dueAt: Date

    public init(
        callID: UUID, caller: CallerNumber, recordingID: UUID, leftAt: Date, seconds: Int, dueAt: Date
    ) {
        self.callID = callID
        self.caller = caller
        self.recordingID = recordingID
        self.leftAt = leftAt
        self.seconds = seconds
        self.dueAt = dueAt
    }
}

/// A call is over; the last event of its subject, except for a message that an exchange of another make tells late.
public struct CallEnded: Event {
    public static let source = ServiceName.callIntake
    public static let type = "call.ended"
    public var subject: String { "call/\(self.callID)" }

    public var callID: UUID
    public var caller: CallerNumber
    @OpenWord public var outcome: CallOutcome?
    /// The Q.850 cause of the caller's channel as the exchange reported it; nil when the exchange forgot the call.
    public var cause: Int?
    public var operatorID: String?
    public var receivedAt: Date
    public var answeredAt: Date?
    public var endedAt: Date
    public var callbackID: UUID?
    public var originalCallID: UUID?
    /// What was measured; nil in what older versions announced.
    public var times: CallTimes?
    /// A callback had been offered, because the wait went over its limit (T-05).
    public var wasOfferedCallback: Bool?
    /// When the line decided to dial the citizen for the first time after the break, by itself (C-01); nil when it did not.
    /// That the exchange has taken the order is told by `dial.started`.
    public var dialledBackAt: Date?
    /// When the line broke, by the exchange's own event, as far as its clock can be believed; nil for an end without one.
    public var brokenAt: Date?
    /// When that event was heard, by our clock.
    public var brokenHeardAt: Date?

    public init(
        callID: UUID, caller: CallerNumber, outcome: CallOutcome, cause: Int?, operatorID: String?, receivedAt: Date,
        answeredAt: Date?, endedAt: Date, callbackID: UUID? = nil, originalCallID: UUID? = nil,
        times: CallTimes? = nil, wasOfferedCallback: Bool? = nil, dialledBackAt: Date? = nil, brokenAt: Date? = nil,
        brokenHeardAt: Date? = nil
    ) {
        self.callID = callID
        self.caller = caller
        self._outcome = OpenWord(outcome)
        self.cause = cause
        self.operatorID = operatorID
        self.receivedAt = receivedAt
        self.answeredAt = answeredAt
        self.endedAt = endedAt
        self.callbackID = callbackID
        self.originalCallID = originalCallID
        self.times = times
        self.wasOfferedCallback = wasOfferedCallback
        self.dialledBackAt = dialledBackAt
        self.brokenAt = brokenAt
        self.brokenHeardAt = brokenHeardAt
    }
}
