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
        var onAdd = Behaviour.done
        /// Adds whoever is to be added, whoever is there.
        var addsTwice = false
        /// The surnames of the register, each as often as it stands there.
        var patients: [String] = []
        var ordersToAdd = 0
        /// Everything that was asked, by name.
        var asked: [String] = []
        /// What the МИС calls the doctor, and where the doctor is.
        var doctorName = "Иванова И. И."
        var room: String? = "215"
        /// Slots that are no longer offered.
        var gone: Set<String> = []
        var bookings: [MISBooking] = []
        var booked: [String] = []
        var cancelled: [String] = []
    }

    let state = NIOLockedValueBox(State())
    /// Entered by every question, before it is answered; a test may keep it there.
    let questions: Turnstile?
    private let slots: [String: (doctor: String, start: Date)]

    init(slots: [String: (doctor: String, start: Date)], questions: Turnstile? = nil) {
        self.slots = slots
        self.questions = questions
    }

    private func ask(_ question: String) async {
        self.set { $0.asked.append(question) }
        await self.questions?.pass()
    }

    func set(_ change: (inout State) -> Void) { self.state.withLockedValue(change) }
    var booked: [String] { self.state.withLockedValue { $0.booked } }
    var cancelled: [String] { self.state.withLockedValue { $0.cancelled } }
    var asked: [String] { self.state.withLockedValue { $0.asked } }
    var patients: [String] { self.state.withLockedValue { $0.patients } }
    var ordersToAdd: Int { self.state.withLockedValue { $0.ordersToAdd } }
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

    // MARK: The register

    func findPatient(_ patient: Patient, clinic: Int) async throws -> String? {
        await self.ask("findPatient")
        return try self.state.withLockedValue { state in
            let found = state.patients.indices.filter { state.patients[$0] == patient.familyName }
            guard found.count < 2 else {
                throw Self.error(.refused(code: 21, text: "", meaning: .patientNotUnique), "CheckPatient")
            }
            return found.first.map { "P-\($0)" }
        }
    }

    func addPatient(_ patient: Patient, clinic: Int) async throws -> String {
        await self.ask("addPatient")
        return try self.state.withLockedValue { state in
            state.ordersToAdd += 1
            try Self.follow(state.onAdd, "AddNewPatient") {
                if state.addsTwice || !state.patients.contains(patient.familyName) {
                    state.patients.append(patient.familyName)
                }
            }
            return "P-\(state.patients.lastIndex(of: patient.familyName) ?? -1)"
        }
    }

    // MARK: The timetable

    func clinics(district: Int?) async throws -> [Clinic] {
        await self.ask("clinics")
        return [
            Clinic(
                id: 17, fullName: "ГБУЗ «Поликлиника № 1»", shortName: "Поликлиника № 1", isActive: true, oid: nil,
                district: nil, partOf: nil),
            Clinic(
                id: 18, fullName: "Закрытая", shortName: "", isActive: false, oid: nil, district: nil, partOf: nil),
        ]
    }

    func specialities(clinic: Int, patient: String) async throws -> [Speciality] {
        await self.ask("specialities")
        return [
            Speciality(id: "1", name: "Терапевт", ferID: nil, free: 2, freeForUs: 2, nearest: nil, last: nil)
        ]
    }

    func doctors(speciality: String, clinic: Int, patient: String) async throws -> [Doctor] {
        await self.ask("doctors")
        guard speciality == "1" else { return [] }
        return [
            Doctor(
                id: "doctor-1", name: self.state.withLockedValue { $0.doctorName }, area: nil, comment: nil, free: 2,
                freeForUs: 2, nearest: nil, last: nil)
        ]
    }

    func slots(doctor: String, clinic: Int, patient: String, from: Date, to: Date) async throws -> [Slot] {
        await self.ask("slots")
        let (room, gone) = self.state.withLockedValue { ($0.room, $0.gone) }
        return self.slots.filter {
            $0.value.doctor == doctor && (from...to).contains($0.value.start) && !gone.contains($0.key)
        }.map {
            Slot(id: $0.key, start: $0.value.start, end: nil, room: room, address: nil, number: nil)
        }
    }

    // What booking does not ask for.
    func availableDates(
        doctor: String, clinic: Int, patient: String, from: Date, to: Date
    ) async throws -> [String] { [] }
    func errorList() async throws -> [MISErrorText] { [] }
}
