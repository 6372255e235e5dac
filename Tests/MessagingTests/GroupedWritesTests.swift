import AMQP
import Foundation
import NIOConcurrencyHelpers
import Postgres
import TestSupport
import Testing

@testable import Messaging

/// Orders that are written together, on the real database.
@Suite(.enabled(if: serversAreWanted), .timeLimit(.minutes(10)))
struct GroupedWritesTests {
    /// Adds its amount; 13 is refused, 14 breaks whatever it is written with.
    private static func writes(
        _ groups: NIOLockedValueBox<[[Int]]>, gate: Gate? = nil
    ) -> GroupedWrites<CountUp, Int> {
        GroupedWrites(maximum: 5, subject: \.amount) { requests, transaction in
            groups.withLockedValue { $0.append(requests.map(\.amount)) }
            await gate?.wait()
            guard !requests.contains(where: { $0.amount == 14 }) else { throw Broken() }
            var results: [Result<Counted, Refusal>] = []
            for request in requests {
                guard request.amount != 13 else {
                    results.append(.failure(Refusal("unlucky", "Число 13 не принимается.")))
                    continue
                }
                let rows = try await transaction.query(
                    "UPDATE counter SET total = total + \(Int64(request.amount)) RETURNING total")
                results.append(.success(Counted(total: try rows[0].decode(Int64.self))))
            }
            return results
        }
    }

    /// Holds the first group until the others wait.
    private final class Gate: Sendable {
        private let state = NIOLockedValueBox<(isOpen: Bool, waiter: CheckedContinuation<Void, Never>?)>((false, nil))

        func wait() async {
            await withCheckedContinuation { continuation in
                let isOpen = self.state.withLockedValue { state in
                    if !state.isOpen { state.waiter = continuation }
                    return state.isOpen
                }
                if isOpen { continuation.resume() }
            }
        }

        func open() {
            self.state.withLockedValue { state in
                state.isOpen = true
                return state.waiter.take()
            }?.resume()
        }
    }

    private func ask(
        _ writes: GroupedWrites<CountUp, Int>, _ amount: Int, key: UUID, in database: PostgresPool
    ) async -> String {
        do {
            _ = try await writes.answer(
                CountUp(amount: amount), digest: Data("\(amount)".utf8), key: key, in: database)
            return "done"
        } catch let refusal as Refusal {
            return refusal.errorID
        } catch {
            return "\(type(of: error))"
        }
    }

    private func total(_ database: PostgresPool) async throws -> Int64 {
        try await Ledger.number("SELECT total FROM counter", in: database)
    }

    private func withDatabase(_ body: (PostgresPool) async throws -> Void) async throws {
        try await withTestDatabase(migrations: [.messaging]) { database in
            try await Ledger.create(in: database)
            try await body(database)
        }
    }

    /// Asks for the first alone and, while it is being written, for the others.
    private func ask(
        first: (amount: Int, key: UUID), others: [(amount: Int, key: UUID)], _ groups: NIOLockedValueBox<[[Int]]>,
        in database: PostgresPool
    ) async throws -> [String] {
        let gate = Gate()
        let writes = Self.writes(groups, gate: gate)
        return try await withThrowingTaskGroup(of: (Int, String).self) { tasks in
            tasks.addTask { (0, await self.ask(writes, first.amount, key: first.key, in: database)) }
            try await eventually("the first is being written") { groups.withLockedValue { !$0.isEmpty } }
            for (place, other) in others.enumerated() {
                tasks.addTask { (place + 1, await self.ask(writes, other.amount, key: other.key, in: database)) }
            }
            try await eventually("the others wait") { writes.waitingCount == others.count }
            gate.open()
            return try await tasks.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    @Test func eachIsDoneOnceHoweverTheyAreGrouped() async throws {
        try await self.withDatabase { database in
            let groups = NIOLockedValueBox<[[Int]]>([])
            let writes = Self.writes(groups)
            let keys = (0..<40).map { _ in MessageID.next() }
            // Each key twice: the second is answered and not done.
            await withTaskGroup(of: String.self) { tasks in
                for (place, key) in (keys + keys).enumerated() {
                    tasks.addTask { await self.ask(writes, 1000 + place % 40, key: key, in: database) }
                }
                for await answer in tasks { #expect(answer == "done") }
            }
            let total = try await self.total(database)
            #expect(total == Int64((1000..<1040).reduce(0, +)))
            #expect(groups.withLockedValue { $0 }.allSatisfy { $0.count <= 5 && Set($0).count == $0.count })
            let kept = try await Ledger.number("SELECT count(*) FROM request_answer", in: database)
            #expect(kept == 40)
        }
    }

    @Test func oneThatIsRefusedOrBreaksHarmsNoOther() async throws {
        try await self.withDatabase { database in
            let groups = NIOLockedValueBox<[[Int]]>([])
            let answers = try await self.ask(
                first: (1, MessageID.next()),
                others: [2, 13, 14, 4].map { ($0, MessageID.next()) }, groups, in: database)
            #expect(answers == ["done", "done", "unlucky", "Broken", "done"])
            let total = try await self.total(database)
            #expect(total == 7)
            // What was refused or broke keeps no key.
            let kept = try await Ledger.number("SELECT count(*) FROM request_answer", in: database)
            #expect(kept == 3)
        }
    }

    @Test func twoOfOneSubjectAreNotWrittenTogether() async throws {
        try await self.withDatabase { database in
            let groups = NIOLockedValueBox<[[Int]]>([])
            let answers = try await self.ask(
                first: (1, MessageID.next()),
                others: [(7, MessageID.next()), (7, MessageID.next()), (8, MessageID.next())], groups, in: database)
            #expect(answers == Array(repeating: "done", count: 4))
            #expect(groups.withLockedValue { $0 }.allSatisfy { Set($0).count == $0.count })
            let total = try await self.total(database)
            #expect(total == 23)
        }
    }

    @Test func theSameKeyWithAnotherBodyIsRefused() async throws {
        try await self.withDatabase { database in
            let writes = Self.writes(NIOLockedValueBox([]))
            let key = MessageID.next()
            #expect(await self.ask(writes, 1, key: key, in: database) == "done")
            #expect(await self.ask(writes, 2, key: key, in: database) == "key-reused")
            #expect(await self.ask(writes, 1, key: key, in: database) == "done")
            let total = try await self.total(database)
            #expect(total == 1)
        }
    }
}
