import Contracts
import Foundation
import Messaging
import Postgres
import Testing

@testable import Booking

@Suite(.timeLimit(.minutes(10))) struct CancellingTests {
    private static func booked(_ scene: BookingScene) async throws -> UUID {
        let wish = BookingScene.wish()
        #expect(try await scene.saga.book(wish).state == .booked)
        try await scene.reconcile()
        return wish.bookingID
    }

    @Test("B-01 A cancelled visit leaves the МИС, is told of once and frees the slot")
    func cancelled() async throws {
        try await BookingScene.run { scene in
            let id = try await Self.booked(scene)
            #expect(try await scene.saga.cancel(id, by: "operator2").state == .cancelled)
            #expect(try await scene.saga.cancel(id, by: "operator2").state == .cancelled)
            #expect(scene.hospital.cancelled == ["history-slot-1"] && scene.hospital.bookings.isEmpty)
            #expect(try await scene.announced() == [BookingConfirmed.type, BookingCancelled.type])
            #expect(try await scene.saga.book(BookingScene.wish()).state == .booked)
        }
    }

    @Test("B-01 Refusal 75, already cancelled there, is a cancellation")
    func alreadyCancelled() async throws {
        try await BookingScene.run { scene in
            let id = try await Self.booked(scene)
            scene.hospital.set { $0.onCancel = .refuses(75, .bookingUnknownOrCancelled) }
            #expect(try await scene.saga.cancel(id, by: "operator2").state == .cancelled)
            #expect(try await scene.announced(BookingCancelled.self).map(\.bookingID) == [id])
        }
    }

    @Test("B-03 A cancellation without an answer is read back", arguments: [true, false])
    func lost(carriedOut: Bool) async throws {
        try await BookingScene.run { scene in
            let id = try await Self.booked(scene)
            scene.hospital.set { $0.onCancel = carriedOut ? .lostAfterwards : .lostBefore }
            #expect(try await scene.saga.cancel(id, by: "operator2").state == .cancelling)
            scene.hospital.set { $0.onCancel = .done }
            try await scene.reconcile()
            #expect(try await scene.state(id) == .cancelled)
            #expect(scene.hospital.bookings.isEmpty)
            #expect(scene.hospital.cancelled.count == (carriedOut ? 1 : 2))
            #expect(try await scene.announced(BookingCancelled.self).count == 1)
        }
    }

    @Test("B-03 A visit whose id was never read is looked up before it is cancelled")
    func unknownHistoryID() async throws {
        try await BookingScene.run { scene in
            scene.hospital.set { $0.isReadable = false }
            let id = try await Self.booked(scene)
            #expect(try await scene.store.find(id)?.misBookingID == nil)
            #expect(try await scene.saga.cancel(id, by: "operator2").state == .cancelling)
            #expect(scene.hospital.cancelled.isEmpty)
            scene.hospital.set { $0.isReadable = true }
            try await scene.reconcile()
            #expect(try await scene.state(id) == .cancelled)
            #expect(scene.hospital.cancelled == ["history-slot-1"])
        }
    }

    @Test("B-01 What is not there or not booked cannot be cancelled")
    func refused() async throws {
        try await BookingScene.run { scene in
            #expect(
                try await scene.refusal { try await scene.saga.cancel(UUID(), by: "operator2") } == "no-such-booking")
            scene.hospital.set { $0.onBook = .refuses(39, .slotTaken) }
            let wish = BookingScene.wish()
            _ = try await scene.saga.book(wish)
            #expect(
                try await scene.refusal { try await scene.saga.cancel(wish.bookingID, by: "operator2") } == "not-booked"
            )
        }
    }

    @Test("B-03 A cancellation that stays open for ten minutes goes to a person", arguments: [true, false])
    func manual(isReadable: Bool) async throws {
        try await BookingScene.run { scene in
            let id = try await Self.booked(scene)
            scene.hospital.set {
                $0.onCancel = .refuses(1, .accessDenied)
                $0.isReadable = isReadable
            }
            #expect(try await scene.saga.cancel(id, by: "operator2").state == .cancelling)
            let since = try await scene.store.find(id)?.changedAt
            try await scene.reconcile()
            // Looking at it does not make it younger.
            #expect(try await scene.store.find(id)?.changedAt == since)
            #expect(try await scene.state(id) == .cancelling)
            try await scene.age(id)
            try await scene.reconcile()
            #expect(try await scene.state(id) == .manual)
            let told = try await scene.announced(BookingFailed.self)
            #expect(told.map(\.state) == [.manual] && told.first?.isCancelling == true)
            // It may be tried again when the МИС is well.
            scene.hospital.set {
                $0.onCancel = .done
                $0.isReadable = true
            }
            #expect(try await scene.saga.cancel(id, by: "operator2").state == .cancelled)
        }
    }
}
