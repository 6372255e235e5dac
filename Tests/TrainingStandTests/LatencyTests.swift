import Foundation
import Testing

@testable import TrainingStand

@Suite struct LatencyTests {
    private func milliseconds(_ json: JSONValue?, _ name: String) -> Double { json?[name]?.double ?? -1 }

    @Test func theTimeToTheFirstCommandIsThatOfTheAnnouncement() throws {
        var virtual = VirtualExchange.connected()
        for delay in [0.01, 0.02, 8] {
            let caller = try virtual.callComes(.one())
            virtual.advance(delay)
            virtual.command("POST", "channels/\(caller)/answer")
            // The second command answers nothing.
            virtual.advance(1)
            virtual.command("POST", "channels/\(caller)/ring")
        }
        let json = virtual.exchange.latency.json
        #expect(json["count"] == 3)
        #expect(abs(self.milliseconds(json, "p50") - 20) < 0.1)
        #expect(abs(self.milliseconds(json, "max") - 8000) < 0.1)
        #expect(json["announcement"]?["count"] == 3)
    }

    @Test func aKeyIsAnsweredInTimeOrNotAtAll() throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callerIsUp(.one())
        virtual.perform { $0.latency.reset() }
        virtual.perform { $0.press("1", on: caller) }
        virtual.advance(0.05)
        virtual.command("POST", "channels/\(caller)/play", ["media": "sound:a"])
        virtual.advance(60)
        virtual.command("POST", "channels/\(caller)/ring")
        let json = virtual.exchange.latency.json
        #expect(json["count"] == 1)
        #expect(abs(self.milliseconds(json, "max") - 50) < 0.1)
        #expect(json["unanswered"] == 1)
        #expect(json["announcement"]?["count"] == 0)
    }

    @Test func operatorsLegsAreTimedByTheBridgeTheyJoin() throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callerIsUp(.one())
        virtual.operatorAnswers("op")
        virtual.perform { $0.latency.reset() }
        virtual.talk("talk", caller, "op")
        #expect(virtual.exchange.latency.json["count"] == 1)
    }

    @Test func nothingMeasuredIsNull() {
        #expect(Latency().json["p99"] == .null)
        #expect(Latency().json["count"] == 0)
    }
}
