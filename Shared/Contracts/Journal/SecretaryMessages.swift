public import Foundation
public import Messaging
public import Vocabulary

/// How an appeal came in.
public enum AppealChannel: String, Codable, Sendable, CaseIterable {
    /// A conversation with an operator.
    case hotLine
    /// A message that the electronic secretary recorded (T-03).
    case secretary
    /// Opened without a call (J-14).
    case noCall
}

/// A message of the electronic secretary that belongs to a card.
public struct SecretaryMessage: Codable, Sendable, Equatable {
    public var appealID: UUID
    public var callID: UUID
    public var caller: CallerNumber
    /// What is to be listened to.
    public var recordingID: UUID
    public var leftAt: Date
    /// Length in whole seconds.
    public var seconds: Int
    /// The beginning of the working period in which it is registered.
    public var dueAt: Date
    /// Who listens to it and fills the card, and since when; nil while nobody does.
    public var takenBy: String?
    public var takenAt: Date?

    public init(
        appealID: UUID, callID: UUID, caller: CallerNumber, recordingID: UUID, leftAt: Date, seconds: Int, dueAt: Date,
        takenBy: String? = nil, takenAt: Date? = nil
    ) {
        self.appealID = appealID
        self.callID = callID
        self.caller = caller
        self.recordingID = recordingID
        self.leftAt = leftAt
        self.seconds = seconds
        self.dueAt = dueAt
        self.takenBy = takenBy
        self.takenAt = takenAt
    }
}

/// The electronic secretary left a card for whoever comes first (T-03).
public struct SecretaryMessageKept: Event {
    public static let source = ServiceName.journal
    public static let type = "appeal.message-kept"
    public var subject: String { "appeal/\(self.appealID)" }
    public var appealID: UUID
    public var callID: UUID
    public var leftAt: Date
    public var dueAt: Date
    public init(appealID: UUID, callID: UUID, leftAt: Date, dueAt: Date) {
        self.appealID = appealID
        self.callID = callID
        self.leftAt = leftAt
        self.dueAt = dueAt
    }
}

/// The messages that are due and that nobody has taken, the oldest first, at most `limit` (1…200) of them (T-03).
public struct ListSecretaryMessages: Request {
    public struct Answer: Codable, Sendable, Equatable {
        public var messages: [SecretaryMessage]
        /// All that are due, those over the limit included.
        public var count: Int
        /// When the next one falls due; nil when none waits for its day.
        public var nextDueAt: Date?
        public init(messages: [SecretaryMessage], count: Int, nextDueAt: Date?) {
            self.messages = messages
            self.count = count
            self.nextDueAt = nextDueAt
        }
    }
    public static let receiver = ServiceName.journal
    public static let type = "appeal.list-messages"
    public static let isRead = true
    public var limit: Int
    public init(limit: Int = 100) { self.limit = limit }
}

/// Takes the card of a message: the first operator wins, the card is theirs from then on (T-03). Announced as
/// `appeal.continued`. Asked again it is answered while the card is still theirs.
/// Refusals: `no-such-appeal`, `nothing-to-take`, `already-taken`.
public struct TakeAppeal: Request {
    public typealias Answer = AppealView
    public static let receiver = ServiceName.journal
    public static let type = "appeal.take"
    public static let isRead = false
    public var appealID: UUID
    public var operatorID: String
    public init(appealID: UUID, operatorID: String) {
        self.appealID = appealID
        self.operatorID = operatorID
    }
}
