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
        case notBooked
        case readAgain(after: TimeInterval, absentReadings: Int)
        case manual
        case cancelled
        case cancelAgain(misBookingID: String)
    }

    /// Looks for a visit in a patient's history. The id there is another one than the slot's, so doctor and time decide
    /// while it is not known. An entry without a time may be this visit: then the history says neither yes nor no.
    static func reading(of visit: Visit, in history: [MISBooking], misBookingID: String?) -> Reading {
        if let misBookingID {
            return history.contains { $0.id == misBookingID } ? .present(misBookingID: misBookingID) : .absent
        }
        let ofDoctor = history.filter { $0.doctorID == nil || $0.doctorID == visit.doctorID }
        if let found = ofDoctor.first(where: { $0.start == visit.startsAt }) { return .present(misBookingID: found.id) }
        return ofDoctor.contains { $0.start == nil } ? .unreadable : .absent
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
