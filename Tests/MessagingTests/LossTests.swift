import AMQP
import Foundation
import Messaging
import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: serversAreWanted), .serialized, .timeLimit(.minutes(10)))
struct LossTests {
    @Test("F-02: a killed PostgreSQL costs time and nothing else") func databaseKilled() async throws {
        let server = try PrivatePostgres()
        let pool = PostgresPool(try server.settings, logger: quietLogger())
        let outcome: Result<Void, any Error>
        do {
            try await self.killTwice(server, pool)
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        await pool.close()
        try server.remove()
        try outcome.get()
    }

    private func killTwice(_ server: PrivatePostgres, _ pool: PostgresPool) async throws {
        try await eventually("the private PostgreSQL answers", within: .seconds(60)) {
            await (try? pool.query("SELECT 1")) != nil
        }
        try await PostgresMigrator(pool: pool, logger: quietLogger()).migrate([.messaging])
        try await Ledger.create(in: pool)
        try await withTestVirtualHost { url in
            try await withTestClient(url, topology: journalTopology(orderRegistry)) { broker in
                let scene = MessagingScene(
                    registry: orderRegistry, database: pool, broker: broker, url: url, logger: quietLogger())
                try await running([scene.relay, try scene.consumer(LedgerHandlers.orders)]) {
                    for round in 1...2 {
                        // What the relay and the consumer have in hand when the server dies.
                        for number in 1...50 {
                            try await scene.announce(OrderPlaced("\(round)-\(number % 10)", "\(number)"))
                        }
                        let first = try envelope(OrderPlaced("direct-\(round)", "a"), 1)
                        try server.killHard()
                        try await scene.deliver([first])
                        try server.start()
                        try await eventually("the server answers again", within: .seconds(60)) {
                            await (try? pool.query("SELECT 1")) != nil
                        }
                        try await scene.waitForLedger(Int64(round * 51), within: .seconds(60))
                    }
                    // A claim whose commit was not heard of ends after 30 seconds.
                    try await eventually("the outbox is empty", within: .seconds(45)) {
                        try await scene.housekeeping.backlog().unsent == 0
                    }
                }
                for round in 1...2 {
                    for order in 0..<10 {
                        let expected = (1...50).filter { $0 % 10 == order }.map(String.init)
                        #expect(try await scene.lines("order/\(round)-\(order)") == expected)
                    }
                }
                #expect(try await Ledger.count(in: pool) == 102)
                #expect(try await scene.parked.list().isEmpty)
            }
        }
    }

    @Test("F-03: what a broker lost with all its queues comes back by a resend, and nothing twice")
    func brokerWiped() async throws {
        try await withMessagingScene { scene in
            let before = Date().addingTimeInterval(-1)
            // The relay alone: everything is in the queue and marked as sent when the queue is lost.
            try await running([scene.relay]) {
                for number in 1...5 { try await scene.announce(OrderPlaced("1", "\(number)")) }
                try await running([try scene.consumer(LedgerHandlers.orders)]) { try await scene.waitForLedger(5) }
                for number in 6...20 { try await scene.announce(OrderPlaced("1", "\(number)")) }
                try await eventually("all are sent") { try await scene.housekeeping.backlog().unsent == 0 }
                try await TestRabbitMQ.manage(
                    "DELETE", "/api/queues/\(scene.virtualHost)/\(ServiceName.journal.eventQueue)")
                try await scene.broker.declare(journalTopology(orderRegistry))
                try await running([try scene.consumer(LedgerHandlers.orders)]) {
                    try await scene.announce(OrderPlaced("1", "21"))
                    try await eventually("the newest waits for what was lost") {
                        try await scene.number("SELECT count(*) FROM inbox_pending WHERE state = 'waiting'") == 1
                    }
                    // The consumer may have it before the relay has marked it, and only what is marked is sent again.
                    try await eventually("all are sent") { try await scene.housekeeping.backlog().unsent == 0 }
                    #expect(try await Resend.resend(since: before, in: scene.database) == 21)
                    try await scene.waitForLedger(21)
                    #expect(try await scene.lines("order/1") == (1...21).map(String.init))
                    try await eventually("all are sent again") {
                        try await scene.housekeeping.backlog().unsent == 0
                    }
                }
            }
            #expect(try await Ledger.count(in: scene.database) == 21)
        }
    }

    @Test func connectionsClosedByTheBrokerLoseNothing() async throws {
        struct Named: Decodable { let name: String }
        try await withMessagingScene { scene in
            try await running([scene.relay, try scene.consumer(LedgerHandlers.orders)]) {
                for round in 0..<3 {
                    for number in 1...40 { try await scene.announce(OrderPlaced("\(round)", "\(number)")) }
                    let list = try await TestRabbitMQ.manage("GET", "/api/vhosts/\(scene.virtualHost)/connections")
                    for name in try JSONDecoder().decode([Named].self, from: list).map(\.name) {
                        let path = name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? name
                        // One that has gone in the meantime is as good as closed.
                        _ = try? await TestRabbitMQ.manage("DELETE", "/api/connections/\(path)")
                    }
                    try await scene.waitForLedger(Int64((round + 1) * 40), within: .seconds(60))
                }
            }
            for round in 0..<3 { #expect(try await scene.lines("order/\(round)") == (1...40).map(String.init)) }
            #expect(try await Ledger.count(in: scene.database) == 120)
        }
    }

    @Test func housekeepingRemovesWhatIsOldAndNothingElse() async throws {
        try await withMessagingScene { scene in
            try await running([scene.relay, try scene.consumer(LedgerHandlers.orders)]) {
                for number in 1...4 { try await scene.announce(OrderPlaced("1", "\(number)")) }
                try await scene.waitForLedger(4)
                try await eventually("all are sent") { try await scene.housekeeping.backlog().unsent == 0 }
            }
            try await scene.announce(OrderPlaced("1", "unsent"))
            try await scene.database.runScript(
                """
                UPDATE outbox_message SET sent_at = now() - interval '6 days'
                WHERE subject_version <= 2 AND state = 'sent';
                UPDATE outbox_message SET time = now() - interval '60 days';
                UPDATE inbox_message SET received_at = now() - interval '6 days';
                """)
            try await scene.housekeeping.removeOld()
            // The inbox remembers longer than an outbox can send again, and what is unsent is never removed.
            #expect(try await scene.number("SELECT count(*) FROM outbox_message") == 3)
            #expect(try await scene.number("SELECT count(*) FROM inbox_message") == 4)
            try await scene.database.execute("UPDATE inbox_message SET received_at = now() - interval '8 days'")
            try await scene.housekeeping.removeOld()
            #expect(try await scene.number("SELECT count(*) FROM inbox_message") == 0)
            #expect(try await scene.number("SELECT position FROM inbox_position") == 4)
        }
    }
}
