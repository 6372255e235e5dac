public import Foundation
public import Messaging
public import Vocabulary

/// A visit that became free is offered by voice to who waits for one; the answer is told as `callback.answered`.
/// Nobody is dialled when the hold is nearly over.
///
/// Refusals: `number-not-dialable`, `own-number`, `past` (no time left to call), `too-long` (a hold of more than an hour).
public struct OfferVisit: Request {
    /// How long a visit is held for one person, in seconds.
    public static let hold: TimeInterval = 600

    public typealias Answer = CallbackView
    public static let receiver = ServiceName.callbackDialer
    public static let type = "callback.offer"
    public static let isRead = false

    /// Chosen by the asker; asked again, it is the same offer.
    public var callbackID: UUID
    /// What the answer names.
    public var bookingID: UUID
    public var appealID: UUID?
    public var number: PhoneNumber
    public var visit: Visit
    /// Until when the visit is held for this person.
    public var until: Date

    public init(
        callbackID: UUID, bookingID: UUID, appealID: UUID?, number: PhoneNumber, visit: Visit, until: Date
    ) {
        self.callbackID = callbackID
        self.bookingID = bookingID
        self.appealID = appealID
        self.number = number
        self.visit = visit
        self.until = until
    }
}
