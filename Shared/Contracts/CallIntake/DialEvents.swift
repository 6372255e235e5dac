public import Foundation
public import Messaging

/// What became of one attempt to reach a citizen (C-02).
public enum DialOutcome: String, Codable, Sendable, CaseIterable {
    case answered, busy, noAnswer, rejected, unreachable, failed
    /// An answering machine, as far as the exchange tells them apart.
    case machine
    /// The command was sent and its outcome never learned (a crash, a lost exchange): the next attempt has a new id.
    case unknown
}

/// The exchange has taken the order to dial a citizen: it has answered, or the telephone rings. One that it refused rang
/// nobody and is not started.
public struct DialStarted: Event {
    public static let source = ServiceName.callIntake
    public static let type = "dial.started"
    public var subject: String { "dial/\(self.attemptID)" }

    public var attemptID: UUID
    public var callbackID: UUID
    /// When the order went out to the exchange.
    public var startedAt: Date
    /// When the exchange had taken it: the end of the 15 seconds (C-01). nil in what older versions announced.
    public var acceptedAt: Date?
    /// When the line decided to dial.
    public var decidedAt: Date?

    public init(
        attemptID: UUID, callbackID: UUID, startedAt: Date, acceptedAt: Date? = nil, decidedAt: Date? = nil
    ) {
        self.attemptID = attemptID
        self.callbackID = callbackID
        self.startedAt = startedAt
        self.acceptedAt = acceptedAt
        self.decidedAt = decidedAt
    }
}

/// An attempt has its outcome. Carries the start as well, so that it stands alone.
public struct DialFinished: Event {
    public static let source = ServiceName.callIntake
    public static let type = "dial.finished"
    public var subject: String { "dial/\(self.attemptID)" }

    public var attemptID: UUID
    public var callbackID: UUID
    @OpenWord public var outcome: DialOutcome?
    /// When the order went out; nil when it never did.
    public var startedAt: Date?
    /// When the exchange had taken it; nil when it refused, or nobody knows.
    public var acceptedAt: Date?
    public var finishedAt: Date
    /// The call that the answered citizen is in.
    public var callID: UUID?
    /// When the telephone began to ring, as far as the exchange told and was not lost since.
    public var ringingAt: Date?

    public init(
        attemptID: UUID, callbackID: UUID, outcome: DialOutcome, startedAt: Date?, finishedAt: Date, callID: UUID?,
        ringingAt: Date? = nil, acceptedAt: Date? = nil
    ) {
        self.attemptID = attemptID
        self.callbackID = callbackID
        self._outcome = OpenWord(outcome)
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.callID = callID
        self.ringingAt = ringingAt
        self.acceptedAt = acceptedAt
    }
}
