import AMQP
import Contracts
import Foundation
import Messaging
import Postgres
import TestSupport
import Testing
import Vocabulary

@testable import CallIntake

/// The driver of a line on a real PostgreSQL: whatever the database refuses, the line goes on.
@Suite(.timeLimit(.minutes(2))) struct LineDriverTests {
    /// A driver at work, connected to an exchange that holds nothing. Commands go nowhere.
    struct Scene: Sendable {
        let driver: LineDriver
        let store: LineStore
        let lease: ExchangeLease

        @discardableResult
        func ask(_ input: LineInput) async throws -> LineAnswer { try await self.driver.ask(input, key: UUID()) }

        /// All that was submitted before is committed.
        func settle() async throws { try await self.ask(.tick) }

        @discardableResult
        func call(_ channel: String, from number: String) async -> UUID {
            let id = UUID()
            await self.driver.submit(
                .callerEntered(channel: channel, caller: CallerNumber(raw: number), line: "122", callID: id))
            return id
        }

        func ready(_ id: String, name: String? = nil, telephone: String? = nil) async throws {
            try await self.ask(
                .setOperator(
                    SetOperatorState(
                        operatorID: id, displayName: name ?? id, telephone: telephone ?? "10\(id)", state: .ready)))
        }

        /// A call that operator 1 has.
        func talking() async throws -> UUID {
            try await self.ready("1")
            let call = await self.call("talking", from: "+79990000001")
            try await self.settle()
            await self.driver.submit(.legAnswered(leg: "op-\(call.uuidString.lowercased())-1"))
            try await self.settle()
            return call
        }

        func state(of call: UUID) async -> CallState? {
            await self.driver.view.calls.first { $0.callID == call }?.state
        }

        func fault(of call: UUID) async throws -> String? {
            let row = try await self.store.database.query("SELECT fault FROM call WHERE id = \(call)").first
            return try #require(row, "the call has a row").decode("fault", as: String?.self)
        }

        /// How often an event of this type was announced, of this call.
        func announced(_ type: String, _ call: UUID) async throws -> Int64 {
            let rows = try await self.store.database.query(
                "SELECT count(*) FROM outbox_message WHERE type = \(type) AND subject = \("call/\(call)")")
            return try #require(rows.first).decode(Int64.self)
        }
    }

    /// - Parameter isOver: whether the driver may have failed by then.
    static func withDriver(
        failing isOver: Bool = false, _ body: (Scene, Task<Void, any Error>) async throws -> Void
    ) async throws {
        try await LineStoreTests.withStore { store, lease in
            let kept = try await store.read(plan: .bare, calendar: nil, fence: lease.fence)
            let driver = LineDriver(line: kept.line, store: store, fence: lease.fence, logger: quietLogger())
            let work = Task { try await driver.run() }
            await driver.submit(
                .exchangeRead(
                    ExchangeSnapshot(channels: [:], bridges: [:]), known: [], freshIDs: [], isRestarted: false))
            do {
                try await body(Scene(driver: driver, store: store, lease: lease), work)
            } catch {
                await driver.close()
                _ = await work.result
                throw error
            }
            await driver.close()
            if isOver { _ = await work.result } else { try await work.value }
        }
    }

    // MARK: What has happened

    @Test("A-01 A call whose row breaks a rule is kept alone, marked; its neighbours are unharmed and the line goes on")
    func markedCall() async throws {
        try await Self.withDriver { scene, _ in
            try await scene.store.database.execute(
                "ALTER TABLE call ADD CHECK (fault IS NOT NULL OR caller <> '+79990000013')")
            var calls: [UUID] = []
            for number in 10..<20 { calls.append(await scene.call("c\(number)", from: "+799900000\(number)")) }
            try await scene.settle()
            for (place, call) in calls.enumerated() {
                let fault = try await scene.fault(of: call)
                #expect((fault == nil) == (place != 3), "\(place): \(fault ?? "none")")
                #expect(try await scene.announced("call.received", call) == 1)
            }
            let fault = try await scene.fault(of: calls[3])
            #expect(fault?.hasPrefix("23514 ") == true)
            // An order for it is carried out, and its end is kept and told once.
            try await scene.ready("1")
            await scene.driver.submit(.channelEnded(channel: "c13", cause: 16, technical: nil))
            try await scene.settle()
            #expect(try await scene.announced("call.ended", calls[3]) == 1)
            let row = try #require(
                try await scene.store.database.query("SELECT outcome FROM call WHERE id = \(calls[3])").first)
            #expect(try row.decode("outcome", as: String.self) == CallOutcome.abandonedInQueue.rawValue)
            #expect(await scene.driver.counts.calls == 9)
        }
    }

    @Test("A-01 A call that cannot be kept at all is served and announced; nothing else is lost")
    func lostCall() async throws {
        try await Self.withDriver { scene, _ in
            try await scene.store.database.execute("ALTER TABLE call ADD CHECK (caller <> '+79990000013')")
            let lost = await scene.call("lost", from: "+79990000013")
            // Too long for the index of living channels (54000).
            let long = await scene.call(String.random(bytes: 20_000), from: "+79990000014")
            let kept = await scene.call("kept", from: "+79990000015")
            try await scene.ready("1")
            #expect(await scene.state(of: lost) == .ringing)
            #expect(await scene.state(of: long) == .waiting)
            #expect(try await scene.fault(of: kept) == nil)
            for call in [lost, long, kept] { #expect(try await scene.announced("call.received", call) == 1) }
            #expect(try await scene.store.isKnown(lost, to: try PhoneNumber(parsing: "+79990000013")) == nil)
        }
    }

    // MARK: Orders

    @Test("A-02 An order whose text the database refuses is refused alone, and leaves nothing behind")
    func refusedOrders() async throws {
        try await Self.withDriver { scene, _ in
            let call = try await scene.talking()
            try await withThrowingTaskGroup { group in
                for number in 0..<30 {
                    group.addTask {
                        let isBad = number % 10 == 3
                        let result = await Result.of {
                            try await scene.ready(
                                "n\(number)", name: isBad ? "Анна\u{0}" : "Анна", telephone: "2\(number)")
                        }
                        switch result {
                        case .success: #expect(!isBad)
                        case .failure(let error):
                            let refusal = try #require(error as? Refusal)
                            #expect(isBad && refusal.errorID == "value-refused" && refusal.verdict == .refused)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let names = Set(await scene.driver.view.operators.map(\.operatorID))
            #expect(names == Set(["1"] + (0..<30).filter { $0 % 10 != 3 }.map { "n\($0)" }))
            let order = TransferOrder(kind: .consult, target: .number("88452000000"), title: "Поликлиника\u{0}")
            let refusal = await #expect(throws: Refusal.self) {
                try await scene.ask(.control(ControlCall(callID: call, operatorID: "1", action: .transfer(order))))
            }
            #expect(refusal?.errorID == "value-refused")
            let view = try #require(await scene.driver.view.calls.first { $0.callID == call })
            #expect(view.state == .talking && view.transfer == nil)
            try await scene.ask(.control(ControlCall(callID: call, operatorID: "1", action: .hold)))
            #expect(await scene.state(of: call) == .held)
        }
    }

    @Test(
        "A-01 An order whose consequence breaks a rule of a table is carried out all the same, and its call kept marked"
    )
    func orderAgainstRule() async throws {
        try await Self.withDriver { scene, _ in
            let call = try await scene.talking()
            try await scene.store.database.execute(
                "ALTER TABLE call ADD CHECK (fault IS NOT NULL OR state <> 'held')")
            for (action, state) in [(ControlCall.Action.hold, CallState.held), (.resume, .talking)] {
                try await scene.ask(.control(ControlCall(callID: call, operatorID: "1", action: action)))
                #expect(await scene.state(of: call) == state)
                let row = try #require(
                    try await scene.store.database.query("SELECT state, fault FROM call WHERE id = \(call)").first)
                let (kept, fault) = try row.decode(String.self, String?.self)
                #expect(kept == state.rawValue && fault?.hasPrefix("23514 ") == true)
            }
        }
    }

    @Test("A-03 A driver that fails leaves nobody waiting: who asked is told to try again")
    func failure() async throws {
        try await Self.withDriver(failing: true) { scene, work in
            try await scene.ready("1")
            let database = scene.store.database
            // The first order waits for the lock, the second for the first; then the table is gone.
            let (asked, second) = try await database.transaction { transaction in
                try await transaction.execute("ALTER TABLE operator RENAME TO gone")
                let first = Task { try await scene.ready("2") }
                try await eventually("the order waits for the lock") {
                    let rows = try await transaction.query(
                        "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'gone'::regclass")
                    return try #require(rows.first).decode(Int64.self) > 0
                }
                let second = Task { try await scene.ready("3") }
                try await eventually("the next order waits") { await scene.driver.counts.inputs == 1 }
                return (first, second)
            }
            for order in [asked, second] {
                let refusal = await #expect(throws: Refusal.self) { try await order.value }
                #expect(refusal?.errorID == "line-moves" && refusal?.verdict == .tryAgain)
            }
            await #expect(throws: PostgresError.self) { try await work.value }
            // Nor is anything taken any more.
            let late = await #expect(throws: Refusal.self) { try await scene.ready("4") }
            #expect(late?.verdict == .tryAgain)
            #expect(await scene.driver.submit(.tick) == false)
        }
    }

    @Test("A-14 That the exchange is away is heard although too much waits already")
    func fullInbox() async throws {
        try await LineStoreTests.withStore { store, lease in
            var line = Line(plan: .bare)
            line.isConnected = true
            let driver = LineDriver(line: line, store: store, fence: lease.fence, logger: quietLogger())
            while await driver.submit(.tick) {}
            #expect(await driver.submit(.tick) == false)
            #expect(await driver.submit(.exchangeLost))
            let work = Task { try await driver.run() }
            try await eventually("all is worked off") { await driver.counts.inputs == 0 }
            let order = CallCitizen(
                callID: UUID(), operatorID: "1", number: try PhoneNumber(parsing: "+79990000001"), originalCallID: nil)
            let refusal = await #expect(throws: Refusal.self) {
                try await driver.ask(.callCitizen(order), key: order.callID)
            }
            #expect(refusal?.errorID == "exchange-away")
            await driver.close()
            try await work.value
        }
    }

    @Test("A-15 An order that waits while the line moves to another owner is given to that one, within its deadline")
    func takeover() async throws {
        try await Self.withDriver { scene, _ in
            let broker = AMQPClient(
                try AMQPSettings(url: "amqp://nobody:x@127.0.0.1:1/none"), topology: AMQPTopology(),
                logger: quietLogger())
            let requests = LineRequests(
                exchanges: ["pbx"], telephones: [:], plan: .bare, directory: LineDirectory(),
                database: scene.store.database,
                client: RequestClient(service: .callIntake, broker: broker, logger: quietLogger()))
            // This one never works.
            let former = LineDriver(
                line: Line(plan: .bare), store: scene.store, fence: scene.lease.fence - 1, logger: quietLogger())
            requests.directory.set(former, for: "pbx")
            let handler = try #require(requests.shared.first { $0.type == SetOperatorState.type })
            let order = SetOperatorState(operatorID: "1", displayName: "Анна", telephone: "1001", state: .ready)
            let body = try MessageCoding.encoder.encode(order)
            let answer = Task { try await handler.answer(body, UUID(), scene.store.database) }
            try await eventually("the order waits") { await former.counts.inputs == 1 }
            requests.directory.set(scene.driver, for: "pbx")
            await former.close()
            let view = try MessageCoding.decoder.decode(OperatorView.self, from: try await answer.value)
            #expect(view.operatorID == "1" && view.state == .ready)
            #expect(await scene.driver.view.operators.map(\.operatorID) == ["1"])
        }
    }

    // MARK: After a start

    @Test("A-01 A row that cannot be read ends nobody's ownership: it is over, marked and announced, the others go on")
    func unreadable() async throws {
        try await LineStoreTests.withStore { store, lease in
            var scene = LineScene()
            try scene.ready("1")
            let strange = scene.call("a")
            scene.pickUp(strange)
            let other = scene.call("b", from: "+79990000006")
            let attempt = UUID()
            try scene.give(
                .dial(
                    DialCitizen(
                        attemptID: attempt, callbackID: UUID(), number: try PhoneNumber(parsing: "+79990000007"),
                        preferredOperatorID: nil, originalCallID: UUID())))
            try await LineStoreTests.write(&scene, to: store, lease, number: 1)
            for change: PostgresQuery in [
                "UPDATE call SET kept = jsonb_set(kept, '{state}', '\"dreaming\"') WHERE id = \(strange)",
                "UPDATE operator SET kept = '{}'", "UPDATE dial_attempt SET number = 'sip:somebody'",
            ] { try await store.database.execute(change) }
            let kept = try await store.read(plan: .bare, calendar: nil, fence: lease.fence)
            #expect(kept.unreadable == ["call.kept", "operator.kept", "dial_attempt.number"])
            #expect(Array(kept.line.calls.keys) == [other] && kept.line.dials.isEmpty)
            let row = try #require(
                try await store.database.query("SELECT outcome, fault FROM call WHERE id = \(strange)").first)
            let (outcome, fault) = try row.decode(String.self, String.self)
            #expect(outcome == CallOutcome.exchangeBroken.rawValue && fault == "unreadable")
            let events = try await store.database.query(
                "SELECT type, body FROM outbox_message ORDER BY position DESC LIMIT 2"
            ).map { try $0.decode(String.self, Data.self) }
            #expect(Set(events.map(\.0)) == ["call.ended", "dial.finished"])
            let ended = try #require(events.first { $0.0 == "call.ended" })
            let call = try MessageCoding.decoder.decode(CallEnded.self, from: ended.1)
            #expect(call.callID == strange && call.operatorID == "1" && call.caller.number?.e164 == "+79990000005")
            // The next owner finds nothing strange any more, and takes the channel in anew.
            var line = try await store.read(plan: .bare, calendar: nil, fence: lease.fence).line
            let channels = ["a", "b"].map { ExchangeSnapshot.Channel.inbound($0) }
            try line.handle(
                .exchangeRead(
                    ExchangeSnapshot(channels: ["a": channels[0], "b": channels[1]], bridges: [:]),
                    known: line.channels,
                    freshIDs: [UUID(), UUID()], isRestarted: false), at: scene.now)
            try await store.write(line.takeOutput(at: scene.now), fence: lease.fence, number: 2)
            #expect(line.calls.count == 2)
        }
    }
}

extension Result where Failure == any Error, Success: Sendable {
    fileprivate static func of(_ body: () async throws -> Success) async -> Self {
        do { return .success(try await body()) } catch { return .failure(error) }
    }
}

extension String {
    /// Letters that no compression makes short.
    fileprivate static func random(bytes: Int) -> String {
        var random = SeededGenerator(seed: 7)
        return String(
            (0..<bytes).map { _ in "abcdefghijklmnopqrstuvwxyz0123456789".randomElement(using: &random) ?? "a" })
    }
}
