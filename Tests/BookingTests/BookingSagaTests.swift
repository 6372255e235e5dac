import Contracts
import Foundation
import Messaging
import Postgres
import Testing

@testable import Booking

@Suite(.timeLimit(.minutes(10))) struct BookingSagaTests {
    @Test("B-01 A visit that the МИС takes is booked, told of and can be cancelled by the id of the history")
    func booked() async throws {
        try await BookingScene.run { scene in
            let wish = BookingScene.wish()
            let view = try await scene.saga.book(wish)
            #expect(view.state == .booked && view.visit == BookingScene.visit() && view.refusal == nil)
            try await scene.reconcile()
            #expect(try await scene.store.find(wish.bookingID)?.misBookingID == "history-slot-1")
            let events = try await scene.announced(BookingConfirmed.self)
            #expect(events.map(\.bookingID) == [wish.bookingID] && events.first?.appealID == wish.appealID)
            #expect(try await scene.store.nextOpen() == nil)
        }
    }

    @Test("B-01 A refusal of the МИС is final, with its code and an advice")
    func refused() async throws {
        try await BookingScene.run { scene in
            scene.hospital.set { $0.onBook = .refuses(39, .slotTaken) }
            let wish = BookingScene.wish()
            let view = try await scene.saga.book(wish)
            #expect(view.state == .refused && view.refusal?.code == 39)
            #expect(view.refusal?.advice == MISAdvice.text(for: .slotTaken))
            #expect(try await scene.announced() == [BookingFailed.type])
            // The slot is free for another wish.
            scene.hospital.set { $0.onBook = .done }
            #expect(try await scene.saga.book(BookingScene.wish()).state == .booked)
        }
    }

    @Test("B-03 A time-out after the МИС has booked is read back and becomes a booking, without a second order")
    func lostAfterCommit() async throws {
        try await BookingScene.run { scene in
            scene.hospital.set { $0.onBook = .lostAfterwards }
            let wish = BookingScene.wish()
            #expect(try await scene.saga.book(wish).state == .unknown)
            #expect(try await scene.announced().isEmpty)
            try await scene.reconcile()
            #expect(try await scene.state(wish.bookingID) == .booked)
            #expect(try await scene.announced() == [BookingConfirmed.type])
            #expect(scene.hospital.booked == ["slot-1"] && scene.hospital.bookings.count == 1)
        }
    }

    @Test("B-03 A time-out before the МИС has booked ends after the readings, without a second order")
    func lostBeforeCommit() async throws {
        try await BookingScene.run { scene in
            scene.hospital.set { $0.onBook = .lostBefore }
            let wish = BookingScene.wish()
            #expect(try await scene.saga.book(wish).state == .unknown)
            for _ in BookingRules.readings.indices.dropLast() {
                try await scene.reconcile()
                #expect(try await scene.state(wish.bookingID) == .unknown)
            }
            try await scene.reconcile()
            #expect(try await scene.store.find(wish.bookingID)?.refusal == MISAdvice.notBooked)
            #expect(try await scene.announced() == [BookingFailed.type])
            #expect(scene.hospital.booked == ["slot-1"])
        }
    }

    @Test("B-03 An order that is carried out late is found by a later reading")
    func lateOrder() async throws {
        try await BookingScene.run { scene in
            scene.hospital.set { $0.onBook = .lostBefore }
            let wish = BookingScene.wish()
            _ = try await scene.saga.book(wish)
            try await scene.reconcile()
            try await scene.reconcile()
            let late = scene.hospital.entry("slot-1")
            scene.hospital.set { $0.bookings += late }
            try await scene.reconcile()
            #expect(try await scene.state(wish.bookingID) == .booked)
        }
    }

    @Test("B-03 While the МИС is away nothing is kept, and the same booking can be asked for again")
    func away() async throws {
        try await BookingScene.run { scene in
            scene.hospital.set { $0.onBook = .away }
            let wish = BookingScene.wish()
            let refusal = try await scene.refusal { try await scene.saga.book(wish) }
            #expect(refusal == "mis-away")
            #expect(try await scene.store.find(wish.bookingID) == nil)
            #expect(try await scene.announced().isEmpty)
            scene.hospital.set { $0.onBook = .done }
            #expect(try await scene.saga.book(wish).state == .booked)
        }
    }

    @Test("B-03 A booking asked for twice, also at once, is one order to the МИС")
    func askedTwice() async throws {
        try await BookingScene.run { scene in
            let wish = BookingScene.wish()
            let saga = scene.saga
            let states = try await withThrowingTaskGroup(of: BookingState.self) { group in
                for _ in 0..<8 { group.addTask { try await saga.book(wish).state } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(states.contains(.booked) && Set(states).isSubset(of: [.booked, .sending]))
            #expect(try await saga.book(wish).state == .booked)
            #expect(scene.hospital.booked == ["slot-1"])
            #expect(try await scene.announced() == [BookingConfirmed.type])
        }
    }

    @Test("B-03 A booking id that was used for another visit or patient is refused")
    func idReused() async throws {
        try await BookingScene.run { scene in
            let wish = BookingScene.wish()
            _ = try await scene.saga.book(wish)
            let other = BookingScene.wish(wish.bookingID, BookingScene.visit("slot-2"))
            #expect(try await scene.refusal { try await scene.saga.book(other) } == "booking-differs")
            let patient = BookingScene.wish(wish.bookingID, patient: "502")
            #expect(try await scene.refusal { try await scene.saga.book(patient) } == "booking-differs")
            #expect(scene.hospital.booked == ["slot-1"])
        }
    }

    @Test("B-03 A slot that another booking of ours has is refused before the МИС is asked")
    func slotInUse() async throws {
        try await BookingScene.run { scene in
            _ = try await scene.saga.book(BookingScene.wish())
            #expect(
                try await scene.refusal { try await scene.saga.book(BookingScene.wish(patient: "502")) }
                    == "slot-in-use")
            let second = BookingScene.visit("slot-2", at: BookingScene.start.addingTimeInterval(900))
            #expect(try await scene.saga.book(BookingScene.wish(UUID(), second)).state == .booked)
            #expect(scene.hospital.booked == ["slot-1", "slot-2"])
        }
    }

    @Test(
        "B-03 A crash between order and note is looked into: booked when the history shows it",
        arguments: [true, false])
    func crash(carriedOut: Bool) async throws {
        try await BookingScene.run { scene in
            let wish = BookingScene.wish()
            #expect(try await scene.store.begin(wish, BookingScene.visit()) == nil)
            // The order went out; the process died.
            if carriedOut { try await scene.hospital.book(slot: "slot-1", clinic: 17, patient: "501", replacing: nil) }
            // While the claim holds, nobody else touches it.
            #expect(try await scene.store.claimOpen(limit: 10).isEmpty)
            for _ in BookingRules.readings { try await scene.reconcile() }
            #expect(try await scene.state(wish.bookingID) == (carriedOut ? .booked : .refused))
            #expect(try await scene.announced() == [carriedOut ? BookingConfirmed.type : BookingFailed.type])
            #expect(scene.hospital.booked.count == (carriedOut ? 1 : 0))
        }
    }

    @Test("B-03 When the МИС cannot be read for ten minutes a person must look")
    func manual() async throws {
        try await BookingScene.run { scene in
            scene.hospital.set {
                $0.onBook = .lostAfterwards
                $0.isReadable = false
            }
            let wish = BookingScene.wish()
            _ = try await scene.saga.book(wish)
            try await scene.reconcile()
            #expect(try await scene.state(wish.bookingID) == .unknown)
            try await scene.age(wish.bookingID)
            try await scene.reconcile()
            #expect(try await scene.state(wish.bookingID) == .manual)
            #expect(try await scene.announced(BookingFailed.self).map(\.state) == [.manual])
            // The slot stays ours until the person has looked.
            #expect(try await scene.refusal { try await scene.saga.book(BookingScene.wish()) } == "slot-in-use")
        }
    }

    @Test("B-03 A visit is answered as soon as the МИС has taken it; its id there is read later, and not for ever")
    func idLater() async throws {
        try await BookingScene.run { scene in
            scene.hospital.set { $0.isReadable = false }
            let wish = BookingScene.wish()
            #expect(try await scene.saga.book(wish).state == .booked)
            #expect(try await scene.announced() == [BookingConfirmed.type])
            try await scene.reconcile()
            #expect(try await scene.store.find(wish.bookingID)?.misBookingID == nil)
            #expect(try await scene.store.nextOpen() != nil)
            scene.hospital.set { $0.isReadable = true }
            try await scene.reconcile()
            let known = try #require(try await scene.store.find(wish.bookingID))
            #expect(known.state == .booked && known.misBookingID == "history-slot-1" && known.resolvedBy == nil)
            #expect(try await scene.store.nextOpen() == nil)
            #expect(try await scene.announced() == [BookingConfirmed.type])
        }
        try await BookingScene.run { scene in
            scene.hospital.set { $0.isReadable = false }
            let wish = BookingScene.wish()
            _ = try await scene.saga.book(wish)
            try await scene.age(wish.bookingID)
            try await scene.reconcile()
            #expect(try await scene.state(wish.bookingID) == .booked)
            #expect(try await scene.store.nextOpen() == nil)
            #expect(try await scene.announced() == [BookingConfirmed.type])
        }
    }

    @Test("B-03 Whose first try took the slot is told of the booking, not that the slot is gone")
    func ownSlotGone() async throws {
        let gate = Turnstile()
        try await BookingScene.run(questions: gate) { scene in
            let (saga, wish) = (scene.saga, BookingScene.wish())
            async let again = saga.book(wish)
            await gate.holds(1)
            // Meanwhile the first try has noted its wish, and the МИС has taken it.
            #expect(try await scene.store.begin(wish, BookingScene.visit()) == nil)
            scene.hospital.set { $0.gone = ["slot-1"] }
            gate.open()
            #expect(try await again.state == .sending)
            #expect(scene.hospital.booked.isEmpty)
            // To everybody else it is gone.
            let other = try await scene.refusal { try await saga.book(BookingScene.wish(patient: "502")) }
            #expect(other == "slot-gone")
        }
    }
}
