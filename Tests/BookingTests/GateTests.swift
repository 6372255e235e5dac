import AMQP
import Contracts
import Foundation
import Messaging
import ServiceLifecycle
import TestSupport
import Testing

@testable import Booking

/// A МИС that hangs takes only its own part of booking with it.
@Suite(.timeLimit(.minutes(10))) struct GateTests {
    private let start = ContinuousClock.now

    @Test("C-207 Questions and orders have room of their own, and what leaves makes room")
    func compartments() {
        var gate = MISGate()
        for _ in 0..<MISGate.Compartment.questions.limit { #expect(gate.enter(.questions, at: self.start) == nil) }
        #expect(gate.enter(.questions, at: self.start) == .full)
        #expect(gate.enter(.orders, at: self.start) == nil)
        gate.leave(.questions, .abandoned, at: self.start)
        #expect(gate.enter(.questions, at: self.start) == nil)
    }

    @Test("C-207 After five silences in a row nobody waits for the next one, then one call is let through")
    func breaker() {
        var gate = MISGate()
        func call(_ ending: MISGate.Ending, after seconds: Int = 0) -> MISGate.Closed? {
            let now = self.start + .seconds(seconds)
            if let closed = gate.enter(.questions, at: now) { return closed }
            gate.leave(.questions, ending, at: now)
            return nil
        }
        for ending in [MISGate.Ending.silent, .silent, .silent, .silent, .answered, .silent, .silent, .silent, .silent]
        {
            #expect(call(ending) == nil)
        }
        #expect(!gate.isClosed)
        #expect(call(.silent) == nil && gate.isClosed)
        #expect(call(.answered) == .silent && gate.enter(.orders, at: self.start) == .silent)
        // The rest is over: one, and one only.
        let later = self.start + MISGate.rest
        #expect(gate.enter(.orders, at: later) == nil)
        #expect(gate.enter(.questions, at: later) == .silent)
        gate.leave(.orders, .silent, at: later)
        #expect(gate.enter(.questions, at: later) == .silent)
        // Who gave up says nothing: the next one is let through.
        let latest = later + MISGate.rest
        #expect(gate.enter(.questions, at: latest) == nil)
        gate.leave(.questions, .abandoned, at: latest)
        #expect(gate.enter(.questions, at: latest) == nil)
        gate.leave(.questions, .answered, at: latest)
        #expect(!gate.isClosed && gate.enter(.questions, at: latest) == nil)
    }

    @Test("C-207 Silences that were waited for before it was closed do not prolong the rest")
    func lateSilences() {
        var gate = MISGate()
        for _ in 0..<10 { #expect(gate.enter(.questions, at: self.start) == nil) }
        for _ in 0..<5 { gate.leave(.questions, .silent, at: self.start) }
        for _ in 0..<5 { gate.leave(.questions, .silent, at: self.start + .seconds(9)) }
        #expect(gate.enter(.questions, at: self.start + MISGate.rest) == nil)
    }

    @Test("C-207 A refusal, an unreadable answer and a catch-all code are no silence; a broken connection is")
    func silence() async throws {
        try await BookingScene.run { scene in
            let mis = GuardedMIS(scene.hospital, logger: quietLogger())
            for _ in 0..<10 {
                scene.hospital.set { $0.onBook = .refuses(39, .slotTaken) }
                await #expect(throws: MISError.self) {
                    try await mis.book(slot: "slot-1", clinic: 17, patient: "501", replacing: nil)
                }
            }
            let specialities = try await mis.specialities(clinic: 17, patient: "501")
            #expect(specialities.count == 1)
            scene.hospital.set { $0.isReadable = false }
            for _ in 0..<MISGate.silences {
                await #expect(throws: MISError.self) { try await mis.bookings(clinic: 17, patient: "501") }
            }
            scene.hospital.set { $0.asked = [] }
            let error = await #expect(throws: MISError.self) {
                try await mis.specialities(clinic: 17, patient: "501")
            }
            #expect(error?.kind == .unavailable && scene.hospital.asked.isEmpty)
        }
    }

    @Test("C-207 A question that was cut off by whoever asked says nothing of the МИС")
    func cutOff() async throws {
        try await BookingScene.run { scene in
            let mis = GuardedMIS(scene.hospital, logger: quietLogger())
            scene.hospital.set { $0.isReadable = false }
            for _ in 0..<(MISGate.silences * 2) {
                await Task {
                    withUnsafeCurrentTask { $0?.cancel() }
                    await #expect(throws: MISError.self) { try await mis.bookings(clinic: 17, patient: "501") }
                }.value
            }
            let specialities = try await mis.specialities(clinic: 17, patient: "501")
            #expect(specialities.count == 1)
        }
    }

    @Test("C-207 While two hundred questions hang, own rows are read, clinics are told and a visit is cancelled")
    func hanging() async throws {
        let gate = Turnstile()
        let topology = MessagingTopology(Contracts.registry).amqp
        try await withTestVirtualHost { url in
            try await withTestClient(url, topology: topology) { broker in
                try await BookingScene.run(questions: gate) { scene in
                    let mis = GuardedMIS(scene.hospital, logger: quietLogger())
                    let clinics = ClinicDirectory(mis: mis, logger: quietLogger())
                    async let firstList = clinics.read()
                    await gate.holds(1)
                    gate.open()
                    #expect(try await firstList.map(\.id) == [17])
                    let saga = BookingSaga(
                        store: scene.store, mis: mis, visits: VisitReader(mis: mis, clinics: clinics),
                        logger: quietLogger())
                    let wish = BookingScene.wish()
                    #expect(try await saga.book(wish).state == .booked)
                    gate.close()
                    let requests = BookingRequests(
                        store: scene.store, saga: saga, mis: mis, clinics: clinics, patients: scene.patients)
                    let server = RequestServer(
                        service: .booking, database: scene.store.database, broker: broker, logger: quietLogger(),
                        concurrency: BookingRequests.concurrency, handlers: requests.handlers)
                    let group = ServiceGroup(
                        configuration: .init(services: [.init(service: server)], logger: quietLogger()))
                    let client = RequestClient(service: .operatorDesk, broker: broker, logger: quietLogger())
                    try await withThrowingTaskGroup { tasks in
                        tasks.addTask { try await group.run() }
                        for _ in 0..<200 {
                            tasks.addTask {
                                // Some are let in and hang, the others are told at once that it is too much.
                                _ = try? await client.ask(
                                    ListSpecialities(clinicID: "17", patientID: "501"), deadline: .seconds(60))
                            }
                        }
                        await gate.holds(MISGate.Compartment.questions.limit)
                        let appealID = try #require(wish.appealID)
                        #expect(try await client.ask(ListBookings(appealID: appealID)).map(\.state) == [.booked])
                        #expect(try await client.ask(ListClinics()).map(\.clinicID) == ["17"])
                        let cancelled = try await client.ask(
                            CancelBooking(bookingID: wish.bookingID, operatorID: "operator1"))
                        #expect(cancelled.state == .cancelled && scene.hospital.cancelled == ["history-slot-1"])
                        gate.open()
                        await group.triggerGracefulShutdown()
                        try await tasks.waitForAll()
                    }
                }
            }
        }
    }

    @Test("C-207 The list of clinics is read once, without those that take no bookings")
    func directory() async throws {
        try await BookingScene.run { scene in
            for _ in 0..<5 {
                let clinics = try await scene.clinics.clinics()
                #expect(clinics.map(\.id) == [17])
            }
            #expect(scene.hospital.asked == ["clinics"])
        }
    }
}
