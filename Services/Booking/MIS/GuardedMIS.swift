import Foundation
import Logging
import Metrics
import NIOConcurrencyHelpers

/// A МИС behind its gate: one that hangs takes only its own part of booking with it (C-207). What it does not answer, or
/// answers so that nobody understands it, is counted, and the latter logged.
final class GuardedMIS: MedicalInformationSystem {
    private let mis: any MedicalInformationSystem
    private let logger: Logger
    private let gate = NIOLockedValueBox(MISGate())

    init(_ mis: any MedicalInformationSystem, logger: Logger) {
        self.mis = mis
        self.logger = logger
    }

    private func pass<Answer: Sendable>(
        _ compartment: MISGate.Compartment, _ operation: String, _ body: () async throws -> Answer
    ) async throws -> Answer {
        if let reason = self.gate.withLockedValue({ $0.enter(compartment, at: .now) }) {
            let closed = MISError(kind: .unavailable, operation: operation, cause: reason.rawValue)
            self.note(closed)
            throw closed
        }
        do {
            let answer = try await body()
            self.leave(compartment, .answered)
            return answer
        } catch let error as MISError {
            // Cut off by the asker, also as one of several questions whose first answer was enough.
            guard !Task.isCancelled else {
                self.leave(compartment, .abandoned)
                throw error
            }
            self.leave(compartment, error.isSilence ? .silent : .answered)
            self.note(error)
            throw error
        } catch {
            self.leave(compartment, .abandoned)
            throw error
        }
    }

    private func leave(_ compartment: MISGate.Compartment, _ ending: MISGate.Ending) {
        let (before, after) = self.gate.withLockedValue { gate in
            let before = gate.isClosed
            gate.leave(compartment, ending, at: .now)
            return (before, gate.isClosed)
        }
        guard before != after else { return }
        if after {
            self.logger.error("the МИС does not answer: it is left alone for a while")
        } else {
            self.logger.notice("the МИС answers again")
        }
    }

    private func note(_ error: MISError) {
        Counter(
            label: "mis_failures_total", dimensions: [("operation", error.operation), ("kind", error.kindName)]
        ).increment()
        guard error.answer == .unreadable else { return }
        self.logger.error("the МИС answered something unreadable", metadata: ["error": "\(error)"])
    }

    // MARK: Questions

    func clinics(district: Int?) async throws -> [Clinic] {
        try await self.pass(.questions, "clinics") { try await self.mis.clinics(district: district) }
    }

    func findPatient(_ patient: Patient, clinic: Int) async throws -> String? {
        try await self.pass(.questions, "findPatient") { try await self.mis.findPatient(patient, clinic: clinic) }
    }

    func specialities(clinic: Int, patient: String) async throws -> [Speciality] {
        try await self.pass(.questions, "specialities") {
            try await self.mis.specialities(clinic: clinic, patient: patient)
        }
    }

    func doctors(speciality: String, clinic: Int, patient: String) async throws -> [Doctor] {
        try await self.pass(.questions, "doctors") {
            try await self.mis.doctors(speciality: speciality, clinic: clinic, patient: patient)
        }
    }

    func availableDates(doctor: String, clinic: Int, patient: String, from: Date, to: Date) async throws -> [String] {
        try await self.pass(.questions, "availableDates") {
            try await self.mis.availableDates(doctor: doctor, clinic: clinic, patient: patient, from: from, to: to)
        }
    }

    func slots(doctor: String, clinic: Int, patient: String, from: Date, to: Date) async throws -> [Slot] {
        try await self.pass(.questions, "slots") {
            try await self.mis.slots(doctor: doctor, clinic: clinic, patient: patient, from: from, to: to)
        }
    }

    func errorList() async throws -> [MISErrorText] {
        try await self.pass(.questions, "errorList") { try await self.mis.errorList() }
    }

    // MARK: Orders, and reading back what became of them

    func addPatient(_ patient: Patient, clinic: Int) async throws -> String {
        try await self.pass(.orders, "addPatient") { try await self.mis.addPatient(patient, clinic: clinic) }
    }

    func book(slot: String, clinic: Int, patient: String, replacing: String?) async throws {
        try await self.pass(.orders, "book") {
            try await self.mis.book(slot: slot, clinic: clinic, patient: patient, replacing: replacing)
        }
    }

    func bookings(clinic: Int, patient: String) async throws -> [MISBooking] {
        try await self.pass(.orders, "bookings") { try await self.mis.bookings(clinic: clinic, patient: patient) }
    }

    func cancel(booking: String, clinic: Int, patient: String) async throws {
        try await self.pass(.orders, "cancel") {
            try await self.mis.cancel(booking: booking, clinic: clinic, patient: patient)
        }
    }
}
