import Foundation

/// A medical organization that takes bookings.
struct Clinic: Sendable, Equatable {
    let id: Int
    let fullName: String
    let shortName: String
    let isActive: Bool
    let oid: String?
    let district: Int?
    let partOf: Int?

    /// As people call it.
    var name: String { self.shortName.isEmpty ? self.fullName : self.shortName }
}

/// Who the booking is for, as the caller says it. Absent and empty are the same.
struct Patient: Sendable, Equatable {
    var familyName: String
    var givenName: String
    var patronymic: String?
    /// `yyyy-MM-dd`.
    var birthday: String?
    /// `NNN-NNN-NNN NN`.
    var snils: String?
    var policySeries: String?
    var policyNumber: String?
    var cellPhone: String?
    var homePhone: String?
}

/// A speciality of a clinic. `freeForUs` counts what outside channels may book, `free` everything.
struct Speciality: Sendable, Equatable {
    let id: String
    let name: String
    let ferID: String?
    let free: Int
    let freeForUs: Int
    let nearest: String?
    let last: String?
}

struct Doctor: Sendable, Equatable {
    let id: String
    let name: String
    let area: String?
    let comment: String?
    let free: Int
    let freeForUs: Int
    let nearest: String?
    let last: String?
}

/// A free time. `end` may equal `start`.
struct Slot: Sendable, Equatable {
    let id: String
    let start: Date
    let end: Date?
    let room: String?
    let address: String?
    let number: Int?
}

/// A booking as the МИС keeps it.
struct MISBooking: Sendable, Equatable {
    /// Nil when the МИС tells none: the visit stands, and cannot be cancelled by us.
    let id: String?
    /// Nil when the МИС tells no time: an entry that may be any visit to its doctor.
    let start: Date?
    let doctorID: String?
    let doctorName: String?
    let specialityID: String?
    let specialityName: String?
    let createdAt: Date?
    let createdBy: String?
}

struct MISErrorText: Sendable, Equatable {
    let code: Int
    let text: String
}
