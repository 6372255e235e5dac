import Contracts
import Foundation
import Messaging
import Postgres
import Vocabulary

/// All SQL of booking.
struct BookingStore: Sendable {
    /// The channel that wakes the reconciliation.
    static let channel = "booking"
    /// Longer than the two calls to the МИС of one step may take, 25 s each at most.
    private static let claimSeconds = 60.0

    let database: PostgresPool

    /// A booking as it is kept.
    struct Stored: Sendable {
        let id: UUID
        let appealID: UUID?
        let operatorID: String
        let patientID: String
        let patientPhone: PhoneNumber?
        let visit: Visit
        let state: BookingState
        let misBookingID: String?
        let refusal: MISRefusal?
        let absentReadings: Int
        let createdAt: Date
        let changedAt: Date
        let isCancelling: Bool
        let cancelledBy: String?
        let resolvedBy: String?

        var view: BookingView {
            var view = BookingView(
                bookingID: self.id, appealID: self.appealID, state: self.state, visit: self.visit,
                refusal: self.refusal, changedAt: self.changedAt)
            view.isCancelling = self.isCancelling
            view.cancelledBy = self.cancelledBy
            return view
        }
    }

    /// What is known of a wish that was uttered before.
    /// - Throws: `Refusal` when the id was used for another visit.
    func known(_ request: BookVisit) async throws -> Stored? {
        try await self.find(request.bookingID).map { try Self.checked($0, against: request) }
    }

    /// Notes the wish before the МИС is asked: whatever happens next, it will be looked into.
    /// - Returns: nil when it is new and ours to send, else what is known of it.
    /// - Throws: `Refusal` when the id was used for another visit or the slot is taken by another booking of ours.
    func begin(_ request: BookVisit, _ visit: Visit) async throws -> Stored? {
        do {
            return try await self.database.transaction { transaction -> Stored? in
                let results = try await transaction.pipeline([
                    // The same booking asked for twice at once comes one after the other: with two unique indexes
                    // the two would else wait for each other.
                    "SELECT pg_advisory_xact_lock(hashtextextended(\(request.bookingID.uuidString), 0))",
                    """
                    INSERT INTO booking (id, appeal_id, clinic_id, patient_id, patient_phone, doctor_id, slot_id,
                        starts_at, visit, operator_id, state, claimed_until, run_at)
                    VALUES (\(request.bookingID), \(request.appealID), \(visit.clinicID), \(request.patientID),
                        \(request.patientPhone?.e164), \(visit.doctorID), \(visit.slotID), \(visit.startsAt),
                        \(PostgresJSON(visit)), \(request.operatorID), 'sending',
                        now() + make_interval(secs => \(Self.claimSeconds)),
                        now() + make_interval(secs => \(Self.claimSeconds)))
                    ON CONFLICT (id) DO NOTHING
                    """,
                ])
                guard results[1].affected == 0 else { return nil }
                // Somebody asked for the same and has just forgotten it, because the МИС is away.
                guard let known = try await Self.find(request.bookingID, in: transaction) else {
                    throw MISAdvice.away
                }
                return try Self.checked(known, against: request)
            }
        } catch let error as PostgresError
            where error.sqlState == .uniqueViolation && error.constraintName == "booking_slot"
        {
            // Asked twice at once, the second may meet the slot of the first before it meets its id.
            if let known = try await self.find(request.bookingID) { return try Self.checked(known, against: request) }
            throw Refusal("slot-in-use", "Это время только что занято. Обновите список и выберите другое.")
        }
    }

    /// - Throws: `Refusal` when the id was used for another visit.
    private static func checked(_ known: Stored, against request: BookVisit) throws -> Stored {
        guard SlotChoice(known.visit) == request.slot, known.patientID == request.patientID else {
            throw Refusal("booking-differs", "Под этим номером уже есть другая запись. Начните запись заново.")
        }
        return known
    }

    /// Nothing was sent: forgets the wish, so that it can be asked for again.
    func forget(_ id: UUID) async throws {
        try await self.database.execute("DELETE FROM booking WHERE id = \(id) AND state = 'sending'")
    }

    /// Notes an outcome that is final, or open again, and tells of it; one transaction. Changes nothing when the
    /// booking is no longer in one of the states `from`: somebody else has found the outcome.
    /// - Parameter actor: the person who found it out; nil when the МИС said it.
    /// - Returns: the booking as it is now.
    func settle(
        _ id: UUID, from: [BookingState], as change: Change, by actor: String? = nil
    ) async throws -> Stored? {
        try await self.database.transaction { transaction in
            let update: PostgresQuery =
                switch change {
                case .booked(let misBookingID):
                    """
                    UPDATE booking SET state = 'booked', mis_booking_id = coalesce(\(misBookingID), mis_booking_id),
                        run_at = CASE WHEN coalesce(\(misBookingID), mis_booking_id) IS NULL THEN now() END,
                        claimed_until = NULL, changed_at = now(),
                        resolved_by = coalesce(\(actor), resolved_by)
                    WHERE id = \(id) AND state = ANY(\(from.map(\.rawValue)))
                    """
                case .identified(let misBookingID):
                    """
                    UPDATE booking SET mis_booking_id = coalesce(\(misBookingID), mis_booking_id), run_at = NULL,
                        claimed_until = NULL
                    WHERE id = \(id) AND state = ANY(\(from.map(\.rawValue)))
                    """
                case .refused(let refusal):
                    """
                    UPDATE booking SET state = 'refused', refusal_code = \(Int32(refusal.code)),
                        refusal_advice = \(refusal.advice), run_at = NULL, claimed_until = NULL, changed_at = now(),
                        resolved_by = coalesce(\(actor), resolved_by)
                    WHERE id = \(id) AND state = ANY(\(from.map(\.rawValue)))
                    """
                case .open(let state, let delay, let absentReadings):
                    """
                    UPDATE booking SET state = \(state.rawValue), absent_readings = \(Int32(absentReadings)),
                        run_at = now() + make_interval(secs => \(delay)), claimed_until = NULL,
                        is_cancelling = is_cancelling OR state = 'cancelling',
                        changed_at = CASE WHEN state = \(state.rawValue) THEN changed_at ELSE now() END
                    WHERE id = \(id) AND state = ANY(\(from.map(\.rawValue)))
                    """
                case .cancelled, .manual:
                    // The version before, which runs beside this one for a while, cancels without noting it.
                    """
                    UPDATE booking SET state = \(change.state.rawValue), run_at = NULL, claimed_until = NULL,
                        is_cancelling = is_cancelling OR state = 'cancelling', changed_at = now(),
                        resolved_by = coalesce(\(actor), resolved_by)
                    WHERE id = \(id) AND state = ANY(\(from.map(\.rawValue)))
                    """
                }
            let changed = try await transaction.execute(update)
            guard let stored = try await Self.find(id, in: transaction) else { return nil }
            if changed == 1 {
                if let event = Self.event(for: stored, after: change) { try transaction.outbox.append(event) }
                // Only what stays open is to be looked into.
                switch change {
                case .open, .booked(misBookingID: nil): try transaction.queue(["SELECT pg_notify(\(Self.channel), '')"])
                default: break
                }
            }
            return stored
        }
    }

    enum Change: Sendable {
        /// Without the id in the МИС it is looked into at once, for the id.
        case booked(misBookingID: String?)
        /// Of a booked visit the id in the МИС is known now, or is no longer looked for.
        case identified(misBookingID: String?)
        case refused(MISRefusal)
        case cancelled
        case manual(isCancelling: Bool)
        /// Looked into after `delay` seconds.
        case open(BookingState, delay: Double, absentReadings: Int = 0)

        var state: BookingState {
            switch self {
            case .booked, .identified: .booked
            case .refused: .refused
            case .cancelled: .cancelled
            case .manual: .manual
            case .open(let state, _, _): state
            }
        }
    }

    private static func event(for booking: Stored, after change: Change) -> (any Event)? {
        switch change {
        case .booked:
            var event = BookingConfirmed(
                bookingID: booking.id, appealID: booking.appealID, operatorID: booking.operatorID, visit: booking.visit,
                patientPhone: booking.patientPhone, confirmedAt: booking.changedAt)
            event.actorID = booking.resolvedBy
            return event
        case .refused, .manual: return Self.failed(booking, after: change)
        case .cancelled:
            var event = BookingCancelled(
                bookingID: booking.id, appealID: booking.appealID, operatorID: booking.operatorID, visit: booking.visit,
                patientPhone: booking.patientPhone, cancelledAt: booking.changedAt)
            event.actorID = booking.cancelledBy ?? booking.resolvedBy
            return event
        case .open, .identified: return nil
        }
    }

    private static func failed(_ booking: Stored, after change: Change) -> BookingFailed {
        var event = BookingFailed(
            bookingID: booking.id, appealID: booking.appealID, operatorID: booking.operatorID, state: booking.state,
            refusal: booking.refusal, failedAt: booking.changedAt)
        if case .manual(let isCancelling) = change { event.isCancelling = isCancelling }
        event.actorID = booking.resolvedBy
        return event
    }

    /// Takes a booked visit for cancelling, or one that could not be cancelled before.
    /// - Parameters:
    ///   - actor: who cancels it.
    ///   - misBookingID: the id in the МИС, when a person has just found it there.
    /// - Throws: `Refusal`.
    func beginCancelling(_ id: UUID, by actor: String, misBookingID: String? = nil) async throws -> Stored {
        try await self.database.transaction { transaction in
            let changed = try await transaction.execute(
                """
                UPDATE booking SET state = 'cancelling', changed_at = now(), is_cancelling = true,
                    cancelled_by = CASE WHEN cancelled_by_citizen THEN cancelled_by ELSE coalesce(cancelled_by, \(actor)) END,
                    mis_booking_id = coalesce(\(misBookingID), mis_booking_id),
                    claimed_until = now() + make_interval(secs => \(Self.claimSeconds)),
                    run_at = now() + make_interval(secs => \(Self.claimSeconds))
                WHERE id = \(id)
                    AND (state = 'booked' OR state = 'manual' AND coalesce(\(misBookingID), mis_booking_id) IS NOT NULL)
                """)
            guard let stored = try await Self.find(id, in: transaction) else {
                throw Refusal("no-such-booking", "Такой записи нет.")
            }
            guard changed == 1 || stored.state == .cancelling || stored.state == .cancelled else {
                throw Refusal("not-booked", "Эту запись нельзя отменить: она не подтверждена.")
            }
            return stored
        }
    }

    /// Citizens will come.
    static func confirm(_ bookings: [(id: UUID, at: Date)], in transaction: Transaction) async throws {
        guard !bookings.isEmpty else { return }
        try await transaction.execute(
            """
            UPDATE booking SET confirmed_at = new.at
            FROM unnest(\(bookings.map(\.id)), \(bookings.map(\.at))) AS new (id, at)
            WHERE booking.id = new.id AND state = 'booked'
            """)
    }

    /// Citizens do not come: the visits are cancelled in the МИС, however long it takes to answer. What is cancelled
    /// already stays so.
    static func cancel(byCitizens bookings: [UUID], in transaction: Transaction) async throws {
        guard !bookings.isEmpty else { return }
        try transaction.queue([
            """
            UPDATE booking SET state = 'cancelling', cancelled_by_citizen = true, is_cancelling = true,
                changed_at = now(), run_at = now(), claimed_until = NULL
            WHERE id = ANY(\(bookings)) AND state = 'booked'
            """,
            "SELECT pg_notify(\(Self.channel), '')",
        ])
    }

    /// Claims bookings whose outcome is open and due to be looked into.
    /// - Returns: their ids: each is read by itself, so that one that cannot be read holds up no other.
    func claimOpen(limit: Int) async throws -> [UUID] {
        try await self.database.query(
            """
            WITH due AS (
                SELECT id FROM booking WHERE run_at <= now() AND (claimed_until IS NULL OR claimed_until < now())
                ORDER BY run_at LIMIT \(Int64(limit)) FOR UPDATE SKIP LOCKED
            )
            UPDATE booking SET claimed_until = now() + make_interval(secs => \(Self.claimSeconds))
            FROM due WHERE booking.id = due.id RETURNING booking.id
            """
        ).map { try $0.decode("id") }
    }

    func nextOpen() async throws -> Date? {
        try await self.database.query(
            "SELECT min(greatest(run_at, coalesce(claimed_until, run_at))) AS next FROM booking WHERE run_at IS NOT NULL"
        ).first?.decode("next", as: Date?.self) ?? nil
    }

    func list(appealID: UUID) async throws -> [BookingView] {
        try await self.database.query(
            "SELECT * FROM booking WHERE appeal_id = \(appealID) ORDER BY created_at DESC"
        ).map { try Self.stored($0).view }
    }

    func find(_ id: UUID) async throws -> Stored? {
        try await self.database.query("SELECT * FROM booking WHERE id = \(id)").first.map(Self.stored)
    }

    private static func find(_ id: UUID, in transaction: Transaction) async throws -> Stored? {
        try await transaction.query("SELECT * FROM booking WHERE id = \(id)").first.map(Self.stored)
    }

    /// What the version before cancels it does not note as such; but only what was booked can be cancelled, by a citizen or
    /// else, and only what was booked has an id of the МИС.
    private static func isCancelling(_ row: PostgresRow, _ state: BookingState) throws -> Bool {
        if try row.decode("is_cancelling") || state == .cancelling { return true }
        guard state == .manual else { return false }
        return try row.decode("cancelled_by_citizen") || row.decode("mis_booking_id", as: String?.self) != nil
    }

    private static func stored(_ row: PostgresRow) throws -> Stored {
        guard let state = BookingState(rawValue: try row.decode("state")) else {
            throw RequestError(kind: .malformed, request: "booking state")
        }
        let advice = try row.decode("refusal_advice", as: String?.self)
        let code = try row.decode("refusal_code", as: Int32?.self)
        return Stored(
            id: try row.decode("id"), appealID: try row.decode("appeal_id", as: UUID?.self),
            operatorID: try row.decode("operator_id"), patientID: try row.decode("patient_id"),
            patientPhone: try row.decode("patient_phone", as: String?.self).flatMap { try? PhoneNumber(parsing: $0) },
            visit: try row.decode("visit", as: PostgresJSON<Visit>.self).value, state: state,
            misBookingID: try row.decode("mis_booking_id", as: String?.self),
            refusal: advice.map { MISRefusal(code: Int(code ?? 0), advice: $0) },
            absentReadings: Int(try row.decode("absent_readings", as: Int32.self)),
            createdAt: try row.decode("created_at"), changedAt: try row.decode("changed_at"),
            isCancelling: try Self.isCancelling(row, state),
            cancelledBy: try row.decode("cancelled_by", as: String?.self),
            resolvedBy: try row.decode("resolved_by", as: String?.self))
    }
}
