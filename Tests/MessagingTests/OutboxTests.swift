import Foundation
import Messaging
import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: serversAreWanted), .serialized, .timeLimit(.minutes(10)))
struct OutboxTests {
    private func withOutbox(_ body: (PostgresPool) async throws -> Void) async throws {
        try await withTestDatabase(migrations: [.messaging], configure: { $0.maximumConnections = 6 }, body)
    }

    private func versions(_ subject: String, _ database: PostgresPool) async throws -> [Int64] {
        try await database.query(
            "SELECT subject_version FROM outbox_message WHERE subject = \(subject) ORDER BY position"
        ).map { try $0.decode(Int64.self) }
    }

    @Test func eventsOfOneAppendAreNumberedInTheirOrder() async throws {
        try await self.withOutbox { database in
            try await database.transaction { transaction in
                try transaction.outbox.append(
                    [
                        OrderPlaced("1", "a"), OrderPlaced("2", "b"), OrderClosed("1", "c"), OrderPlaced("1", "d"),
                    ] as [any Event])
                try transaction.outbox.append(OrderClosed("2", "e"))
                try transaction.outbox.append([OrderClosed]())
            }
            #expect(try await self.versions("order/1", database) == [1, 2, 3])
            #expect(try await self.versions("order/2", database) == [1, 2])
            let bodies = try await database.query(
                "SELECT body FROM outbox_message WHERE subject = 'order/1' ORDER BY position"
            ).map { try $0.decode(Data.self) }
            #expect(try MessageCoding.decoder.decode(OrderPlaced.self, from: bodies[2]) == OrderPlaced("1", "d"))
        }
    }

    @Test func aRolledBackTransactionAnnouncesNothingAndLeavesNoGap() async throws {
        try await self.withOutbox { database in
            try await database.transaction { try $0.outbox.append(OrderPlaced("1")) }
            await #expect(throws: Broken.self) {
                try await database.transaction { transaction in
                    try transaction.outbox.append([OrderPlaced("1"), OrderPlaced("2")])
                    throw Broken()
                }
            }
            try await database.transaction { try $0.outbox.append(OrderPlaced("1")) }
            #expect(try await self.versions("order/1", database) == [1, 2])
            #expect(try await self.versions("order/2", database) == [])
        }
    }

    @Test func numbersHaveNoGapUnderConcurrencyAndRollbacks() async throws {
        try await self.withOutbox { database in
            try await withThrowingTaskGroup { group in
                for worker in 0..<6 {
                    group.addTask {
                        var generator = SeededGenerator(seed: UInt64(worker))
                        for _ in 0..<40 {
                            let events: [any Event] = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
                                OrderPlaced("\(Int.random(in: 1...3, using: &generator))")
                            }
                            let fails = Int.random(in: 0..<4, using: &generator) == 0
                            do {
                                try await database.transaction { transaction in
                                    try transaction.outbox.append(events)
                                    if fails { throw Broken() }
                                }
                            } catch is Broken {}
                        }
                    }
                }
                try await group.waitForAll()
            }
            for subject in ["order/1", "order/2", "order/3"] {
                let versions = try await self.versions(subject, database)
                #expect(versions.count > 50)
                #expect(versions == Array(1...Int64(versions.count)))
            }
        }
    }
}
