import Contracts
import Foundation
import Logging
import Messaging

/// Carries bookings through the МИС: notes the wish, asks, settles; looks into what stayed open (B-03).
struct BookingSaga: Sendable {
    let store: BookingStore
    let mis: any MedicalInformationSystem
    let visits: VisitReader
    let logger: Logger

    // MARK: Booking

    func book(_ request: BookVisit) async throws -> BookingView {
        try VisitReader.check([
            ("patientID", request.patientID), ("visit.clinicID", request.slot.clinicID),
            ("visit.specialityID", request.slot.specialityID), ("visit.doctorID", request.slot.doctorID),
            ("visit.slotID", request.slot.slotID),
        ])
        if let known = try await self.store.known(request) { return known.view }
        let clinic = try ClinicDirectory.number(request.slot.clinicID)
        let visit: Visit
        do {
            visit = try await self.visits.visit(request.slot, patient: request.patientID)
        } catch let refusal as Refusal {
            // The same wish, uttered a moment before, may be what took the slot.
            guard let known = try await self.store.known(request) else { throw refusal }
            return known.view
        }
        if let known = try await self.store.begin(request, visit) { return known.view }
        do {
            try await self.mis.book(slot: visit.slotID, clinic: clinic, patient: request.patientID, replacing: nil)
        } catch let error as MISError {
            return try await self.settle(request, after: error)
        }
        // Done, and answered at once. The id for cancelling stands in the patient's history only: it is read by
        // `reconcile`.
        return try await self.view(request.bookingID, from: [.sending, .unknown], as: .booked(misBookingID: nil))
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

    /// - Parameters:
    ///   - actor: who cancels it.
    ///   - misBookingID: the id in the МИС, when a person has just found it there.
    func cancel(_ id: UUID, by actor: String, misBookingID: String? = nil) async throws -> BookingView {
        let booking = try await self.store.beginCancelling(id, by: actor, misBookingID: misBookingID)
        guard booking.state == .cancelling else { return booking.view }
        return try await self.cancel(booking, misBookingID: booking.misBookingID)
    }

    private func cancel(_ booking: BookingStore.Stored, misBookingID: String?) async throws -> BookingView {
        let clinic = try ClinicDirectory.number(booking.visit.clinicID)
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

    // MARK: What a person found

    /// Ends a booking that was left to a person, as that person found it in the МИС; where the МИС can be read, what
    /// stands there decides (F-506).
    func resolve(_ request: ResolveBooking) async throws -> BookingView {
        let typed = request.misBookingID?.trimmingCharacters(in: .whitespacesAndNewlines)
        let given = typed.flatMap { $0.isEmpty || !request.isPresent ? nil : $0 }
        if let given { try VisitReader.check([("misBookingID", given)]) }
        guard let booking = try await self.store.find(request.bookingID) else { throw Self.noSuchBooking }
        // Somebody was faster, or it is asked again.
        guard booking.state == .manual else { return booking.view }
        let reading = await self.read(
            booking.visit, patient: booking.patientID, misBookingID: given ?? booking.misBookingID,
            isTyped: given != nil && given != booking.misBookingID)
        switch (request.isPresent, reading) {
        case (true, .present(let id)): return try await self.found(booking, misBookingID: id, by: request.operatorID)
        case (true, .absent):
            throw Refusal(
                "visit-absent", "В истории пациента этой записи нет. Проверьте номер записи.", field: "misBookingID")
        case (true, .unreadable):
            guard let known = given ?? booking.misBookingID else {
                throw Refusal(
                    "visit-unclear", "Система не смогла найти запись сама. Впишите номер записи из МИС.",
                    field: "misBookingID")
            }
            return try await self.found(booking, misBookingID: known, by: request.operatorID)
        case (false, .present):
            throw Refusal("visit-present", "Запись в медицинской системе есть. Нажмите «Визит есть».")
        case (false, .absent), (false, .unreadable):
            return try await self.view(
                booking.id, from: [.manual],
                as: booking.isCancelling ? .cancelled : .refused(MISAdvice.lookedUp), by: request.operatorID)
        }
    }

    private func found(
        _ booking: BookingStore.Stored, misBookingID: String, by actor: String
    ) async throws -> BookingView {
        guard booking.isCancelling else {
            return try await self.view(
                booking.id, from: [.manual], as: .booked(misBookingID: misBookingID), by: actor)
        }
        return try await self.cancel(booking.id, by: actor, misBookingID: misBookingID)
    }

    // MARK: Looking into what is open

    /// Reads back one booking whose outcome is open, or the id of one that was made, and settles it, or plans the next
    /// look.
    func reconcile(_ id: UUID) async throws {
        guard let booking = try await self.store.find(id) else { return }
        let reading = await self.read(
            booking.visit, patient: booking.patientID, misBookingID: booking.misBookingID)
        let sinceChange = Date().timeIntervalSince(booking.changedAt)
        switch booking.state {
        case .cancelling:
            let decision = BookingRules.unknownCancellation(reading, age: sinceChange)
            try await self.carryOut(decision, on: booking, open: .cancelling)
        case .booked:
            try await self.carryOut(BookingRules.unknownID(reading, age: sinceChange), on: booking, open: .booked)
        default:
            let decision = BookingRules.unknownBooking(
                reading, absentReadings: booking.absentReadings, age: Date().timeIntervalSince(booking.createdAt))
            try await self.carryOut(decision, on: booking, open: .unknown)
        }
    }

    private func carryOut(
        _ decision: BookingRules.Decision, on booking: BookingStore.Stored, open: BookingState
    ) async throws {
        let from: [BookingState] = open == .unknown ? [.sending, .unknown] : [open]
        switch decision {
        case .booked(let id):
            _ = try await self.view(booking.id, from: from, as: .booked(misBookingID: id))
        case .identified(let id):
            _ = try await self.view(booking.id, from: from, as: .identified(misBookingID: id))
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

    /// Looks for the visit in the patient's history.
    private func read(
        _ visit: Visit, patient: String, misBookingID: String? = nil, isTyped: Bool = false
    ) async -> BookingRules.Reading {
        do {
            let bookings = try await self.mis.bookings(
                clinic: ClinicDirectory.number(visit.clinicID), patient: patient)
            return BookingRules.reading(of: visit, in: bookings, misBookingID: misBookingID, isTyped: isTyped)
        } catch {
            self.logger.warning("a patient's history could not be read", metadata: ["error": "\(error)"])
            return .unreadable
        }
    }

    private func view(
        _ id: UUID, from states: [BookingState], as change: BookingStore.Change, by actor: String? = nil
    ) async throws -> BookingView {
        guard let stored = try await self.store.settle(id, from: states, as: change, by: actor) else {
            throw Self.noSuchBooking
        }
        return stored.view
    }

    private static let noSuchBooking = Refusal("no-such-booking", "Такой записи нет.")
}
