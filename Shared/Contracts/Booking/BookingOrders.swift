public import Foundation
public import Messaging
public import Vocabulary

/// Which slot an operator chose, by the ids of the МИС. Everything that can be read out (doctor, place, room) is the
/// МИС's to say: booking reads it there.
public struct SlotChoice: Codable, Sendable, Equatable {
    public var clinicID: String
    public var specialityID: String
    public var doctorID: String
    public var slotID: String
    /// The time that the operator read out. A slot that is at another time by now is not booked.
    public var startsAt: Date

    public init(clinicID: String, specialityID: String, doctorID: String, slotID: String, startsAt: Date) {
        self.clinicID = clinicID
        self.specialityID = specialityID
        self.doctorID = doctorID
        self.slotID = slotID
        self.startsAt = startsAt
    }

    public init(_ visit: Visit) {
        self.init(
            clinicID: visit.clinicID, specialityID: visit.specialityID, doctorID: visit.doctorID, slotID: visit.slotID,
            startsAt: visit.startsAt)
    }
}

/// Books a visit, once: the booking id is chosen by the asker, and asking again with it answers what became of it.
/// The answer comes at once when the МИС answers in time (`booked`, `refused`), else as `unknown`, and the outcome
/// follows as an event.
/// Refusals: `booking-differs` (the id was used for another visit), `slot-in-use` (another booking of ours has it),
/// `slot-gone` (the МИС does not offer this slot, at this time, with this doctor), `no-such-clinic`, `field-invalid`.
public struct BookVisit: Request {
    public typealias Answer = BookingView
    public static let receiver = ServiceName.booking
    public static let type = "booking.book"
    public static let isRead = false
    public var bookingID: UUID
    public var appealID: UUID?
    public var patientID: String
    /// Of the card: who is told of the visit. Nil: nobody.
    public var patientPhone: PhoneNumber?
    public var slot: SlotChoice
    public var operatorID: String

    private enum CodingKeys: String, CodingKey {
        case bookingID, appealID, patientID, patientPhone, operatorID
        // The version before sent a whole visit; what is more in it than a choice is not read.
        case slot = "visit"
    }

    public init(
        bookingID: UUID, appealID: UUID?, patientID: String, patientPhone: PhoneNumber?, slot: SlotChoice,
        operatorID: String
    ) {
        self.bookingID = bookingID
        self.appealID = appealID
        self.patientID = patientID
        self.patientPhone = patientPhone
        self.slot = slot
        self.operatorID = operatorID
    }
}

/// Refusals: `no-such-booking`, `not-booked`.
public struct CancelBooking: Request {
    public typealias Answer = BookingView
    public static let receiver = ServiceName.booking
    public static let type = "booking.cancel"
    public static let isRead = false
    public var bookingID: UUID
    /// Who cancels it; stands in the card's history.
    public var operatorID: String
    public init(bookingID: UUID, operatorID: String) {
        self.bookingID = bookingID
        self.operatorID = operatorID
    }
}

/// A person has looked into the МИС for a booking that is `manual`. When the МИС can be read, it has the last word.
///
/// There is a visit: it is booked, or, if it was to be cancelled, cancelled now. There is none: the slot is free again.
/// Of a booking that is no longer `manual` it answers what is known.
///
/// Refusals: `no-such-booking`, `visit-absent`, `visit-present` (the МИС says otherwise), `visit-unclear` (the МИС cannot
/// be read, so the id of the visit is needed), `field-invalid`.
public struct ResolveBooking: Request {
    public typealias Answer = BookingView
    public static let receiver = ServiceName.booking
    public static let type = "booking.resolve"
    public static let isRead = false
    public var bookingID: UUID
    /// Whether the visit stands in the МИС.
    public var isPresent: Bool
    /// Its id there, as the МИС shows it; nil to let booking look for it in the patient's history.
    public var misBookingID: String?
    public var operatorID: String
    public init(bookingID: UUID, isPresent: Bool, misBookingID: String?, operatorID: String) {
        self.bookingID = bookingID
        self.isPresent = isPresent
        self.misBookingID = misBookingID
        self.operatorID = operatorID
    }
}

/// The bookings of a card, newest first.
public struct ListBookings: Request {
    public typealias Answer = [BookingView]
    public static let receiver = ServiceName.booking
    public static let type = "booking.list"
    public static let isRead = true
    public var appealID: UUID
    public init(appealID: UUID) {
        self.appealID = appealID
    }
}
