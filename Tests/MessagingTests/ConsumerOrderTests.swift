import AMQP
import Foundation
import Messaging
import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: serversAreWanted), .serialized, .timeLimit(.minutes(10)))
struct ConsumerOrderTests {
    @Test func aRepeatedDeliveryChangesNothing() async throws {
        try await withMessagingScene { scene in
            let first = try envelope(OrderPlaced("1", "a"), 1)
            let second = try envelope(OrderPlaced("1", "b"), 2)
            try await running([try scene.consumer(LedgerHandlers.orders)]) {
                try await scene.deliver([first, first])
                try await scene.waitForLedger(1)
                try await scene.deliver([first, second, second, first])
                try await scene.waitForLedger(2)
            }
            // A new run of the service remembers too.
            try await running([try scene.consumer(LedgerHandlers.orders)]) {
                try await scene.deliver([second, first, try envelope(OrderPlaced("1", "c"), 3)])
                try await scene.waitForLedger(3)
            }
            #expect(try await scene.lines("order/1") == ["a", "b", "c"])
        }
    }

    @Test func anEarlySuccessorWaitsUntilTheGapIsFilled() async throws {
        try await withMessagingScene { scene in
            try await running([try scene.consumer(LedgerHandlers.orders)]) {
                try await scene.deliver([try envelope(OrderClosed("1", "c"), 3)])
                try await scene.deliver([try envelope(OrderPlaced("1", "b"), 2)])
                // Another subject is not held up.
                try await scene.deliver([try envelope(OrderPlaced("2", "x"), 1)])
                try await scene.waitForLedger(1)
                try await eventually("both successors wait") {
                    try await scene.number("SELECT count(*) FROM inbox_pending WHERE state = 'waiting'") == 2
                }
                #expect(try await scene.lines("order/1") == [])
                try await scene.deliver([try envelope(OrderPlaced("1", "a"), 1)])
                try await scene.waitForLedger(4)
                #expect(try await scene.lines("order/1") == ["a", "b", "c"])
                #expect(try await scene.number("SELECT count(*) FROM inbox_pending") == 0)
            }
        }
    }

    @Test func latestDropsWhatIsOlder() async throws {
        try await withMessagingScene(stockRegistry) { scene in
            try await running([try scene.consumer(LedgerHandlers.stock)]) {
                try await scene.deliver([try envelope(StockCounted(item: "1", amount: 50), 5)])
                try await scene.waitForLedger(1)
                try await scene.deliver([
                    try envelope(StockCounted(item: "1", amount: 30), 3),
                    try envelope(StockCounted(item: "1", amount: 90), 9),
                ])
                try await scene.waitForLedger(2)
                #expect(try await scene.lines("stock/1") == ["50", "90"])
                #expect(try await scene.number("SELECT count(*) FROM inbox_pending") == 0)
            }
        }
    }

    @Test func anIgnoredTypeTakesItsPlaceInTheOrder() async throws {
        try await withMessagingScene { scene in
            let handlers = [LedgerHandlers.orders[0], EventHandler.ignoring(OrderClosed.self)]
            try await running([try scene.consumer(handlers)]) {
                try await scene.deliver([
                    try envelope(OrderPlaced("1", "a"), 1), try envelope(OrderClosed("1"), 2),
                    try envelope(OrderPlaced("1", "c"), 3),
                ])
                try await scene.waitForLedger(2)
                #expect(try await scene.lines("order/1") == ["a", "c"])
            }
        }
    }

    @Test("F-12: everything twice and shuffled ends in the same state") func shuffled() async throws {
        try await withMessagingScene { scene in
            var generator = SeededGenerator(seed: 20_261_121)
            var envelopes: [EventEnvelope] = []
            for order in 0..<20 {
                for version in 1...15 {
                    let event =
                        try version % 4 == 0
                        ? envelope(OrderClosed("\(order)", "\(version)"), Int64(version))
                        : envelope(OrderPlaced("\(order)", "\(version)"), Int64(version))
                    envelopes += [event, event]
                }
            }
            envelopes.shuffle(using: &generator)
            let shuffled = envelopes
            let consumers = [try scene.consumer(LedgerHandlers.orders), try scene.consumer(LedgerHandlers.orders)]
            try await running(consumers) {
                for start in stride(from: 0, to: shuffled.count, by: 60) {
                    try await scene.deliver(Array(shuffled[start..<(start + 60)]))
                }
                try await scene.waitForLedger(300, within: .seconds(60))
            }
            for order in 0..<20 {
                #expect(try await scene.lines("order/\(order)") == (1...15).map(String.init))
            }
            #expect(try await scene.number("SELECT count(*) FROM inbox_pending") == 0)
            #expect(try await scene.number("SELECT count(*) FROM inbox_message") == 300)
        }
    }

    @Test func whatADeadServiceLeftInItsDeadQueueIsHandled() async throws {
        try await withMessagingScene { scene in
            let message = try envelope(OrderPlaced("1", "a"), 1).message
            let outcome = await scene.broker.publish([
                AMQPPublication(exchange: "", routingKey: ServiceName.journal.deadQueue, message: message)
            ])
            #expect(outcome == [.confirmed])
            try await running([try scene.consumer(LedgerHandlers.orders)]) { try await scene.waitForLedger(1) }
        }
    }
}
