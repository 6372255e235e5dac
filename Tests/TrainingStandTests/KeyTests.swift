import Foundation
import Testing

@testable import TrainingStand

@Suite struct KeyTests {
    @Test func aKeyIsTheRecordedEvent() throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callerIsUp(.one())
        virtual.perform { $0.press("1", on: caller) }
        let heard = try #require(virtual.events("ChannelDtmfReceived").first)
        let recorded = try #require(
            try Fixtures.lines("j_dtmf_rfc4733", "events.jsonl").first { $0["type"] == "ChannelDtmfReceived" })
        #expect(heard.members?.map(\.key) == recorded.members?.map(\.key))
        #expect(heard["digit"] == recorded["digit"])
        #expect(heard["duration_ms"] == recorded["duration_ms"])
    }

    @Test func aCallerPressesThePlannedKeysAtTheirTime() throws {
        var virtual = VirtualExchange.connected()
        var plan = TrafficPlan.one()
        plan.keys = [.init(after: 2, digit: "1"), .init(after: 3, digit: "#")]
        _ = try virtual.callerIsUp(plan)
        virtual.advance(1.9)
        #expect(virtual.events("ChannelDtmfReceived").isEmpty)
        virtual.advance(2)
        #expect(virtual.events("ChannelDtmfReceived").compactMap { $0["digit"]?.string } == ["1", "#"])
    }

    @Test func keysBeforeTheAnswerAreLost() throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callComes(.one())
        virtual.perform { $0.press("1", on: caller) }
        #expect(virtual.events("ChannelDtmfReceived").isEmpty)
        #expect(virtual.exchange.statistics.keys == 1)
        #expect(virtual.exchange.statistics.keysHeard == 0)
    }

    @Test func keysInAConversationAreHeardOnlyWhereTheExchangeTouchesTheVoice() throws {
        // Trace j3_dtmf_in_bridge: two legs, native_rtp, not one event for five keys.
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callerIsUp(.one())
        virtual.operatorAnswers("op")
        virtual.talk("talk", caller, "op")
        virtual.perform { $0.press("12", on: caller) }
        virtual.advance(1)
        #expect(virtual.events("ChannelDtmfReceived").isEmpty)
        virtual.command("POST", "bridges/talk/record", ["name": "r", "format": "wav"])
        virtual.perform { $0.press("34", on: caller) }
        virtual.advance(1)
        #expect(virtual.events("ChannelDtmfReceived").compactMap { $0["digit"]?.string } == ["3", "4"])
    }

    @Test func keysOfAQueueAreHeard() throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callerIsUp(.one())
        virtual.command("POST", "bridges/queue", ["type": "holding"])
        virtual.command("POST", "bridges/queue/addChannel", ["channel": caller])
        virtual.perform { $0.press("1", on: caller) }
        #expect(virtual.events("ChannelDtmfReceived").count == 1)
    }

    @Test func theApplicationSendsKeys() throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callerIsUp(.one())
        #expect(virtual.command("POST", "channels/\(caller)/dtmf", ["dtmf": "12"]).status == 204)
        #expect(virtual.command("POST", "channels/\(caller)/dtmf").body?["message"] == "DTMF is required")
    }
}

/// What citizens do at calls that speak by themselves.
@Suite struct SpokenToTests {
    /// A citizen who has answered; `keys` are pressed one after each thing that is said.
    private func answered(_ keys: String) -> VirtualExchange {
        var virtual = VirtualExchange.connected()
        virtual.exchange.outcomes.keys["+79990000001"] = keys
        virtual.command(
            "POST", "channels/dial-1",
            ["endpoint": "PJSIP/+79990000001@trunk122", "app": "call-intake", "appArgs": "callback,1"])
        virtual.advance(1.5)
        return virtual
    }

    private func say(_ virtual: inout VirtualExchange, _ id: String) {
        virtual.command("POST", "channels/dial-1/play/\(id)", ["media": "sound:line122/one,sound:line122/two"])
        virtual.advance(3)
    }

    private func keys(_ virtual: VirtualExchange) -> [String] {
        virtual.events("ChannelDtmfReceived").compactMap { $0["digit"]?.string }
    }

    @Test func aKeyIsPressedAfterEachThingThatWasSaid() {
        var virtual = self.answered("1-3")
        for (number, heard) in [["1"], ["1"], ["1", "3"], ["1", "3"]].enumerated() {
            self.say(&virtual, "say-\(number)")
            #expect(self.keys(virtual) == heard)
        }
        #expect(virtual.isAlive("dial-1"))
    }

    @Test func aCitizenMayHangUpInstead() {
        var virtual = self.answered("1h")
        self.say(&virtual, "say-1")
        self.say(&virtual, "say-2")
        #expect(self.keys(virtual) == ["1"] && !virtual.isAlive("dial-1"))
    }

    @Test func whoWaitsInABridgePressesNothing() {
        var virtual = self.answered("1")
        virtual.command("POST", "bridges/queue", ["type": "holding"])
        virtual.command("POST", "bridges/queue/addChannel", ["channel": "dial-1"])
        self.say(&virtual, "say-1")
        #expect(self.keys(virtual).isEmpty)
    }
}
