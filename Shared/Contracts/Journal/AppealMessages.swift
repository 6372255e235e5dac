public import Foundation
public import Messaging
public import Vocabulary

/// The states of a registration-and-control card, РКК (J-03).
public enum AppealState: String, Codable, Sendable, CaseIterable {
    /// Opened by a call, not registered yet: it has no number.
    case draft
    /// «В работе», shown yellow.
    case inWork
    /// «Принятые меры» is filled and the worker confirmed that all measures are done; shown white.
    case measuresTaken
    /// Closed by the administrator: nothing can be changed any more.
    case closed
}

/// The fields of a card that people fill.
public struct AppealCard: Codable, Sendable, Equatable {
    public var applicant: PersonName?
    /// An anonymous message is taken note of and not considered (J-07).
    public var isAnonymous: Bool
    public var birthDate: CalendarDate?
    public var phone: PhoneNumber?
    public var snils: SNILS?
    public var policy: PolicyNumber?
    public var address: String?
    /// One of `AppealTopic`.
    public var topic: AppealTopic?
    /// «Суть вопроса». How long it and the other texts may be stands in `AppealLimits`.
    public var essence: String
    /// «Принятые меры»
    public var measures: String

    public init(
        applicant: PersonName? = nil, isAnonymous: Bool = false, birthDate: CalendarDate? = nil,
        phone: PhoneNumber? = nil, snils: SNILS? = nil, policy: PolicyNumber? = nil, address: String? = nil,
        topic: AppealTopic? = nil, essence: String = "", measures: String = ""
    ) {
        self.applicant = applicant
        self.isAnonymous = isAnonymous
        self.birthDate = birthDate
        self.phone = phone
        self.snils = snils
        self.policy = policy
        self.address = address
        self.topic = topic
        self.essence = essence
        self.measures = measures
    }
}

public enum AppealTopic: String, Codable, Sendable, CaseIterable {
    case appointment, homeVisit, consultation, prescription, vaccination, complaint, gratitude, other

    /// As the operator reads it.
    public var title: String {
        switch self {
        case .appointment: "Запись к врачу"
        case .homeVisit: "Вызов врача на дом"
        case .consultation: "Консультация"
        case .prescription: "Льготный рецепт"
        case .vaccination: "Вакцинация"
        case .complaint: "Жалоба"
        case .gratitude: "Благодарность"
        case .other: "Другое"
        }
    }
}

/// Where a card can be forwarded to (J-06).
public struct Organization: Codable, Sendable, Equatable {
    public var organizationID: String
    public var name: String
    public var email: String?
    public init(organizationID: String, name: String, email: String?) {
        self.organizationID = organizationID
        self.name = name
        self.email = email
    }
}

// MARK: Events

/// A card was opened for an answered call.
public struct AppealDrafted: Event {
    public static let source = ServiceName.journal
    public static let type = "appeal.drafted"
    public var subject: String { "appeal/\(self.appealID)" }
    public var appealID: UUID
    public var callID: UUID
    public var caller: CallerNumber
    public var operatorID: String
    public var openedAt: Date
    public init(appealID: UUID, callID: UUID, caller: CallerNumber, operatorID: String, openedAt: Date) {
        self.appealID = appealID
        self.callID = callID
        self.caller = caller
        self.operatorID = operatorID
        self.openedAt = openedAt
    }
}

/// A card goes on with this operator: a callback was answered (C-03), the call was transferred (T-10), or a message of
/// the electronic secretary was taken (T-03).
public struct AppealContinued: Event {
    public static let source = ServiceName.journal
    public static let type = "appeal.continued"
    public var subject: String { "appeal/\(self.appealID)" }
    public var appealID: UUID
    /// The call it goes on in: the callback's, the transferred one, or the one that left the message.
    public var callID: UUID
    public var caller: CallerNumber
    public var operatorID: String
    public var continuedAt: Date
    /// Whose card it was until then; nil for nobody's, and in what older versions announced.
    public var fromOperatorID: String?
    public init(
        appealID: UUID, callID: UUID, caller: CallerNumber, operatorID: String, continuedAt: Date,
        fromOperatorID: String? = nil
    ) {
        self.appealID = appealID
        self.callID = callID
        self.caller = caller
        self.operatorID = operatorID
        self.continuedAt = continuedAt
        self.fromOperatorID = fromOperatorID
    }
}

/// A card got its number.
public struct AppealRegistered: Event {
    public static let source = ServiceName.journal
    public static let type = "appeal.registered"
    public var subject: String { "appeal/\(self.appealID)" }
    public var appealID: UUID
    /// `64-2026-000001`.
    public var number: String
    public var callID: UUID?
    public var operatorID: String
    @OpenWord public var topic: AppealTopic?
    /// Where the citizen is told the number; nil when unknown.
    public var phone: PhoneNumber?
    public var registeredAt: Date
    public init(
        appealID: UUID, number: String, callID: UUID?, operatorID: String, topic: AppealTopic, phone: PhoneNumber?,
        registeredAt: Date
    ) {
        self.appealID = appealID
        self.number = number
        self.callID = callID
        self.operatorID = operatorID
        self._topic = OpenWord(topic)
        self.phone = phone
        self.registeredAt = registeredAt
    }
}

/// Fields or state of a registered card changed.
public struct AppealChanged: Event {
    public static let source = ServiceName.journal
    public static let type = "appeal.changed"
    public var subject: String { "appeal/\(self.appealID)" }
    public var appealID: UUID
    public var number: String
    /// Who changed it.
    public var operatorID: String
    @OpenWord public var state: AppealState?
    public var revision: Int
    public var changedAt: Date
    public init(
        appealID: UUID, number: String, operatorID: String, state: AppealState, revision: Int, changedAt: Date
    ) {
        self.appealID = appealID
        self.number = number
        self.operatorID = operatorID
        self._state = OpenWord(state)
        self.revision = revision
        self.changedAt = changedAt
    }
}

/// Responsibility for a card moved to an organization (J-06).
public struct AppealForwarded: Event {
    public static let source = ServiceName.journal
    public static let type = "appeal.forwarded"
    public var subject: String { "appeal/\(self.appealID)" }
    public var appealID: UUID
    public var number: String
    public var organization: Organization
    @OpenWord public var topic: AppealTopic?
    public var comment: String
    public var operatorID: String
    public var forwardedAt: Date
    public init(
        appealID: UUID, number: String, organization: Organization, topic: AppealTopic, comment: String,
        operatorID: String, forwardedAt: Date
    ) {
        self.appealID = appealID
        self.number = number
        self.organization = organization
        self._topic = OpenWord(topic)
        self.comment = comment
        self.operatorID = operatorID
        self.forwardedAt = forwardedAt
    }
}

// MARK: Requests

/// The whole card. Refusals: `no-such-appeal`, `not-yours`.
public struct GetAppeal: Request {
    public typealias Answer = AppealView
    public static let receiver = ServiceName.journal
    public static let type = "appeal.get"
    public static let isRead = true
    public var appealID: UUID
    /// Who is to read it; nil from a desk of the version before, which looks at the answer itself.
    public var asker: AppealAsker?
    public init(appealID: UUID, asker: AppealAsker? = nil) {
        self.appealID = appealID
        self.asker = asker
    }
}

/// Cards, newest first, at most `limit` (1…200).
public struct ListAppeals: Request {
    public typealias Answer = [AppealSummary]
    public static let receiver = ServiceName.journal
    public static let type = "appeal.list"
    public static let isRead = true
    public var operatorID: String?
    public var organizationID: String?
    public var callID: UUID?
    public var state: AppealState?
    public var limit: Int
    /// Only cards that this person may see; nil from a desk of the version before, which asks for no others.
    public var asker: AppealAsker?
    public init(
        operatorID: String? = nil, organizationID: String? = nil, callID: UUID? = nil, state: AppealState? = nil,
        limit: Int = 50, asker: AppealAsker? = nil
    ) {
        self.asker = asker
        self.operatorID = operatorID
        self.organizationID = organizationID
        self.callID = callID
        self.state = state
        self.limit = limit
    }
}

/// Opens a card without a call (J-14), or answers the one that exists and is the asker's: the id is chosen by the asker.
///
/// Refusals: `key-reused`, in the same words for every id that is not the asker's, whatever it stands for. With
/// `aboutID` also `no-such-appeal`, `not-yours` and `not-closed`.
public struct OpenAppeal: Request {
    public typealias Answer = AppealView
    public static let receiver = ServiceName.journal
    public static let type = "appeal.open"
    public static let isRead = false
    public var appealID: UUID
    public var operatorID: String
    /// A closed card on which work goes on in this one: nothing can be changed in it any more (J-03). What is known of the
    /// citizen is taken over.
    public var aboutID: UUID?
    /// May open one about any card; nil is no.
    public var isInCharge: Bool?
    public init(appealID: UUID, operatorID: String, aboutID: UUID? = nil, isInCharge: Bool? = nil) {
        self.appealID = appealID
        self.operatorID = operatorID
        self.aboutID = aboutID
        self.isInCharge = isInCharge
    }
}

/// «Сохранить»: keeps the fields; the first save registers the card, which needs all required fields (J-03). A save that
/// changes nothing leaves no trace.
///
/// Refusals: `no-such-appeal`, `not-yours`, `appeal-closed`, `revision-differs` (somebody saved in between; read again: the
/// history names the fields), `fields-missing` and `field-invalid` (`field` names the first one, the text all of them),
/// `not-taken` (a message of the electronic secretary that is nobody's yet).
public struct SaveAppeal: Request {
    public typealias Answer = AppealView
    public static let receiver = ServiceName.journal
    public static let type = "appeal.save"
    public static let isRead = false
    public var appealID: UUID
    /// The revision that the operator saw.
    public var revision: Int
    public var card: AppealCard
    /// The worker confirms that all measures are done (J-03).
    public var measuresDone: Bool
    public var operatorID: String
    /// Who is in charge writes in every card that is somebody's, an operator in an own one; nil is no.
    public var isInCharge: Bool?
    public init(
        appealID: UUID, revision: Int, card: AppealCard, measuresDone: Bool, operatorID: String,
        isInCharge: Bool? = nil
    ) {
        self.appealID = appealID
        self.revision = revision
        self.card = card
        self.measuresDone = measuresDone
        self.operatorID = operatorID
        self.isInCharge = isInCharge
    }
}

/// Forwards a registered card. Refusals: `no-such-appeal`, `not-yours`, `not-registered`, `appeal-closed`,
/// `revision-differs`, `already-there`, `field-invalid`.
public struct ForwardAppeal: Request {
    public typealias Answer = AppealView
    public static let receiver = ServiceName.journal
    public static let type = "appeal.forward"
    public static let isRead = false
    public var appealID: UUID
    public var organization: Organization
    public var comment: String
    public var operatorID: String
    /// Of the card as the operator saw it; without it nothing is forwarded.
    public var revision: Int?
    /// As in `SaveAppeal`.
    public var isInCharge: Bool?
    public init(
        appealID: UUID, organization: Organization, comment: String, operatorID: String, revision: Int?,
        isInCharge: Bool? = nil
    ) {
        self.appealID = appealID
        self.organization = organization
        self.comment = comment
        self.operatorID = operatorID
        self.revision = revision
        self.isInCharge = isInCharge
    }
}

public struct AppealSummary: Codable, Sendable {
    public var appealID: UUID
    public var number: String?
    public var state: AppealState
    public var applicant: PersonName?
    public var topic: AppealTopic?
    public var callID: UUID?
    /// Nil while a message of the electronic secretary waits for somebody.
    public var operatorID: String?
    public var organizationName: String?
    public var openedAt: Date
    /// Nil in what older versions answered.
    public var channel: AppealChannel?
    /// Who called, which tells drafts without a name apart; nil without a call and in what older versions answered.
    public var caller: CallerNumber?
    public init(
        appealID: UUID, number: String?, state: AppealState, applicant: PersonName?, topic: AppealTopic?,
        callID: UUID?, operatorID: String?, organizationName: String?, openedAt: Date, channel: AppealChannel? = nil,
        caller: CallerNumber? = nil
    ) {
        self.appealID = appealID
        self.number = number
        self.state = state
        self.applicant = applicant
        self.topic = topic
        self.callID = callID
        self.operatorID = operatorID
        self.organizationName = organizationName
        self.openedAt = openedAt
        self.channel = channel
        self.caller = caller
    }
}

public struct AppealView: Codable, Sendable {
    public struct HistoryEntry: Codable, Sendable {
        public var at: Date
        /// An operator's id, or a service's name for what happened by itself.
        public var by: String
        /// What happened, in Russian, without personal data.
        public var text: String
        /// The outside number that was dialled, as the exchange had it; nil for anything else. Not for organizations.
        public var number: String?
        /// What a save changed, by the names of `AppealField`; nil where no fields were saved, and in what older versions
        /// kept.
        public var fields: [String]?
        public init(at: Date, by: String, text: String, fields: [String]? = nil) {
            self.at = at
            self.by = by
            self.text = text
            self.fields = fields
        }
    }
    public struct Forwarding: Codable, Sendable {
        public var organization: Organization
        public var comment: String
        public var at: Date
        public init(organization: Organization, comment: String, at: Date) {
            self.organization = organization
            self.comment = comment
            self.at = at
        }
    }
    public struct Outcome: Codable, Sendable {
        public var channel: OutcomeChannel
        /// Nil while a voice has not been understood.
        public var toldAt: Date?
        public init(channel: OutcomeChannel, toldAt: Date?) {
            self.channel = channel
            self.toldAt = toldAt
        }
    }
    public var appealID: UUID
    public var number: String?
    public var state: AppealState
    public var revision: Int
    public var card: AppealCard
    public var callID: UUID?
    /// Every call of the card, first the one that opened it: callbacks go on with a card. Nil in what older versions answered.
    public var callIDs: [UUID]?
    /// Nil while a message of the electronic secretary waits for somebody.
    public var operatorID: String?
    public var openedAt: Date
    public var registeredAt: Date?
    public var forwardings: [Forwarding]
    public var history: [HistoryEntry]
    /// Nil in what older versions answered, as are the two below.
    public var channel: AppealChannel?
    /// What the electronic secretary recorded for it, oldest first.
    public var messages: [SecretaryMessage]?
    /// Operators who may read it because its call is being offered to them (T-10).
    public var offeredTo: [String]?
    /// How the citizen is told of the measures (C-05).
    public var outcome: Outcome?
    /// The closed card from which work goes on in this one.
    public var aboutID: UUID?
    public var aboutNumber: String?
    public init(
        appealID: UUID, number: String?, state: AppealState, revision: Int, card: AppealCard, callID: UUID?,
        operatorID: String?, openedAt: Date, registeredAt: Date?, forwardings: [Forwarding], history: [HistoryEntry],
        channel: AppealChannel? = nil, messages: [SecretaryMessage]? = nil, offeredTo: [String]? = nil
    ) {
        self.appealID = appealID
        self.number = number
        self.state = state
        self.revision = revision
        self.card = card
        self.callID = callID
        self.operatorID = operatorID
        self.openedAt = openedAt
        self.registeredAt = registeredAt
        self.forwardings = forwardings
        self.history = history
        self.channel = channel
        self.messages = messages
        self.offeredTo = offeredTo
    }
}
