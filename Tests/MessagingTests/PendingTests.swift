import Foundation
import NIOConcurrencyHelpers
import Postgres
import TestSupport
import Testing

@testable import Messaging

/// Events that wait in PostgreSQL.
@Suite(.enabled(if: serversAreWanted), .serialized, .timeLimit(.minutes(10)))
struct PendingTests {
    private func inbox(_ scene: MessagingScene, _ handlers: [EventHandler]) throws -> Inbox {
        Inbox(database: scene.database, handlers: try handlers.checked(for: .journal, against: scene.registry))
    }

    @Test("B-103 Events that wait cost one transaction together, not one each") func oneTransaction() async throws {
        let transactions = NIOLockedValueBox<Set<Int64>>([])
        let placed = EventHandler.every(OrderPlaced.self) { _, transaction in
            let id = try await transaction.query("SELECT txid_current()")[0].decode(Int64.self)
            _ = transactions.withLockedValue { $0.insert(id) }
            throw RetryLater(reason: "not yet", after: .seconds(1))
        }
        try await withMessagingScene { scene in
            let inbox = try self.inbox(scene, [placed, LedgerHandlers.orders[1]])
            for number in 1...20 {
                try await inbox.postpone(
                    try envelope(OrderPlaced("\(number)", "slow"), 1), attempt: 19, delay: .zero, reason: "not yet")
            }
            let round = try await inbox.takePending()
            #expect(round.found == 20 && round.handled == 0 && round.parked.isEmpty)
            #expect(transactions.withLockedValue { $0.count } == 1)
            let waiting = try await scene.number(
                "SELECT count(*) FROM inbox_pending WHERE attempt = 20 AND run_at > now() + interval '1 minute'")
            #expect(waiting == 20)
            #expect(try await inbox.takePending().found == 0)
        }
    }

    @Test("B-103 One of those that wait fails or is broken, and the others are handled") func neighbours() async throws
    {
        let placed = EventHandler.every(OrderPlaced.self) { batch, transaction in
            for event in batch {
                if event.note == "slow" { throw RetryLater(reason: "not yet") }
                if event.note == "poison" { throw Broken() }
                try await Ledger.write("placed", event.subject, event.note, in: transaction)
            }
        }
        try await withMessagingScene { scene in
            let inbox = try self.inbox(scene, [placed, LedgerHandlers.orders[1]])
            for (order, note) in [("1", "a"), ("2", "slow"), ("3", "poison"), ("4", "b")] {
                try await inbox.postpone(
                    try envelope(OrderPlaced(order, note), 1), attempt: 1, delay: .zero, reason: "not yet")
            }
            let round = try await inbox.takePending()
            #expect(round.handled == 2)
            #expect(round.parked.map(\.event.subject) == ["order/3"])
            #expect(try await scene.lines("order/1") == ["a"])
            #expect(try await scene.lines("order/4") == ["b"])
            #expect(try await scene.parked.list().map(\.subject) == ["order/3"])
            #expect(try await scene.number("SELECT count(*) FROM inbox_pending") == 1)
        }
    }

    @Test("C-203 An event that runs out of time is tried again later, its neighbours are handled")
    func outOfTime() async throws {
        let placed = EventHandler.every(OrderPlaced.self) { batch, transaction in
            for event in batch {
                if event.note == "slow" { try await transaction.execute("SELECT pg_sleep(3600)") }
                try await Ledger.write("placed", event.subject, event.note, in: transaction)
            }
        }
        try await withMessagingScene(database: { $0.statementTimeout = .seconds(1) }) { scene in
            try await scene.deliver(
                try [("1", "a"), ("2", "slow"), ("3", "b"), ("4", "c")].map { order, note in
                    try envelope(OrderPlaced(order, note), 1)
                })
            try await running([try scene.consumer([placed, LedgerHandlers.orders[1]])]) {
                try await scene.waitForLedger(3)
                try await eventually("the slow one waits for its next attempt") {
                    try await scene.number(
                        "SELECT count(*) FROM inbox_pending WHERE state = 'retryable' AND reason LIKE 'ran out of time%'"
                    )
                        == 1
                }
                // The queue goes on.
                try await scene.deliver([try envelope(OrderPlaced("5", "d"), 1)])
                try await scene.waitForLedger(4)
                #expect(try await scene.parked.list().isEmpty)
            }
        }
    }

    @Test("C-211 Taking from the queue and taking what waits lock in one order") func lockOrder() async throws {
        let (isOpen, open) = AsyncStream.makeStream(of: Void.self)
        let placed = EventHandler.every(OrderPlaced.self) { batch, transaction in
            if batch.contains(where: { $0.note == "gate" }) { for await _ in isOpen { break } }
            for event in batch { try await Ledger.write("placed", event.subject, event.note, in: transaction) }
        }
        try await withMessagingScene { scene in
            let inbox = try self.inbox(scene, [placed, LedgerHandlers.orders[1]])
            _ = try await inbox.take([try envelope(OrderPlaced("1", "a"), 1)])
            // Waits although its predecessor is handled, as after a drop.
            _ = try await scene.database.execute(
                Inbox.insertPending([try envelope(OrderPlaced("1", "b"), 2)], state: "waiting"))
            let third = try envelope(OrderPlaced("1", "gate"), 3)
            async let fromQueue = inbox.take([third])
            try await eventually("the queue's transaction is in its handler") {
                try await scene.number(
                    """
                    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
                        AND state = 'idle in transaction'
                    """) == 1
            }
            async let waiting = inbox.takeWaiting()
            try await eventually("the other waits for it") {
                try await scene.number(
                    """
                    SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event_type = 'Lock'
                    """) == 1
            }
            open.yield()
            let (taken, left) = (try await fromQueue, try await waiting)
            #expect(taken == 2 && left.handled == 0)
            #expect(try await scene.lines("order/1") == ["a", "b", "gate"])
        }
    }

    @Test("C-211 Two parked events of one subject are given up at once, and their successor goes on")
    func dropTwo() async throws {
        try await withMessagingScene { scene in
            try await running([try scene.consumer(LedgerHandlers.orders)]) {
                // The second comes singly: it is parked because nobody could read it.
                try await scene.deliver([
                    try envelope(OrderPlaced("1", "poison"), 1), try envelope(OrderPlaced("1", "c"), 3),
                ])
                _ = try await scene.waitForParked(1)
                try await scene.parked.park(
                    try envelope(OrderPlaced("1", "poison"), 2),
                    because: MalformedMessage(reason: "handler-failed", description: "Broken"))
                let parked = try await scene.waitForParked(2)
                #expect(try await scene.parked.drop(parked.map(\.id)) == 2)
                try await scene.waitForLedger(1)
                #expect(try await scene.lines("order/1") == ["c"])
            }
        }
    }

    @Test("C-212 A word or a type of a later version waits; a service that knows it takes it at its start")
    func laterVersion() async throws {
        let old = EventHandler.every(OrderPlaced.self) { batch, transaction in
            for event in batch { try event.$size.known() }
        }
        try await withMessagingScene { scene in
            let body = Array(#"{"order":"1","note":"a","size":"enormous"}"#.utf8)
            var newType = try envelope(OrderPlaced("2", "b"), 1)
            newType.version = 2
            try await running([try scene.consumer([old, LedgerHandlers.orders[1]])]) {
                try await scene.deliver([try envelope(OrderPlaced("1"), 1, body: body)])
                try await scene.deliverUnrouted(newType.message)
                try await eventually("both wait") {
                    try await scene.number("SELECT count(*) FROM inbox_pending WHERE reason LIKE 'unknown-%'") == 2
                }
                #expect(try await scene.parked.list().isEmpty)
            }
            // As after hours of attempts.
            try await scene.database.execute("UPDATE inbox_pending SET run_at = now() + interval '1 day', attempt = 99")
            try await running([try scene.consumer(LedgerHandlers.orders)]) {
                try await scene.waitForLedger(1)
                #expect(try await scene.lines("order/1") == ["a"])
            }
        }
    }
}
