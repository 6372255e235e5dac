import Contracts
import Foundation
import Messaging
import Postgres
import Testing

@testable import Booking

/// Bookings that nobody but a person can end.
@Suite(.timeLimit(.minutes(10))) struct ManualTests {
    /// A booking whose outcome could not be read for ten minutes.
    private static func manual(_ scene: BookingScene, carriedOut: Bool = true) async throws -> UUID {
        scene.hospital.set {
            $0.onBook = carriedOut ? .lostAfterwards : .lostBefore
            $0.isReadable = false
        }
        let wish = BookingScene.wish()
        _ = try await scene.saga.book(wish)
        try await scene.age(wish.bookingID)
        try await scene.reconcile()
        #expect(try await scene.state(wish.bookingID) == .manual)
        scene.hospital.set { $0.onBook = .done }
        return wish.bookingID
    }

    /// A cancellation that came to nothing, of a visit whose id was never read.
    private static func manualCancellation(_ scene: BookingScene) async throws -> UUID {
        scene.hospital.set { $0.isReadable = false }
        let wish = BookingScene.wish()
        _ = try await scene.saga.book(wish)
        _ = try await scene.saga.cancel(wish.bookingID, by: "operator2")
        try await scene.age(wish.bookingID)
        try await scene.reconcile()
        let booking = try #require(try await scene.store.find(wish.bookingID))
        #expect(booking.state == .manual && booking.misBookingID == nil && booking.view.isCancelling == true)
        return wish.bookingID
    }

    private static func resolve(
        _ scene: BookingScene, _ id: UUID, isPresent: Bool, _ misBookingID: String? = nil
    ) async throws -> BookingView {
        try await scene.saga.resolve(
            ResolveBooking(
                bookingID: id, isPresent: isPresent, misBookingID: misBookingID, operatorID: "supervisor"))
    }

    @Test("F-506 There is a visit: its id is typed while the МИС is away, and then it can be cancelled")
    func presentByID() async throws {
        try await BookingScene.run { scene in
            let id = try await Self.manual(scene)
            let refusal = await #expect(throws: Refusal.self) { try await Self.resolve(scene, id, isPresent: true) }
            #expect(refusal?.errorID == "visit-unclear" && refusal?.field == "misBookingID")
            let view = try await Self.resolve(scene, id, isPresent: true, " history-slot-1 ")
            #expect(view.state == .booked)
            #expect(try await scene.announced(BookingConfirmed.self).map(\.actorID) == ["supervisor"])
            // Asked again, it is the same.
            #expect(try await Self.resolve(scene, id, isPresent: true, "history-slot-1").state == .booked)
            #expect(try await scene.saga.cancel(id, by: "operator2").state == .cancelled)
            #expect(scene.hospital.cancelled == ["history-slot-1"])
        }
    }

    @Test("F-506 There is a visit: when the МИС can be read again, nobody has to type")
    func presentByHistory() async throws {
        try await BookingScene.run { scene in
            let id = try await Self.manual(scene)
            scene.hospital.set { $0.isReadable = true }
            #expect(
                try await scene.refusal { try await Self.resolve(scene, id, isPresent: true, "history-slot-7") }
                    == "visit-absent")
            #expect(try await scene.refusal { try await Self.resolve(scene, id, isPresent: false) } == "visit-present")
            #expect(try await Self.resolve(scene, id, isPresent: true).state == .booked)
            #expect(try await scene.store.find(id)?.misBookingID == "history-slot-1")
        }
    }

    @Test("F-506 There is no visit: the slot is free, and the card is told who looked", arguments: [true, false])
    func absent(isReadable: Bool) async throws {
        try await BookingScene.run { scene in
            let id = try await Self.manual(scene, carriedOut: false)
            scene.hospital.set { $0.isReadable = isReadable }
            let view = try await Self.resolve(scene, id, isPresent: false)
            #expect(view.state == .refused && view.refusal == MISAdvice.lookedUp)
            let told = try await scene.announced(BookingFailed.self)
            #expect(told.map(\.state) == [.manual, .refused] && told.map(\.actorID) == [nil, "supervisor"])
            #expect(try await scene.saga.book(BookingScene.wish()).state == .booked)
        }
    }

    @Test("F-506 A cancellation left to a person ends: with the id it is sent again, without a visit it is done")
    func cancelling() async throws {
        try await BookingScene.run { scene in
            let id = try await Self.manualCancellation(scene)
            #expect(
                try await scene.refusal { try await scene.saga.cancel(id, by: "operator2") } == "not-booked")
            #expect(try await Self.resolve(scene, id, isPresent: true, "history-slot-1").state == .cancelled)
            #expect(scene.hospital.cancelled == ["history-slot-1"])
            // Nobody is told that it is booked.
            #expect(
                try await scene.announced() == [
                    BookingConfirmed.type, BookingFailed.type, BookingCancelled.type,
                ])
        }
        try await BookingScene.run { scene in
            let id = try await Self.manualCancellation(scene)
            scene.hospital.set {
                $0.isReadable = true
                $0.bookings = []
            }
            #expect(try await Self.resolve(scene, id, isPresent: false).state == .cancelled)
            #expect(try await scene.announced(BookingCancelled.self).map(\.actorID) == ["operator2"])
            #expect(try await scene.saga.book(BookingScene.wish()).state == .booked)
        }
    }

    @Test("F-506 A booking that is not left to a person, or is none, is left as it is")
    func others() async throws {
        try await BookingScene.run { scene in
            let wish = BookingScene.wish()
            _ = try await scene.saga.book(wish)
            #expect(try await Self.resolve(scene, wish.bookingID, isPresent: false).state == .booked)
            #expect(
                try await scene.refusal { try await Self.resolve(scene, UUID(), isPresent: false) } == "no-such-booking"
            )
        }
    }

    @Test("R-707 Who cancelled stands in the row, the view and the event; a citizen is nobody of the centre")
    func cancelledBy() async throws {
        try await BookingScene.run { scene in
            let wish = BookingScene.wish()
            _ = try await scene.saga.book(wish)
            scene.hospital.set { $0.onCancel = .lostBefore }
            #expect(try await scene.saga.cancel(wish.bookingID, by: "operator2").state == .cancelling)
            // Somebody else presses as well: the first one did it.
            _ = try await scene.saga.cancel(wish.bookingID, by: "operator3")
            scene.hospital.set { $0.onCancel = .done }
            try await scene.reconcile()
            let appealID = try #require(wish.appealID)
            let listed = try #require(try await scene.store.list(appealID: appealID).first)
            #expect(listed.state == .cancelled && listed.cancelledBy == "operator2")
            #expect(try await scene.announced(BookingCancelled.self).map(\.actorID) == ["operator2"])
        }
        try await BookingScene.run { scene in
            let wish = BookingScene.wish()
            _ = try await scene.saga.book(wish)
            try await scene.store.database.transaction { transaction in
                try await BookingStore.cancel(byCitizens: [wish.bookingID], in: transaction)
            }
            _ = try await scene.saga.cancel(wish.bookingID, by: "operator2")
            try await scene.reconcile()
            #expect(try await scene.announced(BookingCancelled.self).map(\.actorID) == [nil])
        }
    }

    @Test("F-506 The number of another visit of the patient is not believed, whatever was to be done")
    func numberOfAnother() async throws {
        try await BookingScene.run { scene in
            let other = scene.hospital.entry("slot-2")
            let id = try await Self.manual(scene)
            scene.hospital.set {
                $0.isReadable = true
                $0.bookings += other
            }
            let refusal = try await scene.refusal {
                try await Self.resolve(scene, id, isPresent: true, "history-slot-2")
            }
            #expect(refusal == "visit-absent")
            #expect(try await Self.resolve(scene, id, isPresent: true, "history-slot-1").state == .booked)
        }
        try await BookingScene.run { scene in
            let id = try await Self.manualCancellation(scene)
            let other = scene.hospital.entry("slot-2")
            scene.hospital.set {
                $0.isReadable = true
                $0.bookings += other
            }
            let refusal = try await scene.refusal {
                try await Self.resolve(scene, id, isPresent: true, "history-slot-2")
            }
            #expect(refusal == "visit-absent" && scene.hospital.cancelled.isEmpty)
            #expect(try await Self.resolve(scene, id, isPresent: true, "history-slot-1").state == .cancelled)
            #expect(scene.hospital.cancelled == ["history-slot-1"])
        }
    }

    @Test("F-506 What the version before cancels, in an update, is never told to be booked", arguments: [true, false])
    func cancelledByTheVersionBefore(leftByIt: Bool) async throws {
        try await BookingScene.run { scene in
            let wish = BookingScene.wish()
            _ = try await scene.saga.book(wish)
            try await scene.reconcile()
            // As that version writes it.
            let state = leftByIt ? "manual" : "cancelling"
            try await scene.store.database.execute(
                """
                UPDATE booking SET state = \(state), run_at = CASE WHEN \(leftByIt) THEN NULL ELSE now() END
                WHERE id = \(wish.bookingID)
                """)
            if !leftByIt {
                scene.hospital.set { $0.isReadable = false }
                try await scene.age(wish.bookingID)
                try await scene.reconcile()
                scene.hospital.set { $0.isReadable = true }
            }
            let booking = try #require(try await scene.store.find(wish.bookingID))
            #expect(booking.state == .manual && booking.view.isCancelling == true)
            #expect(try await Self.resolve(scene, wish.bookingID, isPresent: true).state == .cancelled)
            #expect(scene.hospital.cancelled == ["history-slot-1"])
            #expect(try await scene.announced(BookingConfirmed.self).count == 1)
        }
    }
}
