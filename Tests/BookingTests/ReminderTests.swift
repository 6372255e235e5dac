import Contracts
import Foundation
import Messaging
import MessagingTestSupport
import Postgres
import Testing

@testable import Booking

/// What citizens answer to reminders.
@Suite(.timeLimit(.minutes(10))) struct ReminderTests {
    private static func booked(_ scene: BookingScene, _ slot: String = "slot-1") async throws -> UUID {
        let start = BookingScene.start.addingTimeInterval(slot == "slot-1" ? 0 : 900)
        let wish = BookingScene.wish(UUID(), BookingScene.visit(slot, at: start))
        #expect(try await scene.saga.book(wish).state == .booked)
        return wish.bookingID
    }

    private static func answer(
        _ booking: UUID?, _ choice: VoiceChoice, _ kind: CallbackKind = .appointmentReminder
    ) -> CallbackAnswered {
        CallbackAnswered(
            callbackID: UUID(), kind: kind, appealID: nil, bookingID: booking, choice: choice, answeredAt: Date())
    }

    @Test("2 cancels the visit in the МИС, once; 1, silence and a call for an operator leave it as it is")
    func answers() async throws {
        try await BookingScene.run { scene in
            let hearing = try Hearing(.booking, BookingEvents.handlers, database: scene.store.database)
            let kept = try await Self.booked(scene)
            for choice in [VoiceChoice.willCome, .heard, .asksOperator] {
                try await hearing.hear(Self.answer(kept, choice))
            }
            #expect(try await scene.state(kept) == .booked)
            let row = try #require(
                try await scene.store.database.query("SELECT confirmed_at FROM booking WHERE id = \(kept)").first)
            #expect(try row.decode("confirmed_at", as: Date?.self) != nil)
            let cancelled = try await Self.booked(scene, "slot-2")
            for _ in 0..<2 { try await hearing.hear(Self.answer(cancelled, .cancels)) }
            #expect(try await scene.state(cancelled) == .cancelling)
            try await scene.reconcile()
            #expect(try await scene.state(cancelled) == .cancelled)
            try await hearing.hear(Self.answer(cancelled, .cancels))
            #expect(try await scene.state(cancelled) == .cancelled)
            #expect(scene.hospital.cancelled == ["history-slot-2"])
            #expect(try await scene.announced(BookingCancelled.self).map(\.bookingID) == [cancelled])
        }
    }

    @Test("Answers to other voices, and to visits that nobody knows, change nothing")
    func others() async throws {
        try await BookingScene.run { scene in
            let hearing = try Hearing(.booking, BookingEvents.handlers, database: scene.store.database)
            let kept = try await Self.booked(scene)
            try await hearing.hear(
                Self.answer(kept, .cancels, .waitingListOffer), Self.answer(UUID(), .cancels),
                Self.answer(nil, .cancels))
            #expect(try await scene.state(kept) == .booked)
        }
    }
}
