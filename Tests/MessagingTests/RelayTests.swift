import AMQP
import Foundation
import Messaging
import Postgres
import ServiceLifecycle
import TestSupport
import Testing

@Suite(.enabled(if: serversAreWanted), .serialized, .timeLimit(.minutes(10)))
struct RelayTests {
    private func states(_ scene: MessagingScene) async throws -> [String] {
        try await scene.database.query("SELECT state FROM outbox_message ORDER BY position").map {
            try $0.decode(String.self)
        }
    }

    @Test func whatIsAnnouncedIsHeardInOrderAndMarked() async throws {
        try await withMessagingScene { scene in
            try await running([scene.relay, try scene.consumer(LedgerHandlers.orders)]) {
                try await scene.announce(OrderPlaced("1", "a"), OrderClosed("1", "b"))
                try await scene.announce(OrderPlaced("1", "c"))
                try await scene.waitForLedger(3)
                #expect(try await scene.lines("order/1") == ["a", "b", "c"])
                try await eventually("all rows are marked") {
                    try await self.states(scene) == ["sent", "sent", "sent"]
                }
                #expect(try await scene.housekeeping.backlog().unsent == 0)
            }
        }
    }

    @Test func anEventThatNobodyHearsIsSent() async throws {
        try await withMessagingScene { scene in
            try await running([scene.relay]) {
                try await scene.announce(NightPassed())
                try await eventually("it is marked") { try await self.states(scene) == ["sent"] }
            }
        }
    }

    @Test("F-09: an event that should be heard and reaches no queue stays unsent and goes out when the queue is back")
    func unroutable() async throws {
        var topology = journalTopology(orderRegistry)
        let bindings = topology.bindings
        topology.bindings = []
        try await withMessagingScene(topology: topology) { scene in
            try await running([scene.relay, try scene.consumer(LedgerHandlers.orders)]) {
                try await scene.announce(OrderPlaced("1", "a"))
                try await eventually("it is seen as unroutable") { try await self.states(scene) == ["unroutable"] }
                #expect(try await scene.housekeeping.backlog().unsent == 1)
                try await scene.broker.declare(AMQPTopology(bindings: bindings))
                try await scene.waitForLedger(1)
                try await eventually("it is marked") { try await self.states(scene) == ["sent"] }
            }
        }
    }

    @Test("F-10: what a full queue rejects is tried again until there is room") func fullQueue() async throws {
        var topology = journalTopology(orderRegistry)
        let index = try #require(topology.queues.firstIndex { $0.name == ServiceName.journal.eventQueue })
        topology.queues[index].arguments["x-max-length"] = .int(3)
        try await withMessagingScene(topology: topology) { scene in
            try await running([scene.relay]) {
                // The limit is a soft one: a burst may all be taken. What comes after the queue is full is not.
                for number in 1...10 { try await scene.announce(OrderPlaced("\(number)")) }
                try await eventually("the queue is full") {
                    try await self.states(scene).count { $0 == "sent" || $0 == "rejected" } == 10
                }
                for number in 11...20 { try await scene.announce(OrderPlaced("\(number)")) }
                try await eventually("some are rejected") { try await self.states(scene).contains("rejected") }
                try await running([try scene.consumer(LedgerHandlers.orders)]) {
                    try await scene.waitForLedger(20, within: .seconds(60))
                }
                try await eventually("all are marked") { try await self.states(scene).allSatisfy { $0 == "sent" } }
            }
            #expect(try await Ledger.count(in: scene.database) == 20)
        }
    }

    @Test("F-12: two relays and two consumers do everything once and in order") func pairs() async throws {
        try await withMessagingScene { scene in
            let services: [any Service] = [
                scene.relay, scene.relay,
                try scene.consumer(LedgerHandlers.orders), try scene.consumer(LedgerHandlers.orders),
            ]
            try await running(services) {
                try await withThrowingTaskGroup { group in
                    for order in 0..<10 {
                        group.addTask {
                            for number in 1...30 {
                                let note = "\(number)"
                                if number % 3 == 0 {
                                    try await scene.announce(OrderClosed("\(order)", note))
                                } else {
                                    try await scene.announce(OrderPlaced("\(order)", note))
                                }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                try await scene.waitForLedger(300, within: .seconds(60))
                for order in 0..<10 {
                    #expect(try await scene.lines("order/\(order)") == (1...30).map(String.init))
                }
            }
            #expect(try await Ledger.count(in: scene.database) == 300)
            #expect(try await scene.parked.list().isEmpty)
        }
    }

    @Test("F-01: a claim whose relay died ends by itself, and the consumer knows the event already")
    func diedAfterPublishing() async throws {
        try await withMessagingScene { scene in
            try await running([scene.relay, try scene.consumer(LedgerHandlers.orders)]) {
                try await scene.announce(OrderPlaced("1", "a"))
                try await eventually("it is marked") { try await self.states(scene) == ["sent"] }
                try await scene.waitForLedger(1)
                // As a relay leaves it that died between the broker's confirm and its own mark.
                try await scene.database.execute(
                    """
                    UPDATE outbox_message SET state = 'available', sent_at = NULL, claimed_until = now() + '1 second'
                    """)
                try await scene.announce(OrderPlaced("1", "b"))
                try await scene.waitForLedger(2)
                try await eventually("both are marked") { try await self.states(scene) == ["sent", "sent"] }
            }
            #expect(try await scene.lines("order/1") == ["a", "b"])
        }
    }
}
