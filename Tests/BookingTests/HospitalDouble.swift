import Foundation
import NIOConcurrencyHelpers

@testable import Booking

/// A МИС in memory that answers as it is told to.
final class HospitalDouble: MedicalInformationSystem {
    /// What comes of an order.
    enum Behaviour: Sendable {
        case done
        case refuses(Int, MISError.Meaning)
        /// Carried out, and the answer is lost.
        case lostAfterwards
        /// Neither carried out nor answered.
        case lostBefore
        case away
    }

    struct State: Sendable {
        var onBook = Behaviour.done
        var onCancel = Behaviour.done
        var isReadable = true
        var bookings: [MISBooking] = []
        var booked: [String] = []
        var cancelled: [String] = []
    }

    let state = NIOLockedValueBox(State())
    private let slots: [String: (doctor: String, start: Date)]

    init(slots: [String: (doctor: String, start: Date)]) {
        self.slots = slots
    }

    func set(_ change: (inout State) -> Void) { self.state.withLockedValue(change) }
    var booked: [String] { self.state.withLockedValue { $0.booked } }
    var cancelled: [String] { self.state.withLockedValue { $0.cancelled } }
    var bookings: [MISBooking] { self.state.withLockedValue { $0.bookings } }

    private static func error(_ kind: MISError.Kind, _ operation: String) -> MISError {
        MISError(kind: kind, operation: operation, cause: "test")
    }

    private static func follow(
        _ behaviour: Behaviour, _ operation: String, carryOut: () -> Void
    ) throws {
        switch behaviour {
        case .done: carryOut()
        case .refuses(let code, let meaning):
            throw self.error(.refused(code: code, text: "отказ", meaning: meaning), operation)
        case .lostAfterwards:
            carryOut()
            throw self.error(.unknownOutcome, operation)
        case .lostBefore: throw self.error(.unknownOutcome, operation)
        case .away: throw self.error(.unavailable, operation)
        }
    }

    func book(slot: String, clinic: Int, patient: String, replacing: String?) async throws {
        try self.state.withLockedValue { state in
            state.booked.append(slot)
            try Self.follow(state.onBook, "SetAppointment") { state.bookings += self.entry(slot) }
        }
    }

    /// How the history shows a visit: under an id that is not the slot's.
    func entry(_ slot: String) -> [MISBooking] {
        guard let (doctor, start) = self.slots[slot] else { return [] }
        return [
            MISBooking(
                id: "history-\(slot)", start: start, doctorID: doctor, doctorName: nil, specialityID: nil,
                specialityName: nil, createdAt: nil, createdBy: nil)
        ]
    }

    func bookings(clinic: Int, patient: String) async throws -> [MISBooking] {
        try self.state.withLockedValue { state in
            guard state.isReadable else { throw Self.error(.unavailable, "GetPatientHistory") }
            return state.bookings
        }
    }

    func cancel(booking: String, clinic: Int, patient: String) async throws {
        try self.state.withLockedValue { state in
            state.cancelled.append(booking)
            try Self.follow(state.onCancel, "CreateClaimForRefusal") {
                state.bookings.removeAll { $0.id == booking }
            }
        }
    }

    // What the saga does not ask for.
    func clinics(district: Int?) async throws -> [Clinic] { [] }
    func findPatient(_ patient: Patient, clinic: Int) async throws -> String? { nil }
    func addPatient(_ patient: Patient, clinic: Int) async throws -> String { "1" }
    func specialities(clinic: Int, patient: String) async throws -> [Speciality] { [] }
    func doctors(speciality: String, clinic: Int, patient: String) async throws -> [Doctor] { [] }
    func availableDates(
        doctor: String, clinic: Int, patient: String, from: Date, to: Date
    ) async throws -> [String] { [] }
    func slots(doctor: String, clinic: Int, patient: String, from: Date, to: Date) async throws -> [Slot] { [] }
    func errorList() async throws -> [MISErrorText] { [] }
}
