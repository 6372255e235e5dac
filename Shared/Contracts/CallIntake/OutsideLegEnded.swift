public import Foundation
public import Messaging

/// An outside number that an operator, or the emergency key, had the line dial is free again: a consultation, a transfer, a
/// call to a citizen, answered or not. What the dialer asks for is told by its callback.
public struct OutsideLegEnded: Event {
    public enum Kind: String, Codable, Sendable, CaseIterable {
        case transfer, consultation, emergency, call
    }

    public static let source = ServiceName.callIntake
    public static let type = "leg.ended"
    public var subject: String { "leg/\(self.legID)" }

    public var legID: UUID
    /// The call whose card it belongs to, or that card.
    public var callID: UUID
    /// Nil for a word of a later version.
    @OpenWord public var kind: Kind?
    /// As it was dialled: E.164, with `;ext=`, or a short number. Personal data: shown only to whom it concerns.
    public var number: String
    /// Who was called, as the operator named it; nil for the citizen.
    public var title: String?
    /// Who ordered it; nil when the caller pressed the emergency key.
    public var operatorID: String?
    public var orderedAt: Date
    /// Nil when nobody picked up.
    public var answeredAt: Date?
    public var endedAt: Date
    /// Whether there is a card: not for who presses the emergency key in the menu.
    public var isOnCard: Bool

    public init(
        legID: UUID, callID: UUID, kind: Kind, number: String, title: String?, operatorID: String?, orderedAt: Date,
        answeredAt: Date?, endedAt: Date, isOnCard: Bool
    ) {
        self.legID = legID
        self.callID = callID
        self._kind = OpenWord(kind)
        self.number = number
        self.title = title
        self.operatorID = operatorID
        self.orderedAt = orderedAt
        self.answeredAt = answeredAt
        self.endedAt = endedAt
        self.isOnCard = isOnCard
    }
}
