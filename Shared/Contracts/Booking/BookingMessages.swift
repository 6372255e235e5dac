public import Foundation
public import Messaging
public import Vocabulary

/// What became of a wish to visit a doctor. `unknown` means that the МИС was asked and did not answer: the service
/// reads back until it knows (B-03).
public enum BookingState: String, Codable, Sendable, CaseIterable {
    case wanted, sending, unknown, booked, refused, cancelling, cancelled
    /// Reading back did not clear it up in time: a person must look into the МИС.
    case manual
}

/// What is booked, in words that can be read out; the ids are those of the МИС.
public struct Visit: Codable, Sendable, Equatable {
    public var clinicID: String
    public var clinicName: String
    public var specialityID: String
    public var specialityName: String
    public var doctorID: String
    public var doctorName: String
    public var slotID: String
    public var startsAt: Date
    public var room: String?

    public init(
        clinicID: String, clinicName: String, specialityID: String, specialityName: String, doctorID: String,
        doctorName: String, slotID: String, startsAt: Date, room: String?
    ) {
        self.clinicID = clinicID
        self.clinicName = clinicName
        self.specialityID = specialityID
        self.specialityName = specialityName
        self.doctorID = doctorID
        self.doctorName = doctorName
        self.slotID = slotID
        self.startsAt = startsAt
        self.room = room
    }
}

public struct BookingView: Codable, Sendable {
    public var bookingID: UUID
    public var appealID: UUID?
    public var state: BookingState
    public var visit: Visit
    /// The code and text of the МИС when it refused, and what to say (Russian).
    public var refusal: MISRefusal?
    public var changedAt: Date

    public init(
        bookingID: UUID, appealID: UUID?, state: BookingState, visit: Visit, refusal: MISRefusal?, changedAt: Date
    ) {
        self.bookingID = bookingID
        self.appealID = appealID
        self.state = state
        self.visit = visit
        self.refusal = refusal
        self.changedAt = changedAt
    }
}

public struct MISRefusal: Codable, Sendable, Equatable {
    public var code: Int
    /// What the operator tells the citizen, and does next (Russian).
    public var advice: String
    public init(code: Int, advice: String) {
        self.code = code
        self.advice = advice
    }
}

/// A visit stands in the МИС.
public struct BookingConfirmed: Event {
    public static let source = ServiceName.booking
    public static let type = "booking.confirmed"
    public var subject: String { "booking/\(self.bookingID)" }
    public var bookingID: UUID
    public var appealID: UUID?
    /// Who asked for the visit.
    public var operatorID: String
    public var visit: Visit
    public var patientPhone: PhoneNumber?
    public var confirmedAt: Date
    public init(
        bookingID: UUID, appealID: UUID?, operatorID: String, visit: Visit, patientPhone: PhoneNumber?,
        confirmedAt: Date
    ) {
        self.bookingID = bookingID
        self.appealID = appealID
        self.operatorID = operatorID
        self.visit = visit
        self.patientPhone = patientPhone
        self.confirmedAt = confirmedAt
    }
}

/// A visit was not booked and will not be: the МИС refused, or (state `manual`) a person must find out.
public struct BookingFailed: Event {
    public static let source = ServiceName.booking
    public static let type = "booking.failed"
    public var subject: String { "booking/\(self.bookingID)" }
    public var bookingID: UUID
    public var appealID: UUID?
    /// Who asked for the visit.
    public var operatorID: String
    /// `refused` or `manual`.
    @OpenWord public var state: BookingState?
    public var refusal: MISRefusal?
    public var failedAt: Date
    /// The visit stands in the МИС and could not be cancelled there.
    public var isCancelling: Bool?
    public init(
        bookingID: UUID, appealID: UUID?, operatorID: String, state: BookingState, refusal: MISRefusal?,
        failedAt: Date
    ) {
        self.bookingID = bookingID
        self.appealID = appealID
        self.operatorID = operatorID
        self._state = OpenWord(state)
        self.refusal = refusal
        self.failedAt = failedAt
    }
}

/// A visit was cancelled in the МИС.
public struct BookingCancelled: Event {
    public static let source = ServiceName.booking
    public static let type = "booking.cancelled"
    public var subject: String { "booking/\(self.bookingID)" }
    public var bookingID: UUID
    public var appealID: UUID?
    /// Who asked for the visit.
    public var operatorID: String
    public var visit: Visit
    public var patientPhone: PhoneNumber?
    public var cancelledAt: Date
    public init(
        bookingID: UUID, appealID: UUID?, operatorID: String, visit: Visit, patientPhone: PhoneNumber?,
        cancelledAt: Date
    ) {
        self.bookingID = bookingID
        self.appealID = appealID
        self.operatorID = operatorID
        self.visit = visit
        self.patientPhone = patientPhone
        self.cancelledAt = cancelledAt
    }
}

// MARK: Requests. All of them: refusals `mis-away` (nothing was done, ask again), `mis-refused` (with the advice).

public struct ListClinics: Request {
    public typealias Answer = [ClinicView]
    public static let receiver = ServiceName.booking
    public static let type = "clinic.list"
    public static let isRead = true
    public init() {}
}

public struct ClinicView: Codable, Sendable {
    public var clinicID: String
    public var shortName: String
    public var fullName: String
    public init(clinicID: String, shortName: String, fullName: String) {
        self.clinicID = clinicID
        self.shortName = shortName
        self.fullName = fullName
    }
}

/// Finds the patient in the clinic's register, by name and birth date and whatever else is known; adds one that is
/// unknown when `addIfUnknown`. Refusals besides: `patient-not-found`, `patient-ambiguous` (ask for more).
public struct FindPatient: Request {
    public struct Answer: Codable, Sendable {
        /// Valid within this clinic only.
        public var patientID: String
        public init(patientID: String) { self.patientID = patientID }
    }
    public static let receiver = ServiceName.booking
    public static let type = "patient.find"
    /// Not a read: it may add a patient. Repeating it finds the one added before.
    public static let isRead = true
    public var clinicID: String
    public var name: PersonName
    public var birthDate: CalendarDate
    public var snils: SNILS?
    public var policy: PolicyNumber?
    public var phone: PhoneNumber?
    public var addIfUnknown: Bool
    public init(
        clinicID: String, name: PersonName, birthDate: CalendarDate, snils: SNILS?, policy: PolicyNumber?,
        phone: PhoneNumber?, addIfUnknown: Bool
    ) {
        self.clinicID = clinicID
        self.name = name
        self.birthDate = birthDate
        self.snils = snils
        self.policy = policy
        self.phone = phone
        self.addIfUnknown = addIfUnknown
    }
}

public struct ListSpecialities: Request {
    public typealias Answer = [SpecialityView]
    public static let receiver = ServiceName.booking
    public static let type = "speciality.list"
    public static let isRead = true
    public var clinicID: String
    public var patientID: String
    public init(clinicID: String, patientID: String) {
        self.clinicID = clinicID
        self.patientID = patientID
    }
}

public struct SpecialityView: Codable, Sendable {
    public var specialityID: String
    public var name: String
    /// Slots that a call centre may book, not all that are free.
    public var freeSlots: Int
    public init(specialityID: String, name: String, freeSlots: Int) {
        self.specialityID = specialityID
        self.name = name
        self.freeSlots = freeSlots
    }
}

public struct ListDoctors: Request {
    public typealias Answer = [DoctorView]
    public static let receiver = ServiceName.booking
    public static let type = "doctor.list"
    public static let isRead = true
    public var clinicID: String
    public var patientID: String
    public var specialityID: String
    public init(clinicID: String, patientID: String, specialityID: String) {
        self.clinicID = clinicID
        self.patientID = patientID
        self.specialityID = specialityID
    }
}

public struct DoctorView: Codable, Sendable {
    public var doctorID: String
    public var name: String
    public var freeSlots: Int
    public var nearest: Date?
    public init(doctorID: String, name: String, freeSlots: Int, nearest: Date?) {
        self.doctorID = doctorID
        self.name = name
        self.freeSlots = freeSlots
        self.nearest = nearest
    }
}

/// Free slots from `from` (default: now) to `to` (default: 14 days on), earliest first.
public struct ListSlots: Request {
    public typealias Answer = [SlotView]
    public static let receiver = ServiceName.booking
    public static let type = "slot.list"
    public static let isRead = true
    public var clinicID: String
    public var patientID: String
    public var doctorID: String
    public var from: Date?
    public var to: Date?
    public init(clinicID: String, patientID: String, doctorID: String, from: Date? = nil, to: Date? = nil) {
        self.clinicID = clinicID
        self.patientID = patientID
        self.doctorID = doctorID
        self.from = from
        self.to = to
    }
}

public struct SlotView: Codable, Sendable {
    public var slotID: String
    public var startsAt: Date
    public var room: String?
    public init(slotID: String, startsAt: Date, room: String?) {
        self.slotID = slotID
        self.startsAt = startsAt
        self.room = room
    }
}

/// Books a visit, once: the booking id is chosen by the asker, and asking again with it answers what became of it.
/// The answer comes at once when the МИС answers in time (`booked`, `refused`), else as `unknown`, and the outcome
/// follows as an event.
/// Refusals: `booking-differs` (the id was used for another visit), `slot-in-use` (another booking of ours has it).
public struct BookVisit: Request {
    public typealias Answer = BookingView
    public static let receiver = ServiceName.booking
    public static let type = "booking.book"
    public static let isRead = false
    public var bookingID: UUID
    public var appealID: UUID?
    public var patientID: String
    public var patientPhone: PhoneNumber?
    public var visit: Visit
    public var operatorID: String
    public init(
        bookingID: UUID, appealID: UUID?, patientID: String, patientPhone: PhoneNumber?, visit: Visit,
        operatorID: String
    ) {
        self.bookingID = bookingID
        self.appealID = appealID
        self.patientID = patientID
        self.patientPhone = patientPhone
        self.visit = visit
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
    public var operatorID: String
    public init(bookingID: UUID, operatorID: String) {
        self.bookingID = bookingID
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
