public import Foundation
public import Messaging
public import Vocabulary

/// The call of a card is offered to another operator, who may read the card from now on, before the first word (T-10).
public struct AppealOffered: Event {
    public static let source = ServiceName.journal
    public static let type = "appeal.offered"
    public var subject: String { "appeal/\(self.appealID)" }
    public var appealID: UUID
    public var callID: UUID
    public var caller: CallerNumber
    public var fromOperatorID: String
    public var toOperatorID: String
    public var offeredAt: Date
    public init(
        appealID: UUID, callID: UUID, caller: CallerNumber, fromOperatorID: String, toOperatorID: String,
        offeredAt: Date
    ) {
        self.appealID = appealID
        self.callID = callID
        self.caller = caller
        self.fromOperatorID = fromOperatorID
        self.toOperatorID = toOperatorID
        self.offeredAt = offeredAt
    }
}

/// Something that happened to the call of a card stands in the card's history: where it went, that it ended.
public struct AppealNoted: Event {
    public static let source = ServiceName.journal
    public static let type = "appeal.noted"
    public var subject: String { "appeal/\(self.appealID)" }
    public var appealID: UUID
    public var operatorID: String?
    public var notedAt: Date
    public init(appealID: UUID, operatorID: String?, notedAt: Date) {
        self.appealID = appealID
        self.operatorID = operatorID
        self.notedAt = notedAt
    }
}

/// Keeps the fields of a draft without registering it, so that the receiver of a transfer reads what has been filled
/// so far (T-10). Nothing is required.
/// Refusals: `no-such-appeal`, `not-yours`, `not-a-draft`, `not-taken`, `revision-differs`, `field-invalid`.
public struct KeepDraft: Request {
    public typealias Answer = AppealView
    public static let receiver = ServiceName.journal
    public static let type = "appeal.keep-draft"
    public static let isRead = false
    public var appealID: UUID
    /// The revision that the operator saw.
    public var revision: Int
    public var card: AppealCard
    public var operatorID: String
    /// As in `SaveAppeal`.
    public var isInCharge: Bool?
    public init(appealID: UUID, revision: Int, card: AppealCard, operatorID: String, isInCharge: Bool? = nil) {
        self.appealID = appealID
        self.revision = revision
        self.card = card
        self.operatorID = operatorID
        self.isInCharge = isInCharge
    }
}
