import Contracts
import Foundation
import Messaging
import Postgres
import TestSupport
import Testing
import Vocabulary

@testable import CallIntake

/// The store and the lease on a real PostgreSQL.
@Suite struct LineStoreTests {
    static func withStore(_ body: (LineStore, ExchangeLease) async throws -> Void) async throws {
        try await withTestDatabase(migrations: [.messaging, Self.migrations]) { database in
            let lease = try #require(try await ExchangeLease.take("pbx", holder: "one", database: database))
            try await body(LineStore(database: database, exchange: "pbx"), lease)
        }
    }

    // Not `Bundle.module`: these are the files as they are in the source.
    private static let migrations = MigrationSet(
        component: "call-intake",
        directory: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Services/CallIntake/Migrations"))

    private static func outboxCount(_ store: LineStore) async throws -> Int64 {
        try await store.database.query("SELECT count(*) FROM outbox_message").first?.decode(Int64.self) ?? -1
    }

    /// Writes what a scene's line gives out.
    static func write(
        _ scene: inout LineScene, to store: LineStore, _ lease: ExchangeLease, number: Int64
    ) async throws {
        var output = LineOutput()
        output.calls = scene.calls
        output.operators = scene.operators
        output.dials = scene.dials
        output.recordings = scene.recordings
        output.hearings = scene.hearings
        output.events = scene.events
        scene.told += scene.events.count
        scene.events = []
        try await store.write(output, fence: lease.fence, number: number)
    }

    @Test("A-13 Who listened to whom is a row that is kept: while it goes on, and with its end")
    func supervision() async throws {
        try await Self.withStore { store, lease in
            var scene = LineScene()
            try scene.ready("1")
            let call = scene.call("a")
            scene.pickUp(call)
            try scene.give(
                .supervise(SuperviseCall(callID: call, supervisorID: "boss", telephone: "900", mode: .whisper)))
            let leg = try #require(scene.calls[call]?.supervisions.first?.leg)
            scene.happen(.legAnswered(leg: leg))
            func rows() async throws -> [(String, String, String?, String, Date, Date?)] {
                try await store.database.query(
                    "SELECT supervisor_id, operator_id, telephone, mode, started_at, ended_at FROM supervision"
                ).map { try $0.decode(String.self, String.self, String?.self, String.self, Date.self, Date?.self) }
            }
            try await Self.write(&scene, to: store, lease, number: 1)
            let living = try #require(try await rows().first)
            #expect(living.0 == "boss" && living.1 == "1" && living.2 == "900" && living.3 == "whisper")
            #expect(living.4 == scene.now && living.5 == nil)
            scene.pass(30)
            scene.end("a")
            try await Self.write(&scene, to: store, lease, number: 2)
            #expect(try await rows().map { $0.5 } == [scene.now])
        }
    }

    @Test("A-12 E-404 After a restart the line knows what it dialled today, and the extension that is still to be sent")
    func dials() async throws {
        try await Self.withStore { store, lease in
            var scene = LineScene()
            scene.now = Date()
            let number = try PhoneNumber(parsing: "+78452411328;ext=12")
            for isOver in [true, false] {
                let request = DialCitizen(
                    attemptID: UUID(), callbackID: UUID(), number: number, preferredOperatorID: nil,
                    originalCallID: UUID())
                try scene.give(.dial(request))
                if isOver { scene.end("dial-\(request.attemptID.uuidString.lowercased())", cause: 17) }
            }
            try await Self.write(&scene, to: store, lease, number: 1)
            let line = try await store.read(plan: .bare, calendar: nil, fence: lease.fence).line
            #expect(line.dials.values.map(\.number) == [number])
            #expect(line.dialTimes.count(number, at: scene.now) == 2)
        }
    }

    @Test("A-04 The caller id as it came stands in the row of the call, whatever was read from it")
    func callerAsSignalled() async throws {
        try await Self.withStore { store, lease in
            var scene = LineScene()
            scene.call("a", from: "+79270000401;npdi;rn=+79581234567")
            scene.call("b", from: "375290000401")
            scene.call("c", from: "+79270000401")
            scene.call("d", from: "привет")
            try await Self.write(&scene, to: store, lease, number: 1)
            let rows = try await store.database.query(
                "SELECT caller, caller_signalled FROM call ORDER BY channel_id"
            ).map { try $0.decode(String.self, String?.self) }
            #expect(rows.map(\.0) == ["+79270000401", "+375290000401", "+79270000401", "malformed"])
            #expect(rows.map(\.1) == ["+79270000401;npdi;rn=+79581234567", "375290000401", nil, "привет"])
            // And it outlives a restart of the service and the end of the call.
            #expect(try await store.read(plan: .bare, calendar: nil, fence: lease.fence).line.calls == scene.line.calls)
        }
    }

    @Test("T-01 What the line holds comes back as it was after a restart")
    func roundTrip() async throws {
        try await Self.withStore { store, lease in
            var scene = LineScene()
            try scene.ready("1")
            let talking = scene.call("a")
            scene.pickUp(talking)
            scene.call("b", from: nil)
            scene.call("c", from: "привет")
            let broken = scene.call("d", from: "+79990000077")
            try scene.ready("2")
            scene.now = Date(timeIntervalSince1970: 1_795_230_010)
            try await Self.write(&scene, to: store, lease, number: 1)
            let line = try await store.read(plan: .bare, calendar: nil, fence: lease.fence).line
            #expect(line.calls == scene.line.calls)
            #expect(line.operators == scene.line.operators)
            #expect(line.channels == scene.line.channels)
            #expect(line.calls[broken] != nil)
            let announced = Int64(scene.told)
            #expect(try await Self.outboxCount(store) == announced)
        }
    }

    @Test("T-01 C-01 The row of a call follows what becomes of it: a callback, whoever the citizen goes back to")
    func laterWrites() async throws {
        try await Self.withStore { store, lease in
            var plan = LinePlan.bare
            plan.callbackOrder = .operator
            var scene = LineScene(plan: plan)
            for id in ["1", "2", "3", "4"] { try scene.ready(id) }
            let broken = scene.call("a")
            scene.pickUp(broken)
            let transferred = scene.call("b", from: "+79990000006")
            scene.pickUp(transferred)
            let order = TransferOrder(kind: .blind, target: .operator("4"), title: "старший")
            try scene.control(transferred, "2", .transfer(order))
            scene.end("a", cause: 38)
            let attempt = CallbackIdentity.attempt(of: broken, 1)
            let waiting = try #require(scene.calls.values.first { $0.attemptID == attempt })
            try await Self.write(&scene, to: store, lease, number: 1)
            scene.pickUp(waiting.id)
            scene.happen(.citizenAnswered(channel: waiting.channel, attemptID: attempt, callID: UUID()))
            scene.end(scene.calls[transferred]?.transfer?.leg ?? "no leg", cause: 17)
            #expect(scene.calls[waiting.id]?.callbackID == CallbackIdentity.callback(of: broken))
            #expect(scene.calls[transferred]?.preferredOperatorID == "2")
            try await Self.write(&scene, to: store, lease, number: 2)
            #expect(try await store.read(plan: plan, calendar: nil, fence: lease.fence).line.calls == scene.line.calls)
            // The rows are what reports and the audit read.
            let rows = try await store.database.query("SELECT id, callback_id, preferred_operator_id FROM call")
            for row in rows {
                let (id, callback, preferred) = try row.decode(UUID.self, UUID?.self, String?.self)
                let call = try #require(scene.calls[id])
                #expect(callback == call.callbackID && preferred == call.preferredOperatorID)
            }
            #expect(rows.count == 3)
        }
    }

    @Test("T-15 An ended call is not read again, the dial that it led to is")
    func endedCall() async throws {
        try await Self.withStore { store, lease in
            var scene = LineScene()
            try scene.ready("1")
            let call = scene.call("a")
            scene.pickUp(call)
            let leg = scene.leg(of: call)
            scene.end("a", cause: 38)
            scene.end(leg)
            scene.takeDial()
            try await Self.write(&scene, to: store, lease, number: 1)
            let line = try await store.read(plan: .bare, calendar: nil, fence: lease.fence).line
            #expect(line.calls.isEmpty)
            #expect(line.dials == scene.line.dials)
            let attempt = CallbackIdentity.attempt(of: call, 1)
            #expect(line.dials[attempt]?.state == .sending)
            #expect(line.dials[attempt]?.acceptedAt == scene.now, "A-11 the stamps outlive a restart")
            #expect(try await store.dialState(attempt) == .sending)
        }
    }

    @Test("A-01 The table takes each outcome with and without a conversation exactly where the rules allow it")
    func everyOutcome() async throws {
        try await Self.withStore { store, lease in
            let began = Date(timeIntervalSince1970: 1_795_230_000)
            var written: Int64 = 0
            for outcome in CallOutcome.allCases {
                for isAnswered in [false, true] {
                    var call = Call(
                        id: UUID(), channel: "c", caller: .hidden, line: "122", ordinal: 1, receivedAt: began)
                    call.state = .ended
                    call.outcome = outcome
                    call.answeredAt = isAnswered ? began + 5 : nil
                    call.endedAt = began + 60
                    let output = LineOutput(calls: [call.id: call])
                    do {
                        try await store.write(output, fence: lease.fence, number: written + 1)
                        #expect(outcome.fits(isAnswered: isAnswered), "\(outcome), answered: \(isAnswered)")
                    } catch let error as PostgresError {
                        #expect(!outcome.fits(isAnswered: isAnswered), "\(outcome), answered: \(isAnswered)")
                        #expect(error.constraintName == "call_outcome_fits" && isOfValues(error))
                        // Marked, the call is kept whatever became of it.
                        try await store.write(
                            output, fence: lease.fence, number: written + 1,
                            faults: [call.id: faultDescription(of: error)])
                        let rows = try await store.database.query(
                            "SELECT outcome, fault FROM call WHERE id = \(call.id)")
                        let (kept, fault) = try #require(rows.first).decode(String.self, String.self)
                        #expect(kept == outcome.rawValue && fault == "23514 call_outcome_fits")
                    }
                    written += 1
                }
            }
            #expect(written == Int64(CallOutcome.allCases.count * 2))
        }
    }

    /// After hours: who has spoken is left to the secretary, because the operator's telephone was lost and then not
    /// picked up.
    private static func leftToSecretary() throws -> (LineScene, UUID) {
        var scene = LineScene(calendar: try LineArrivalTests.calendar())
        scene.now = try LineArrivalTests.moment("2026-11-20 17:58")
        try scene.ready("1")
        let call = scene.call("a")
        scene.pickUp(call)
        scene.pass(180)
        scene.end(scene.leg(of: call), cause: 38)
        #expect(scene.calls[call]?.state == .ringing)
        scene.end(scene.leg(of: call), cause: 19)
        #expect(scene.calls[call]?.state == .secretary)
        return (scene, call)
    }

    @Test("A-01 A caller who has spoken and leaves the secretary a message, or hangs up, is kept like any other")
    func spokenAndRecorded() async throws {
        for leavesMessage in [true, false] {
            try await Self.withStore { store, lease in
                var (scene, call) = try Self.leftToSecretary()
                if leavesMessage {
                    scene.finishSaying(call)
                    let name = try #require(scene.recordings.values.first { $0.kind == .message }).name
                    scene.happen(.recordingFinished(name: name, seconds: 7, spoken: 6))
                }
                scene.end("a")
                try await Self.write(&scene, to: store, lease, number: 1)
                let rows = try await store.database.query(
                    "SELECT outcome, answered_at IS NOT NULL, fault FROM call WHERE id = \(call)")
                let (outcome, isAnswered, fault) = try #require(rows.first).decode(
                    String.self, Bool.self, String?.self)
                #expect(outcome == (leavesMessage ? CallOutcome.messageLeft : .noMessage).rawValue)
                #expect(isAnswered && fault == nil)
            }
        }
    }

    @Test("T-15 A write whose commit was not heard and that is given again announces nothing twice")
    func writtenTwice() async throws {
        try await Self.withStore { store, lease in
            var output = LineOutput()
            let id = UUID()
            output.events = [CallReceived(callID: id, caller: .hidden, line: "122", receivedAt: Date())]
            for _ in 0..<2 { try await store.write(output, fence: lease.fence, number: 1) }
            #expect(try await Self.outboxCount(store) == 1)
            try await store.write(output, fence: lease.fence, number: 2)
            #expect(try await Self.outboxCount(store) == 2)
        }
    }

    @Test("T-01 One replica owns the exchange; an earlier owner writes nothing any more")
    func fencing() async throws {
        try await Self.withStore { store, lease in
            #expect(try await ExchangeLease.take("pbx", holder: "two", database: store.database) == nil)
            try await lease.renew()
            #expect(lease.outlasts(ExchangeREST.deadline))
            try await lease.giveUp()
            #expect(!lease.outlasts(.zero))
            #expect(await !lease.margin(.zero))
            let next = try #require(try await ExchangeLease.take("pbx", holder: "two", database: store.database))
            #expect(next.fence == lease.fence + 1)
            await #expect(throws: LeaseLost.self) { try await lease.renew() }
            var output = LineOutput()
            output.events = [CallReceived(callID: UUID(), caller: .hidden, line: "122", receivedAt: Date())]
            await #expect(throws: LeaseLost.self) { try await store.write(output, fence: lease.fence, number: 1) }
            #expect(try await Self.outboxCount(store) == 0)
            try await store.write(output, fence: next.fence, number: 1)
            #expect(try await Self.outboxCount(store) == 1)
        }
    }
}
