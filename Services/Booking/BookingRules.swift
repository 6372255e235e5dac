import Contracts
import Foundation

/// The saga of a booking: what an answer of the МИС, or its absence, makes of it. Values, no I/O (B-03).
///
/// The МИС cannot take part in a transaction, so an answer is yes, no or unknown. What is unknown is never sent
/// again: it is read back until the patient's history shows the visit, or has not shown it often enough.
struct BookingRules: Sendable {
    /// Seconds from one reading of the history to the next, while the visit does not stand there: an order that was
    /// on its way when the connection broke may be carried out late.
    static let readings: [TimeInterval] = [1, 5, 15, 30]
    /// When the МИС cannot be read for so long, a person must look (architecture: "unknown ≤ deadline → operator").
    static let manualAfter: TimeInterval = 600

    enum Reading: Equatable {
        /// The history shows the visit, with the id under which it can be cancelled.
        case present(misBookingID: String)
        case absent
        /// The history could not be read, or says neither yes nor no.
        case unreadable
    }

    enum Decision: Equatable {
        case booked(misBookingID: String)
        /// Nothing more is to be read of a booked visit.
        case identified(misBookingID: String?)
        case notBooked
        case readAgain(after: TimeInterval, absentReadings: Int)
        case manual
        case cancelled
        case cancelAgain(misBookingID: String)
    }

    /// Looks for a visit in a patient's history. The id there is another one than the slot's, so doctor and time decide
    /// while it is not known. An entry without a time or without an id may be this visit: then the history says neither
    /// yes nor no.
    /// - Parameter isTyped: a person has typed the id. It is believed only of an entry that can be this visit: the patient
    ///   may have others.
    static func reading(
        of visit: Visit, in history: [MISBooking], misBookingID: String?, isTyped: Bool = false
    ) -> Reading {
        let fitting = history.filter {
            ($0.doctorID == nil || $0.doctorID == visit.doctorID) && ($0.start == nil || $0.start == visit.startsAt)
        }
        if let misBookingID {
            if (isTyped ? fitting : history).contains(where: { $0.id == misBookingID }) {
                return .present(misBookingID: misBookingID)
            }
            return fitting.contains { $0.id == nil } ? .unreadable : .absent
        }
        for entry in fitting where entry.start != nil {
            if let id = entry.id { return .present(misBookingID: id) }
        }
        return fitting.isEmpty ? .absent : .unreadable
    }

    /// What a reading says about a booked visit whose id is not known yet. The visit stands whatever it says; without the
    /// id it is looked for once more when it is to be cancelled.
    static func unknownID(_ reading: Reading, age: TimeInterval) -> Decision {
        switch reading {
        case .present(let id): .identified(misBookingID: id)
        case .absent, .unreadable:
            age > Self.manualAfter
                ? .identified(misBookingID: nil) : .readAgain(after: min(5 + age / 4, 60), absentReadings: 0)
        }
    }

    /// What a reading says about a booking whose outcome is unknown.
    static func unknownBooking(_ reading: Reading, absentReadings: Int, age: TimeInterval) -> Decision {
        switch reading {
        case .present(let id): return .booked(misBookingID: id)
        case .absent:
            let readings = absentReadings + 1
            return readings >= Self.readings.count
                ? .notBooked : .readAgain(after: Self.readings[readings], absentReadings: readings)
        case .unreadable:
            return age > Self.manualAfter
                ? .manual : .readAgain(after: min(5 + age / 4, 60), absentReadings: absentReadings)
        }
    }

    /// What a reading says about a cancellation whose outcome is unknown. Cancelling twice is harmless, so it is
    /// sent again while the visit still stands there, and not for ever.
    static func unknownCancellation(_ reading: Reading, age: TimeInterval) -> Decision {
        switch reading {
        case .present(let id): return age > Self.manualAfter ? .manual : .cancelAgain(misBookingID: id)
        case .absent: return .cancelled
        case .unreadable:
            return age > Self.manualAfter ? .manual : .readAgain(after: min(5 + age / 4, 60), absentReadings: 0)
        }
    }
}
