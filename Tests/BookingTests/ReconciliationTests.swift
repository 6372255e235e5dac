import Contracts
import Foundation
import Messaging
import Postgres
import TestSupport
import Testing

@testable import Booking

@Suite(.timeLimit(.minutes(10))) struct ReconciliationTests {
    @Test(
        "C-210 A booking that cannot be looked into holds up no other",
        arguments: [
            // Its row cannot be read, or its outcome cannot be noted.
            "UPDATE booking SET visit = '{}' WHERE id = $1",
            "ALTER TABLE booking ADD CONSTRAINT damage CHECK (id <> $1 OR state <> 'booked')",
        ])
    func byItself(damage: String) async throws {
        try await BookingScene.run { scene in
            scene.hospital.set { $0.onBook = .lostAfterwards }
            let damaged = BookingScene.wish()
            _ = try await scene.saga.book(damaged)
            let whole = BookingScene.wish(
                UUID(), BookingScene.visit("slot-2", at: BookingScene.start.addingTimeInterval(900)))
            _ = try await scene.saga.book(whole)
            let statement = damage.replacing("$1", with: "'\(damaged.bookingID)'")
            try await scene.store.database.execute(PostgresQuery(unsafeSQL: statement))
            try await scene.makeDue()
            // Twice: what failed is not due at once again.
            for _ in 0..<2 {
                _ = await Reconciliation(store: scene.store, saga: scene.saga, logger: quietLogger()).reconcileDue()
            }
            #expect(try await scene.state(whole.bookingID) == .booked)
            let claim = try await scene.store.database.query(
                "SELECT claimed_until > now() AS is_claimed FROM booking WHERE id = \(damaged.bookingID)")
            #expect(try claim.first?.decode("is_claimed", as: Bool.self) == true)
        }
    }

    @Test("F-501 An entry of the history without a time or an id is neither this visit nor its absence")
    func entryWithoutTime() {
        let visit = BookingScene.visit()
        func entry(_ id: String?, _ start: Date?, _ doctor: String?) -> MISBooking {
            MISBooking(
                id: id, start: start, doctorID: doctor, doctorName: nil, specialityID: nil, specialityName: nil,
                createdAt: nil, createdBy: nil)
        }
        func reading(_ history: [MISBooking], _ id: String? = nil) -> BookingRules.Reading {
            BookingRules.reading(of: visit, in: history, misBookingID: id)
        }
        let other = entry("1", nil, "doctor-2")
        let own = entry("2", nil, "doctor-1")
        let found = entry("3", visit.startsAt, "doctor-1")
        #expect(reading([]) == .absent && reading([other]) == .absent)
        #expect(reading([own]) == .unreadable && reading([entry("4", nil, nil)]) == .unreadable)
        #expect(reading([own, found]) == .present(misBookingID: "3"))
        // Whose id is known is found by it.
        #expect(reading([own], "2") == .present(misBookingID: "2") && reading([own, found], "9") == .absent)
        // Nor is one without an id: it may be this visit, known or not.
        let nameless = entry(nil, visit.startsAt, "doctor-1")
        #expect(reading([nameless]) == .unreadable && reading([nameless], "2") == .unreadable)
        #expect(reading([nameless, found]) == .present(misBookingID: "3"))
        #expect(reading([entry(nil, visit.startsAt, "doctor-2")]) == .absent)
    }
}
