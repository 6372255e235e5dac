import Foundation
import Testing

@testable import TrainingStand

/// A client that does what the recorded one did, with ids of its own.
private struct ScriptedClient {
    var virtual = VirtualExchange()
    let run: Int
    var caller = ""

    init(_ trace: String, speed: Double = 1) throws {
        self.virtual.connect()
        let script = try Fixtures.script(trace)
        self.run = try #require(
            self.virtual.perform { $0.start(script, application: "call-intake", speed: speed, number: nil) })
        self.virtual.advance(1)
        if !script.inbound.isEmpty {
            self.caller = try #require(self.virtual.heard().first?["channel"]?["id"]?.string)
        }
    }

    var replay: Replay { self.virtual.exchange.replays[self.run]! }

    mutating func subscribe() -> ExchangeAnswer {
        self.virtual.command(
            "POST", "applications/call-intake/subscription", ["eventSource": "channel:\(self.caller)"])
    }

    mutating func queue() {
        self.virtual.command("POST", "channels/\(self.caller)/answer")
        self.virtual.command("POST", "bridges", ["type": "holding", "bridgeId": "queue-9", "name": "queue122"])
        self.virtual.command(
            "POST", "bridges/queue-9/addChannel", ["channel": self.caller, "role": "participant"])
        self.virtual.command("POST", "bridges/queue-9/moh", ["mohClass": "queue122"])
        self.virtual.advance(1)
    }

    mutating func connectOperator(endpoint: String = "PJSIP/op1") {
        self.virtual.command(
            "POST", "channels/op-9",
            [
                "endpoint": endpoint, "app": "call-intake", "appArgs": "operator,\(self.caller)", "timeout": "15",
                "originator": self.caller,
            ])
        self.virtual.advance(1.5)
        self.virtual.command("POST", "bridges", ["type": "mixing", "bridgeId": "talk-9", "name": "talk"])
        self.virtual.command("POST", "bridges/talk-9/addChannel", ["channel": self.caller])
        self.virtual.command("POST", "bridges/talk-9/addChannel", ["channel": "op-9"])
    }

    mutating func clear() {
        self.virtual.advance(10)
        self.virtual.command("DELETE", "channels/op-9", ["reason": "normal"])
        self.virtual.advance(1)
        self.virtual.command("DELETE", "bridges/talk-9")
        self.virtual.command("DELETE", "bridges/queue-9")
    }

    mutating func wholeCall(subscribed: Bool = false) {
        if subscribed { _ = self.subscribe() }
        self.queue()
        self.connectOperator()
        self.clear()
    }
}

@Suite struct ReplayTests {
    @Test(arguments: ["a_inbound_answered", "c1_drop_cause38", "c2_drop_cause41", "c5_drop_softhangup"])
    func aClientThatActsAsRecordedHearsExactlyWhatWasRecorded(trace: String) throws {
        var client = try ScriptedClient(trace)
        client.wholeCall()
        #expect(client.replay.isFinished)
        let heard = Fixtures.asRecorded(client.virtual.heard(), client.replay)
        let recorded = try Fixtures.lines(trace, "events.jsonl").map(Fixtures.text)
        #expect(heard.count == recorded.count)
        for (present, past) in zip(heard, recorded) { #expect(present == past) }
        #expect(client.virtual.exchange.channels.isEmpty)
    }

    @Test func theRecordedPaceIsKept() throws {
        var client = try ScriptedClient("a_inbound_answered")
        client.queue()
        client.connectOperator()
        client.virtual.advance(6.5)
        #expect(!client.virtual.types().contains("ChannelHangupRequest"))
        client.virtual.advance(1)
        #expect(client.virtual.types().contains("ChannelHangupRequest"))
    }

    @Test(arguments: [
        ("a_inbound_answered", 16), ("c1_drop_cause38", 38), ("c2_drop_cause41", 41), ("c5_drop_softhangup", 16),
    ])
    func onlyAnApplicationSubscribedToTheCallerLearnsWhyTheCallEnded(trace: String, cause: Int) throws {
        var client = try ScriptedClient(trace)
        client.wholeCall(subscribed: true)
        let own = client.virtual.heard().filter { TraceReader.channel(of: $0) == client.caller }
        let destroyed = own.filter { $0["type"] == "ChannelDestroyed" }
        #expect(destroyed.count == 1)
        #expect(destroyed.first?["cause"]?.int == cause)
        #expect(destroyed.first?["application"] == "call-intake")
        #expect(own.last?["type"] == "ChannelDestroyed")
        let plain = try Fixtures.lines(trace, "events.jsonl").count
        let extra = client.virtual.heard().count - plain
        // The variable of Stasis, the second hang-up request, the end itself: nothing doubled.
        #expect((1...8).contains(extra))
        #expect(own.filter { $0["type"] == "StasisEnd" }.count == 1)
    }

    @Test func theExplicitSubscriptionOfTheRecordingIsGivenByTheClient() throws {
        var client = try ScriptedClient("a3_inbound_explicit_subscription")
        let answer = client.subscribe()
        #expect(answer.body?["channel_ids"] == [.string(client.caller)])
        client.queue()
        let listed = client.virtual.command("GET", "applications/call-intake").body
        #expect(listed?["bridge_ids"] == ["queue-9"])
        client.virtual.advance(5)
        #expect(client.replay.isFinished)
        client.virtual.command("DELETE", "bridges/queue-9")
        let heard = Fixtures.asRecorded(client.virtual.heard(), client.replay)
        let recorded = try Fixtures.lines("a3_inbound_explicit_subscription", "events.jsonl").map(Fixtures.text)
        #expect(heard == recorded)
        let after = client.virtual.command("GET", "applications/call-intake").body
        #expect(after?["channel_ids"] == [])
    }

    @Test func withoutItsSubscriptionTheEndOfTheSameCallIsNotHeard() throws {
        var client = try ScriptedClient("a3_inbound_explicit_subscription")
        client.queue()
        client.virtual.advance(5)
        #expect(client.virtual.types().last == "StasisEnd")
    }

    @Test func theOperatorLineOfARecordingBreaksAndTheCallerStays() throws {
        var client = try ScriptedClient("c6_operator_drops")
        _ = client.subscribe()
        client.queue()
        client.connectOperator(endpoint: "PJSIP/1003")
        client.virtual.advance(3)
        #expect(client.virtual.types(of: "op-9").last == "ChannelDestroyed")
        let dial = client.virtual.heard().first { $0["type"] == "Dial" }
        #expect(dial?["dialstring"] == "1003")
        #expect(client.virtual.command("GET", "channels/\(client.caller)").status == 200)
        client.virtual.command("POST", "bridges/queue-9/addChannel", ["channel": client.caller])
        client.virtual.advance(1)
        #expect(client.replay.waitingFor != nil)
        client.virtual.command("DELETE", "channels/\(client.caller)", ["reason_code": "41"])
        client.virtual.advance(1)
        #expect(client.replay.isFinished)
        let end = client.virtual.heard().last { $0["type"] == "ChannelDestroyed" }
        #expect(end?["cause"]?.int == 41)
    }

    @Test func anAbandonedCallNeedsNoOperator() throws {
        var ringing = try ScriptedClient("b2_abandoned_ringing")
        ringing.virtual.command("POST", "channels/\(ringing.caller)/ring")
        ringing.virtual.advance(4)
        #expect(ringing.replay.isFinished)
        #expect(ringing.virtual.types() == ["StasisStart", "ChannelHangupRequest", "StasisEnd"])
        var waiting = try ScriptedClient("b_abandoned_waiting")
        waiting.queue()
        waiting.virtual.advance(5)
        #expect(waiting.replay.isFinished)
        #expect(waiting.virtual.types().last == "StasisEnd")
    }

    @Test(arguments: [
        ("d1_originate_answered", false), ("e1_originate_busy", true), ("f1_originate_noanswer", true),
        ("g1_originate_503", true), ("g3_originate_404", true), ("g4_originate_603", true), ("f4_originate_480", true),
    ])
    func aRecordedDialAnswersToTheIdOfTheClient(trace: String, endsByItself: Bool) throws {
        var client = try ScriptedClient(trace)
        let answer = client.virtual.command(
            "POST", "channels/cb-42",
            ["endpoint": "PJSIP/+79990000042@trunk122", "app": "call-intake", "appArgs": "callback,42"])
        #expect(answer.status == 200)
        #expect(answer.body?["id"] == "cb-42")
        client.virtual.advance(6)
        if !endsByItself {
            let start = client.virtual.heard().first { $0["type"] == "StasisStart" }
            #expect(start?["args"] == ["callback", "42"])
            client.virtual.command("DELETE", "channels/cb-42")
            client.virtual.advance(1)
        }
        #expect(client.replay.isFinished)
        let recorded = try Fixtures.lines(trace, "events.jsonl")
        #expect(client.virtual.heard().compactMap { $0["type"] } == recorded.compactMap { $0["type"] })
        #expect(client.virtual.heard().last?["cause"] == recorded.last?["cause"])
        #expect(client.virtual.heard().allSatisfy { TraceReader.channel(of: $0) == "cb-42" })
    }

    @Test func theSameRecordingRunsTwiceAtOnce() throws {
        var virtual = VirtualExchange()
        virtual.connect()
        let script = try Fixtures.script("a_inbound_answered")
        for _ in 0..<2 { _ = virtual.perform { $0.start(script, application: "call-intake", speed: 0, number: nil) } }
        let callers = virtual.heard().compactMap { $0["channel"]?["id"]?.string }
        #expect(Set(callers).count == 2)
        for (index, caller) in callers.enumerated().reversed() {
            virtual.command("POST", "channels/\(caller)/answer")
            virtual.command("POST", "bridges/queue-\(index)", ["type": "holding"])
            virtual.command("POST", "bridges/queue-\(index)/addChannel", ["channel": caller])
            virtual.command(
                "POST", "channels/op-\(index)",
                ["endpoint": "PJSIP/1001", "app": "call-intake", "appArgs": "operator,\(caller)"])
            virtual.advance(0.1)
            virtual.command("POST", "bridges/talk-\(index)", ["type": "mixing"])
            virtual.command("POST", "bridges/talk-\(index)/addChannel", ["channel": "\(caller),op-\(index)"])
        }
        virtual.advance(0.1)
        for index in callers.indices { virtual.command("DELETE", "channels/op-\(index)") }
        virtual.advance(0.1)
        #expect(virtual.exchange.replays.values.filter { !$0.isFinished }.isEmpty)
        #expect(virtual.exchange.channels.isEmpty)
    }

    @Test func aReplayTellsWhichCommandItWaitsFor() throws {
        var client = try ScriptedClient("a_inbound_answered")
        #expect(client.replay.json["state"] == "waiting")
        #expect(client.replay.json["waitingFor"]?.string?.contains("answer") == true)
        client.virtual.command("POST", "channels/\(client.caller)/answer")
        client.virtual.advance(1)
        #expect(client.replay.json["waitingFor"]?.string?.contains("holding") == true)
    }

    @Test func aClientWithoutAQueueBridgeIsNotHeldUp() throws {
        var client = try ScriptedClient("a_inbound_answered")
        client.virtual.command("POST", "channels/\(client.caller)/answer")
        client.connectOperator()
        client.virtual.advance(5)
        #expect(client.replay.skipped.count == 1)
        #expect(client.virtual.types(of: "op-9").contains("StasisStart"))
    }

    @Test func aCallerHungUpByTheClientEndsTheReplay() throws {
        var client = try ScriptedClient("a_inbound_answered")
        _ = client.subscribe()
        client.queue()
        client.virtual.command("DELETE", "channels/\(client.caller)", ["reason": "normal"])
        client.virtual.advance(1)
        #expect(client.virtual.types().suffix(3) == ["StasisEnd", "ChannelHangupRequest", "ChannelDestroyed"])
        #expect(client.replay.isFinished)
        #expect(!client.replay.skipped.isEmpty)
        #expect(client.virtual.exchange.channels.isEmpty)
    }

    @Test func withoutASocketNothingIsReplayed() throws {
        var virtual = VirtualExchange()
        let script = try Fixtures.script("a_inbound_answered")
        #expect(virtual.perform { $0.start(script, application: "call-intake", speed: 1, number: nil) } == nil)
    }
}
