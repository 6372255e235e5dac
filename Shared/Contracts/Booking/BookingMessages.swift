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
    /// The visit is to be cancelled, and the МИС may still have it; tells a `manual` one of these from a wish to book.
    public var isCancelling: Bool?
    /// Who asked for the cancellation; nil when nobody of the centre did.
    public var cancelledBy: String?

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
    /// Who looked into the МИС and found the visit there; nil when the МИС said so itself.
    public var actorID: String?
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
    /// Who looked into the МИС and found no visit there; nil when the МИС said so itself.
    public var actorID: String?
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
    /// Who cancelled it; nil when the citizen did, answering a reminder.
    public var actorID: String?
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

// MARK: Requests. All of them: refusals `mis-away` (nothing was done, ask again), `mis-unclear` (it answered, and nobody
// understands what), `mis-refused` (with the advice).

/// Answered from a directory that is read every ten minutes: it asks the МИС nothing.
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
