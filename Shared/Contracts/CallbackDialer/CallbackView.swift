public import Foundation
public import Messaging

/// The callbacks of calls and of a card, or the newest ones, newest first; at most 200.
public struct ListCallbacks: Request {
    public typealias Answer = [CallbackView]
    public static let receiver = ServiceName.callbackDialer
    public static let type = "callback.list"
    public static let isRead = true

    public var callID: UUID?
    /// All calls of a card: each may have broken. Nil in what older versions ask.
    public var callIDs: [UUID]?
    /// Only those in this state.
    public var state: CallbackState?
    /// Those of this card that a voice makes, besides those of the call.
    public var appealID: UUID?
    /// Only those that are not over and for which an operator is needed, of whatever call.
    public var needsOperator: Bool?

    public init(
        callID: UUID? = nil, state: CallbackState? = nil, appealID: UUID? = nil, needsOperator: Bool? = nil,
        callIDs: [UUID]? = nil
    ) {
        self.callID = callID
        self.callIDs = callIDs
        self.state = state
        self.appealID = appealID
        self.needsOperator = needsOperator
    }
}

/// A callback with its time line: arisen, heard, decided, ordered, taken by the exchange, ringing, answered, joined.
public struct CallbackView: Codable, Sendable {
    public struct Attempt: Codable, Sendable {
        public var number: Int
        public var dueAt: Date
        /// When the order went out to the exchange.
        public var startedAt: Date?
        /// When the line decided to dial, and when the exchange had taken the order.
        public var decidedAt: Date?
        public var acceptedAt: Date?
        /// When the citizen's telephone began to ring, as far as the exchange told.
        public var ringingAt: Date?
        /// When the citizen answered, or the attempt failed.
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
    /// When the reason arose: the break, by the exchange's own event; the end of the wait; the promise.
    public var brokenAt: Date
    /// When the event of the break was heard.
    public var heardAt: Date?
    public var attempts: [Attempt]
    /// nil from older versions: a broken call.
    public var kind: CallbackKind?
    public var operatorID: String?
    /// When the dialer decided to call.
    public var decidedAt: Date?
    /// When citizen and operator spoke.
    public var joinedAt: Date?
    public var finishedAt: Date?
    /// The card that a voice speaks about, and what the citizen answered.
    public var appealID: UUID?
    public var choice: VoiceChoice?

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
