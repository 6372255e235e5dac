import Contracts
import Foundation
import Logging
import Messaging

/// Carries bookings through the МИС: notes the wish, asks, settles; looks into what stayed open (B-03).
struct BookingSaga: Sendable {
    let store: BookingStore
    let mis: any MedicalInformationSystem
    let logger: Logger

    // MARK: Booking

    func book(_ request: BookVisit) async throws -> BookingView {
        let clinic = try Self.clinic(request.visit.clinicID)
        if let known = try await self.store.begin(request) { return known.view }
        do {
            try await self.mis.book(
                slot: request.visit.slotID, clinic: clinic, patient: request.patientID, replacing: nil)
        } catch let error as MISError {
            return try await self.settle(request, after: error)
        }
        // Done. The id for cancelling stands in the patient's history only; not finding it now changes nothing.
        let reading = await self.read(request.visit, patient: request.patientID)
        var misBookingID: String?
        if case .present(let id) = reading { misBookingID = id }
        return try await self.view(
            request.bookingID, from: [.sending, .unknown], as: .booked(misBookingID: misBookingID))
    }

    private func settle(_ request: BookVisit, after error: MISError) async throws -> BookingView {
        switch error.kind {
        case .refused(let code, _, let meaning):
            let refusal = MISRefusal(code: code, advice: MISAdvice.text(for: meaning))
            return try await self.view(request.bookingID, from: [.sending, .unknown], as: .refused(refusal))
        case .unavailable:
            try await self.store.forget(request.bookingID)
            throw MISAdvice.away
        case .unknownOutcome, .malformed:
            self.logger.warning(
                "the outcome of a booking is unknown",
                metadata: ["booking": "\(request.bookingID)", "error": "\(error)"])
            return try await self.view(
                request.bookingID, from: [.sending],
                as: .open(.unknown, delay: BookingRules.readings[0]))
        }
    }

    // MARK: Cancelling

    func cancel(_ id: UUID) async throws -> BookingView {
        let booking = try await self.store.beginCancelling(id)
        guard booking.state == .cancelling else { return booking.view }
        return try await self.cancel(booking, misBookingID: booking.misBookingID)
    }

    private func cancel(_ booking: BookingStore.Stored, misBookingID: String?) async throws -> BookingView {
        let clinic = try Self.clinic(booking.visit.clinicID)
        var misBookingID = misBookingID
        if misBookingID == nil {
            switch await self.read(booking.visit, patient: booking.patientID) {
            case .present(let id): misBookingID = id
            case .absent: return try await self.view(booking.id, from: [.cancelling], as: .cancelled)
            case .unreadable: break
            }
        }
        guard let misBookingID else {
            return try await self.view(booking.id, from: [.cancelling], as: .open(.cancelling, delay: 5))
        }
        do {
            try await self.mis.cancel(booking: misBookingID, clinic: clinic, patient: booking.patientID)
            return try await self.view(booking.id, from: [.cancelling], as: .cancelled)
        } catch let error as MISError {
            if case .refused(_, _, .bookingUnknownOrCancelled) = error.kind {
                return try await self.view(booking.id, from: [.cancelling], as: .cancelled)
            }
            self.logger.warning(
                "a visit could not be cancelled yet",
                metadata: ["booking": "\(booking.id)", "error": "\(error)"])
            return try await self.view(booking.id, from: [.cancelling], as: .open(.cancelling, delay: 5))
        }
    }

    // MARK: Looking into what is open

    /// Reads back one booking whose outcome is open and settles it, or plans the next look.
    func reconcile(_ booking: BookingStore.Stored) async throws {
        let reading = await self.read(booking.visit, patient: booking.patientID)
        let age = Date().timeIntervalSince(booking.createdAt)
        if booking.state == .cancelling {
            let decision = BookingRules.unknownCancellation(reading, age: Date().timeIntervalSince(booking.changedAt))
            try await self.carryOut(decision, on: booking, open: .cancelling)
        } else {
            let decision = BookingRules.unknownBooking(
                reading, absentReadings: booking.absentReadings, age: age)
            try await self.carryOut(decision, on: booking, open: .unknown)
        }
    }

    private func carryOut(
        _ decision: BookingRules.Decision, on booking: BookingStore.Stored, open: BookingState
    ) async throws {
        let from: [BookingState] = open == .cancelling ? [.cancelling] : [.sending, .unknown]
        switch decision {
        case .booked(let id):
            _ = try await self.view(booking.id, from: from, as: .booked(misBookingID: id))
        case .notBooked:
            _ = try await self.view(booking.id, from: from, as: .refused(MISAdvice.notBooked))
        case .readAgain(let delay, let readings):
            _ = try await self.view(booking.id, from: from, as: .open(open, delay: delay, absentReadings: readings))
        case .manual:
            _ = try await self.view(booking.id, from: from, as: .manual(isCancelling: open == .cancelling))
        case .cancelled:
            _ = try await self.view(booking.id, from: from, as: .cancelled)
        case .cancelAgain(let id):
            _ = try await self.cancel(booking, misBookingID: id)
        }
    }

    /// Looks for the visit in the patient's history: the id there is another one than the slot's, so doctor and
    /// time decide.
    private func read(_ visit: Visit, patient: String) async -> BookingRules.Reading {
        do {
            let bookings = try await self.mis.bookings(clinic: Self.clinic(visit.clinicID), patient: patient)
            let found = bookings.first { booking in
                booking.start == visit.startsAt && (booking.doctorID == nil || booking.doctorID == visit.doctorID)
            }
            return found.map { .present(misBookingID: $0.id) } ?? .absent
        } catch {
            self.logger.warning("a patient's history could not be read", metadata: ["error": "\(error)"])
            return .unreadable
        }
    }

    private func view(
        _ id: UUID, from states: [BookingState], as change: BookingStore.Change
    ) async throws -> BookingView {
        guard let stored = try await self.store.settle(id, from: states, as: change) else {
            throw Refusal("no-such-booking", "Такой записи нет.")
        }
        return stored.view
    }

    private static func clinic(_ id: String) throws -> Int {
        guard let clinic = Int(id) else { throw Refusal("no-such-clinic", "Такой поликлиники нет.") }
        return clinic
    }
}
