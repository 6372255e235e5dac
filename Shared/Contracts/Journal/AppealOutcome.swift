public import Foundation
public import Messaging
public import Vocabulary

/// How a citizen is told what was done about the appeal (C-05; F271 4.13, K75 4.14).
public enum OutcomeChannel: String, Codable, Sendable, CaseIterable {
    /// The operator told it in a conversation that has been.
    case conversation
    /// A voice calls the citizen; told when the citizen presses 1.
    case voice
    /// In writing: by letter or e-mail.
    case letter
    /// There is nobody to tell: the message was anonymous, or there is neither number nor address.
    case nobody
}

/// Notes how the citizen is told of the measures taken, or lets a voice call.
///
/// Refusals: `no-such-appeal`, `not-yours`, `not-registered`, `appeal-closed`, `revision-differs`, `measures-missing` (the
/// measures are not taken yet),
/// `phone-missing` (a voice needs a number that can be dialled), `somebody-to-tell` (`nobody`, and the card has a name or a
/// number), `voice-pending` (a voice is to tell it already), `already-told` (a voice has nothing to tell any more).
public struct TellOutcome: Request {
    public typealias Answer = AppealView
    public static let receiver = ServiceName.journal
    public static let type = "appeal.tell"
    public static let isRead = false

    public var appealID: UUID
    public var channel: OutcomeChannel
    public var operatorID: String
    /// Of the card that was told of; without it nothing is told.
    public var revision: Int?
    /// As in `SaveAppeal`.
    public var isInCharge: Bool?

    public init(
        appealID: UUID, channel: OutcomeChannel, operatorID: String, revision: Int?, isInCharge: Bool? = nil
    ) {
        self.appealID = appealID
        self.channel = channel
        self.operatorID = operatorID
        self.revision = revision
        self.isInCharge = isInCharge
    }
}

/// The administrator closes a card: nothing can be changed any more. Not before the citizen was told (C-05).
///
/// Refusals: `no-such-appeal`, `not-yours` (closing is the administrator's), `not-registered`, `appeal-closed`,
/// `revision-differs`, `measures-missing`, `not-told`, `message-waiting` (nobody has listened to what the citizen left).
public struct CloseAppeal: Request {
    public typealias Answer = AppealView
    public static let receiver = ServiceName.journal
    public static let type = "appeal.close"
    public static let isRead = false

    public var appealID: UUID
    public var operatorID: String
    /// Of the card as the administrator saw it; without it nothing is closed.
    public var revision: Int?
    /// Whether `operatorID` is an administrator; nil is no.
    public var isAdministrator: Bool?

    public init(appealID: UUID, operatorID: String, revision: Int?, isAdministrator: Bool?) {
        self.appealID = appealID
        self.operatorID = operatorID
        self.revision = revision
        self.isAdministrator = isAdministrator
    }
}

/// A voice is to tell the citizen what was done (C-05).
public struct AppealOutcomeReady: Event {
    public static let source = ServiceName.journal
    public static let type = "appeal.outcome-ready"
    public var subject: String { "appeal/\(self.appealID)" }

    public var appealID: UUID
    /// Distinguishes one telling of a card from the next.
    public var revision: Int
    /// The call that the card came from; nil for a card without one.
    public var callID: UUID?
    public var phone: PhoneNumber
    public var operatorID: String
    public var readyAt: Date

    public init(
        appealID: UUID, revision: Int, callID: UUID?, phone: PhoneNumber, operatorID: String, readyAt: Date
    ) {
        self.appealID = appealID
        self.revision = revision
        self.callID = callID
        self.phone = phone
        self.operatorID = operatorID
        self.readyAt = readyAt
    }
}

/// A voice is no longer to tell it: the operator told it otherwise, or what was to be told has changed, or the number.
public struct AppealOutcomeWithdrawn: Event {
    public static let source = ServiceName.journal
    public static let type = "appeal.outcome-withdrawn"
    public var subject: String { "appeal/\(self.appealID)" }

    public var appealID: UUID
    /// The one of `AppealOutcomeReady`.
    public var revision: Int
    public var withdrawnAt: Date

    public init(appealID: UUID, revision: Int, withdrawnAt: Date) {
        self.appealID = appealID
        self.revision = revision
        self.withdrawnAt = withdrawnAt
    }
}

/// A card was closed by the administrator.
public struct AppealClosed: Event {
    public static let source = ServiceName.journal
    public static let type = "appeal.closed"
    public var subject: String { "appeal/\(self.appealID)" }

    public var appealID: UUID
    public var number: String
    public var callID: UUID?
    /// Nil when the card has none: nobody can be asked then.
    public var phone: PhoneNumber?
    /// Who had the card, and where it was forwarded last.
    public var operatorID: String
    public var organizationID: String?
    @OpenWord public var topic: AppealTopic?
    public var closedBy: String
    public var closedAt: Date

    public init(
        appealID: UUID, number: String, callID: UUID?, phone: PhoneNumber?, operatorID: String,
        organizationID: String?, topic: AppealTopic, closedBy: String, closedAt: Date
    ) {
        self.appealID = appealID
        self.number = number
        self.callID = callID
        self.phone = phone
        self.operatorID = operatorID
        self.organizationID = organizationID
        self._topic = OpenWord(topic)
        self.closedBy = closedBy
        self.closedAt = closedAt
    }
}

// MARK: Tasks

/// Something about a card that a person has to do.
public enum TaskKind: String, Codable, Sendable, CaseIterable {
    /// Nobody answered the callbacks: somebody is to call by hand.
    case callCitizen
    /// A low mark in a survey about a card, which stays closed: work goes on in a new card (C-06, J-03).
    case lowMark
    /// The МИС did not cancel a visit that is to be cancelled.
    case cancelVisit

    /// As people read it.
    public var title: String {
        switch self {
        case .callCitizen: "Дозвониться до гражданина"
        case .lowMark: "Низкая оценка в опросе"
        case .cancelVisit: "Отменить запись в МИС"
        }
    }
}

public struct TaskView: Codable, Sendable {
    public var taskID: UUID
    public var kind: TaskKind
    public var appealID: UUID
    public var number: String?
    /// Whose task it is; nil: the administrator's.
    public var operatorID: String?
    public var openedAt: Date

    public init(taskID: UUID, kind: TaskKind, appealID: UUID, number: String?, operatorID: String?, openedAt: Date) {
        self.taskID = taskID
        self.kind = kind
        self.appealID = appealID
        self.number = number
        self.operatorID = operatorID
        self.openedAt = openedAt
    }
}

/// What is to be done, oldest first; at most 200.
public struct ListTasks: Request {
    public typealias Answer = [TaskView]
    public static let receiver = ServiceName.journal
    public static let type = "task.list"
    public static let isRead = true

    /// Only this operator's; nil: all.
    public var operatorID: String?

    public init(operatorID: String? = nil) { self.operatorID = operatorID }
}

/// A task is done. Done again, it stays so. Refusals: `no-such-task`, `not-yours`.
public struct FinishTask: Request {
    public typealias Answer = Done
    public static let receiver = ServiceName.journal
    public static let type = "task.finish"
    public static let isRead = false

    public var taskID: UUID
    public var operatorID: String
    /// Who is in charge may finish any; an operator an own one.
    public var isInCharge: Bool

    public init(taskID: UUID, operatorID: String, isInCharge: Bool) {
        self.taskID = taskID
        self.operatorID = operatorID
        self.isInCharge = isInCharge
    }
}
