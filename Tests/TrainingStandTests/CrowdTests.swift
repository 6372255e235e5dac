import Foundation
import Testing

@testable import TrainingStand

/// 100 calls a second into a thousand waiting callers must not cost more for the thousand.
@Suite(.serialized) struct CrowdTests {
    private func crowd(_ count: Int) -> VirtualExchange {
        var virtual = VirtualExchange.connected()
        let filter: JSONValue = ["allowed": [["type": "StasisStart"]]]
        virtual.command("PUT", "applications/call-intake/eventFilter", body: filter)
        virtual.command("POST", "bridges/queue", ["type": "holding"])
        _ = virtual.perform { $0.start(TrafficPlan(count: count, rate: 10_000, patience: 8000)) }
        virtual.advance(1)
        for channel in virtual.exchange.channels.keys {
            virtual.command("POST", "bridges/queue/addChannel", ["channel": channel])
        }
        return virtual
    }

    /// Processor seconds of a thousand departures and arrivals of one caller among the others.
    private func cost(_ crowd: VirtualExchange) throws -> Double {
        var exchange = crowd.exchange
        let one = try #require(exchange.bridges["queue"]?.channels.first)
        func command(_ action: String) -> ExchangeCommand {
            ExchangeCommand(method: "POST", path: ["bridges", "queue", action], query: ["channel": one])
        }
        let start = Self.threadSeconds
        for _ in 0..<1000 {
            _ = exchange.handle(command("removeChannel"))
            _ = exchange.handle(command("addChannel"))
        }
        return Self.threadSeconds - start
    }

    /// Processor time of this thread: other tests run beside it.
    private static var threadSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    @Test func comingAndGoingInAQueueNobodyListensToCostsTheSameAmongAThousand() throws {
        // The cheapest of several: what else the machine does makes one dearer, never cheaper.
        func cheapest(_ count: Int) throws -> Double {
            let crowd = self.crowd(count)
            return try (0..<5).map { _ in try self.cost(crowd) }.min() ?? 0
        }
        let alone = try cheapest(5)
        let among = try cheapest(1000)
        // Drawing the list of a thousand each time made it a hundredfold.
        #expect(among < alone * 10)
    }

    @Test func idsStayInOrder() {
        var ids = SortedIDs()
        for id in ["b", "a", "c", "a"] { ids.insert(id) }
        #expect(Array(ids) == ["a", "b", "c"])
        ids.remove("b")
        ids.remove("x")
        #expect(Array(ids) == ["a", "c"])
        #expect(ids.contains("c"))
        #expect(!ids.contains("b"))
    }
}
