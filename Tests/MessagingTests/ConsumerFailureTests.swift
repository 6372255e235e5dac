import AMQP
import Foundation
import Messaging
import NIOConcurrencyHelpers
import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: serversAreWanted), .serialized, .timeLimit(.minutes(10)))
struct ConsumerFailureTests {
    @Test("F-11: a poison event is parked alone, its neighbours are handled, its own successors wait")
    func poison() async throws {
        try await withMessagingScene { scene in
            var events = try (1...60).map { try envelope(OrderPlaced("\($0)", "fine"), 1) }
            events.insert(try envelope(OrderPlaced("bad", "poison"), 1), at: 30)
            events.append(try envelope(OrderPlaced("bad", "later"), 2))
            // Before the service runs, so that they come as one batch.
            try await scene.deliver(events)
            try await running([try scene.consumer(LedgerHandlers.orders)]) {
                let parked = try await scene.waitForParked(1)
                try await scene.waitForLedger(60)
                #expect(parked.map(\.reason) == ["handler-failed"])
                #expect(parked.map(\.subject) == ["order/bad"])
                #expect(parked.map(\.detail) == ["Broken"])
                try await eventually("the successor waits") {
                    try await scene.number("SELECT count(*) FROM inbox_pending WHERE state = 'waiting'") == 1
                }
                #expect(try await scene.lines("order/bad") == [])
                // Delivered again, it is known and not parked twice.
                try await scene.deliver([events[30], try envelope(OrderPlaced("61", "fine"), 1)])
                try await scene.waitForLedger(61)
                #expect(try await scene.parked.list().count == 1)
            }
        }
    }

    @Test("A-02 An event with a control character is parked alone; neighbours, successors and the consumer go on")
    func controlCharacters() async throws {
        try await withMessagingScene { scene in
            var events = try (1...20).map { try envelope(OrderPlaced("\($0)", "fine"), 1) }
            // In a text that is stored, and in the key of a dictionary, which the reason must not repeat.
            events.insert(try envelope(OrderPlaced("bad", "a\u{0}b"), 1), at: 10)
            let key = Array(#"{"order":"worse","note":"x","marks":{"Иванов\u0000":"no number"}}"#.utf8)
            events.insert(try envelope(OrderPlaced("worse"), 1, body: key), at: 5)
            try await scene.deliver(events)
            try await running([try scene.consumer(LedgerHandlers.orders)]) {
                let parked = try await scene.waitForParked(2)
                try await scene.waitForLedger(20)
                #expect(Set(parked.map(\.subject)) == ["order/bad", "order/worse"])
                #expect(
                    parked.first { $0.subject == "order/worse" }?.detail
                        == "the field marks.* has the wrong kind of value")
                try await scene.deliver([try envelope(OrderPlaced("21", "fine"), 1)])
                try await scene.waitForLedger(21)
            }
        }
    }

    @Test func aPoisonSuccessorIsNotBlamedOnThePredecessorItWaitedFor() async throws {
        try await withMessagingScene { scene in
            try await running([try scene.consumer(LedgerHandlers.orders)]) {
                try await scene.deliver([
                    try envelope(OrderPlaced("1", "poison"), 2), try envelope(OrderPlaced("1", "c"), 3),
                ])
                try await eventually("they wait") {
                    try await scene.number("SELECT count(*) FROM inbox_pending WHERE state = 'waiting'") == 2
                }
                try await scene.deliver([try envelope(OrderPlaced("1", "a"), 1)])
                let parked = try await scene.waitForParked(1)
                #expect(parked.map(\.subjectVersion) == [2])
                #expect(try await scene.lines("order/1") == ["a"])
                #expect(try await scene.parked.drop(parked.map(\.id)) == 1)
                try await scene.waitForLedger(2)
                #expect(try await scene.lines("order/1") == ["a", "c"])
            }
        }
    }

    @Test func droppingAPoisonEventReleasesItsSuccessors() async throws {
        try await withMessagingScene { scene in
            try await running([try scene.consumer(LedgerHandlers.orders)]) {
                try await scene.deliver([
                    try envelope(OrderPlaced("1", "poison"), 1), try envelope(OrderPlaced("1", "b"), 2),
                    try envelope(OrderClosed("1", "c"), 3),
                ])
                let parked = try await scene.waitForParked(1)
                try await eventually("the successors wait") {
                    try await scene.number("SELECT count(*) FROM inbox_pending WHERE state = 'waiting'") == 2
                }
                #expect(try await scene.parked.drop(parked.map(\.id)) == 1)
                try await scene.waitForLedger(2)
                #expect(try await scene.lines("order/1") == ["b", "c"])
                #expect(try await scene.parked.list().isEmpty)
                #expect(try await scene.number("SELECT count(*) FROM inbox_pending") == 0)
            }
        }
    }

    @Test func retryingAParkedEventAfterARepairReleasesItsSuccessors() async throws {
        let isRepaired = NIOLockedValueBox(false)
        let placed = EventHandler.every(OrderPlaced.self) { batch, transaction in
            for event in batch {
                if event.note == "a", !isRepaired.withLockedValue({ $0 }) { throw Broken() }
                try await Ledger.write("placed", event.subject, event.note, in: transaction)
            }
        }
        try await withMessagingScene { scene in
            try await running([try scene.consumer([placed, LedgerHandlers.orders[1]])]) {
                try await scene.deliver([
                    try envelope(OrderPlaced("1", "a"), 1), try envelope(OrderPlaced("1", "b"), 2),
                ])
                let parked = try await scene.waitForParked(1)
                // Too early: it comes back.
                #expect(try await scene.parked.retry(parked.map(\.id)) == 1)
                try await eventually("it is parked again") {
                    let list = try await scene.parked.list()
                    return list.count == 1 && list[0].parkedAt > parked[0].parkedAt
                }
                isRepaired.withLockedValue { $0 = true }
                #expect(try await scene.parked.retry(parked.map(\.id)) == 1)
                try await scene.waitForLedger(2)
                #expect(try await scene.lines("order/1") == ["a", "b"])
                #expect(try await scene.parked.list().isEmpty)
            }
        }
    }

    @Test func retryLaterIsAskedAgainAndItsSuccessorsWait() async throws {
        let attempts = NIOLockedValueBox(0)
        let placed = EventHandler.every(OrderPlaced.self) { batch, transaction in
            for event in batch {
                if event.note == "slow" {
                    let attempt = attempts.withLockedValue { attempts in
                        attempts += 1
                        return attempts
                    }
                    if attempt < 3 { throw RetryLater(reason: "not yet", after: .milliseconds(30)) }
                }
                try await Ledger.write("placed", event.subject, event.note, in: transaction)
            }
        }
        try await withMessagingScene { scene in
            try await running([try scene.consumer([placed, LedgerHandlers.orders[1]])]) {
                try await scene.deliver([
                    try envelope(OrderPlaced("1", "slow"), 1), try envelope(OrderPlaced("1", "b"), 2),
                    try envelope(OrderPlaced("2", "x"), 1),
                ])
                try await scene.waitForLedger(3)
                #expect(try await scene.lines("order/1") == ["slow", "b"])
                #expect(try await scene.parked.list().isEmpty)
                #expect(try await scene.number("SELECT count(*) FROM inbox_pending") == 0)
            }
        }
    }

    @Test func messagesThatAreNoEventsOfOursAreParkedWithTheirReason() async throws {
        try await withMessagingScene(configure: smallBodies) { scene in
            let good = try envelope(OrderPlaced("1", "fine"), 1)
            var unknownType = try envelope(OrderPlaced("2"), 1)
            unknownType.type = "order.eaten"
            var unknownVersion = try envelope(OrderPlaced("3"), 1)
            unknownVersion.version = 9
            var unnumbered = try envelope(OrderPlaced("4"), 1).message
            unnumbered.properties.headers["cloudEvents:subjectversion"] = nil
            var nameless = try envelope(OrderPlaced("5"), 1).message
            nameless.properties.messageID = nil
            nameless.properties.type = "with\u{0}zero"
            for message in [
                try envelope(OrderPlaced("6"), 1, body: Array("это не JSON".utf8)).message,
                unknownType.message, unknownVersion.message, unnumbered, nameless,
            ] {
                try await scene.deliverUnrouted(message)
            }
            // A peer with a higher limit of its own.
            try await withTestClient(scene.url) { peer in
                let large = try envelope(OrderPlaced("7", String(repeating: "ж", count: 2000)), 1)
                let outcome = await peer.publish([
                    AMQPPublication(exchange: "", routingKey: ServiceName.journal.eventQueue, message: large.message)
                ])
                #expect(outcome == [.confirmed])
            }
            try await scene.deliver([good])
            try await running([try scene.consumer(LedgerHandlers.orders)]) {
                let parked = try await scene.waitForParked(4)
                try await scene.waitForLedger(1)
                #expect(
                    parked.map(\.reason).sorted() == ["no-id", "no-subject-version", "not-decodable", "too-large"])
                // What a later version may know waits for it, for a day.
                try await eventually("the unknown ones wait") {
                    try await scene.number("SELECT count(*) FROM inbox_pending WHERE reason = 'unknown-type'") == 2
                }
                try await scene.database.runScript(
                    """
                    UPDATE inbox_pending SET run_at = now(), received_at = now() - interval '2 days'
                    WHERE reason = 'unknown-type';
                    SELECT pg_notify('inbox', '');
                    """)
                let unknown = try await scene.waitForParked(6).filter { $0.reason == "unknown-type" }
                #expect(
                    Set(unknown.map(\.detail)) == [
                        "no handler for order.eaten version 1", "no handler for order.placed version 9",
                    ])
                // Its place is kept, so that giving it up frees what comes after it.
                let version = try #require(unknown.first { $0.subject == "order/3" })
                try await scene.deliver([try envelope(OrderPlaced("3", "next"), 2)])
                try await eventually("the successor waits") {
                    try await scene.number("SELECT count(*) FROM inbox_pending WHERE state = 'waiting'") == 1
                }
                #expect(try await scene.parked.drop([version.id]) == 1)
                try await scene.waitForLedger(2)
                #expect(try await scene.lines("order/3") == ["next"])
                // What has no place cannot be retried, only given up.
                let rest = try await scene.parked.list().filter { $0.reason == "too-large" }.map(\.id)
                #expect(try await scene.parked.retry(rest) == 0)
                #expect(try await scene.parked.drop(rest) == 1)
            }
        }
    }
}

private func smallBodies(_ settings: inout AMQPSettings) { settings.maximumBodyBytes = 2000 }
