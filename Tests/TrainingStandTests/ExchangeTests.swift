import Foundation
import Testing

@testable import TrainingStand

@Suite struct ExchangeTests {
    private func calls(_ plan: TrafficPlan, seed: UInt64 = 1) -> VirtualExchange {
        var virtual = VirtualExchange(seed: seed)
        virtual.connect()
        _ = virtual.perform { $0.start(plan) }
        return virtual
    }

    private func firstCaller(_ virtual: VirtualExchange) throws -> String {
        try #require(virtual.heard().first { $0["type"] == "StasisStart" }?["channel"]?["id"]?.string)
    }

    private func connect(_ virtual: inout VirtualExchange, caller: String, operator name: String = "op-1") {
        virtual.command("POST", "channels/\(caller)/answer")
        virtual.command(
            "POST", "channels/\(name)",
            ["endpoint": "PJSIP/1001", "app": "call-intake", "appArgs": "operator,\(caller)", "originator": caller])
        virtual.advance(0.5)
        virtual.command("POST", "bridges/talk-\(name)", ["type": "mixing"])
        virtual.command("POST", "bridges/talk-\(name)/addChannel", ["channel": caller])
        virtual.command("POST", "bridges/talk-\(name)/addChannel", ["channel": name])
    }

    @Test func aGeneratedCallLooksLikeARecordedOne() throws {
        var virtual = self.calls(TrafficPlan(count: 1, rate: 100, withheld: 0))
        virtual.advance(1)
        let start = try #require(virtual.heard().first)
        #expect(start["args"] == ["inbound", "122"])
        #expect(start["channel"]?["caller"]?["number"]?.string?.hasPrefix("+79") == true)
        let recorded = try Fixtures.lines("a_inbound_answered", "events.jsonl")[0]
        #expect(start.members?.map(\.key) == recorded.members?.map(\.key))
        #expect(start["channel"]?.members?.map(\.key) == recorded["channel"]?.members?.map(\.key))
    }

    @Test func aConversationGivesTheRecordedSequenceOfEvents() throws {
        var virtual = self.calls(TrafficPlan(count: 1, rate: 100, talk: 3, withheld: 0, numbers: ["+79990000001"]))
        virtual.advance(0.2)
        let caller = try self.firstCaller(virtual)
        virtual.command("POST", "channels/\(caller)/answer")
        virtual.command("POST", "bridges/queue-a", ["type": "holding"])
        virtual.command("POST", "bridges/queue-a/addChannel", ["channel": caller])
        virtual.command(
            "POST", "channels/op-a-1", ["endpoint": "PJSIP/1001", "app": "call-intake", "originator": caller])
        virtual.advance(1)
        virtual.command("POST", "bridges/talk-a", ["type": "mixing"])
        virtual.command("POST", "bridges/talk-a/addChannel", ["channel": caller])
        virtual.command("POST", "bridges/talk-a/addChannel", ["channel": "op-a-1"])
        virtual.advance(40)
        virtual.command("DELETE", "channels/op-a-1")
        virtual.command("DELETE", "bridges/talk-a")
        virtual.command("DELETE", "bridges/queue-a")
        let recorded = try Fixtures.lines("a_inbound_answered", "events.jsonl")
        func words(_ events: [JSONValue], variables: Bool) -> [String] {
            events.filter { ($0["type"] == "ChannelVarset") == variables }.map { event in
                let parts = ["type", "dialstatus", "cause", "soft", "variable"].map {
                    event[$0].map(Fixtures.text) ?? ""
                }
                return parts.joined(separator: " ")
            }
        }
        let heard = virtual.heard()
        #expect(words(heard, variables: false) == words(recorded, variables: false))
        #expect(words(heard, variables: true) == words(recorded, variables: true))
        #expect(virtual.exchange.statistics.answered == 1)
        #expect(virtual.exchange.statistics.ended == 1)
    }

    @Test func theEndOfAnInboundCallReachesOnlyWhoSubscribedToIt() throws {
        for subscribes in [false, true] {
            var virtual = self.calls(TrafficPlan(count: 1, rate: 100, talk: 1, drop: 1, dropCauses: [44]))
            virtual.advance(0.2)
            let caller = try self.firstCaller(virtual)
            if subscribes {
                virtual.command(
                    "POST", "applications/call-intake/subscription", ["eventSource": "channel:\(caller)"])
            }
            self.connect(&virtual, caller: caller)
            virtual.advance(30)
            let ends = virtual.heard().filter {
                $0["type"] == "ChannelDestroyed" && TraceReader.channel(of: $0) == caller
            }
            #expect(ends.map { $0["cause"]?.int } == (subscribes ? [44] : []))
            #expect(virtual.exchange.statistics.broken == ["44": 1])
        }
    }

    @Test func aCallerWhoGivesUpWhileRingingIs127AndInAQueue16AndOutsideAnyBridge0() throws {
        for (answers, queues, cause) in [(false, false, 127), (true, false, 0), (true, true, 16)] {
            var virtual = self.calls(TrafficPlan(count: 1, rate: 100, patience: 1, abandon: 1))
            virtual.advance(0.001)
            while virtual.heard().isEmpty { virtual.advance(0.001) }
            let caller = try self.firstCaller(virtual)
            virtual.command("POST", "applications/call-intake/subscription", ["eventSource": "channel:\(caller)"])
            if answers { virtual.command("POST", "channels/\(caller)/answer") }
            if queues {
                virtual.command("POST", "bridges/queue", ["type": "holding"])
                virtual.command("POST", "bridges/queue/addChannel", ["channel": caller])
            }
            virtual.advance(20)
            #expect(virtual.heard().last?["cause"]?.int == cause)
            #expect(virtual.exchange.statistics.abandoned == 1)
        }
    }

    @Test(arguments: [
        ("busy", ["", "RINGING", "BUSY"], 17), ("busyEarly", ["", "BUSY"], 17), ("noAnswer", ["", "RINGING"], 19),
        ("silent", [""], 19), ("congestion", ["", "CONGESTION"], 34), ("unallocated", ["", "NOANSWER"], 1),
        ("rejected", ["", "RINGING", "NOANSWER"], 21), ("unavailable", ["", "RINGING", "NOANSWER"], 19),
    ])
    func aFailedDialShowsItsStatusesAndItsCause(outcome: String, statuses: [String], cause: Int) throws {
        var virtual = VirtualExchange()
        virtual.connect()
        let scripted = try #require(DialOutcome(rawValue: outcome))
        virtual.perform { $0.outcomes.scripted["+79990000042"] = [scripted] }
        virtual.command(
            "POST", "channels/cb-1",
            ["endpoint": "PJSIP/+79990000042@trunk122", "app": "call-intake", "timeout": "5"])
        virtual.advance(10)
        #expect(virtual.heard().compactMap { $0["dialstatus"]?.string } == statuses)
        #expect(virtual.heard().last?["cause"]?.int == cause)
        #expect(virtual.exchange.dials.map(\.outcome) == [scripted])
        #expect(virtual.exchange.dials.first?.cause == cause)
    }

    @Test func aRefusedOriginateSaysWhatTheRealOneSays() {
        var virtual = VirtualExchange()
        virtual.connect()
        virtual.perform { $0.outcomes.scripted["1009"] = [.unregistered] }
        func dial(_ endpoint: String, _ id: String) -> ExchangeAnswer {
            virtual.command("POST", "channels/\(id)", ["endpoint": endpoint, "app": "call-intake"])
        }
        #expect(dial("PJSIP/1009", "a") == ExchangeAnswer(status: 500, body: ["error": "Allocation failed"]))
        #expect(dial("NoTech/x", "a").status == 500)
        #expect(dial("nonsense", "a") == .refused(400, "Invalid endpoint specified"))
        #expect(dial("", "a") == .refused(400, "Endpoint must be specified"))
        #expect(dial("PJSIP/1001", "a").status == 200)
        #expect(dial("PJSIP/1001", "a") == .refused(409, "Channel with given unique ID already exists"))
        virtual.command("DELETE", "channels/a")
        #expect(dial("PJSIP/1001", "a").status == 200)
    }

    @Test func wrongCommandsAreAnsweredAsRecorded() throws {
        var virtual = self.calls(TrafficPlan(count: 1, rate: 100))
        virtual.advance(0.2)
        let caller = try self.firstCaller(virtual)
        virtual.command("POST", "bridges", ["type": "mixing", "bridgeId": "talk-w"])
        let recorded = try Fixtures.lines("b_abandoned_waiting", "rest.jsonl")
        #expect(recorded.contains { $0["status"]?.int == 400 })
        let expected: [(String, String, [String: String], Int, String)] = [
            ("POST", "bridges", ["bridgeId": "talk-w"], 409, "Bridge with id 'talk-w' already exists"),
            ("POST", "bridges/talk-w/removeChannel", ["channel": caller], 422, "Channel not in this bridge"),
            ("POST", "bridges/talk-w/addChannel", ["channel": "nope"], 400, "Channel not found"),
            ("POST", "bridges/nope/addChannel", ["channel": caller], 404, "Bridge not found"),
            ("GET", "channels/unknown-id", [:], 404, "Channel not found"),
            ("POST", "channels/unknown-id/answer", [:], 404, "Channel not found"),
            ("GET", "no/such/resource", [:], 404, "Resource not found"),
        ]
        for (method, path, query, status, message) in expected {
            let answer = virtual.command(method, path, query)
            #expect(answer.status == status)
            #expect(answer.body?["message"]?.string == message)
        }
    }

    @Test func aLostSocketLosesEventsButNotSubscriptionsAndNewCallsFallThrough() throws {
        var virtual = self.calls(TrafficPlan(count: 2, rate: 0.5, patience: 1000))
        virtual.advance(60)
        #expect(virtual.exchange.statistics.announced == 2)
        let caller = try self.firstCaller(virtual)
        virtual.perform { $0.disconnect("call-intake") }
        let before = virtual.heard().count
        _ = virtual.perform { $0.start(TrafficPlan(count: 1, rate: 100)) }
        virtual.advance(5)
        #expect(virtual.exchange.statistics.fellThrough == 1)
        let callers = virtual.exchange.channels.values.filter { $0.application != nil }
        #expect(callers.count == 2)
        let impatient = try #require(callers.first { $0.id != caller }).id
        virtual.perform { $0.hangUp(impatient, request: nil, cause: 16) }
        #expect(virtual.exchange.statistics.unheard == 1)
        virtual.connect()
        #expect(virtual.heard().count == before)
        let listed = virtual.command("GET", "applications/call-intake").body?["channel_ids"]?.array
        #expect(listed?.contains(.string(caller)) == true)
        #expect(virtual.command("GET", "channels").body?.array?.count == 1)
    }

    @Test func theEventFilterIsGoneWithAnApplicationThatHoldsNothing() {
        var virtual = VirtualExchange()
        virtual.connect()
        let filter: JSONValue = ["disallowed": [["type": "ChannelVarset"]]]
        let answer = virtual.command("PUT", "applications/call-intake/eventFilter", body: filter)
        #expect(answer.body?["events_disallowed"] == [["type": "ChannelVarset"]])
        virtual.perform { $0.disconnect("call-intake") }
        virtual.connect()
        #expect(virtual.command("GET", "applications/call-intake").body?["events_disallowed"] == [])
    }

    @Test func aRecordingEndsWithItsBridge() throws {
        var virtual = self.calls(TrafficPlan(count: 1, rate: 100, talk: 2))
        virtual.advance(0.2)
        let caller = try self.firstCaller(virtual)
        self.connect(&virtual, caller: caller)
        let record = ["name": "rec-1", "format": "wav"]
        #expect(virtual.command("POST", "bridges/talk-op-1/record", record).status == 201)
        #expect(virtual.command("POST", "bridges/talk-op-1/record", record).status == 409)
        #expect(virtual.command("POST", "bridges/talk-op-1/record", ["name": "x", "format": "mp9"]).status == 422)
        virtual.advance(30)
        virtual.command("DELETE", "channels/op-1")
        let types = virtual.types()
        #expect(types.filter { $0 == "RecordingStarted" }.count == 1)
        #expect(types.filter { $0 == "RecordingFinished" }.count == 1)
        #expect(virtual.command("GET", "recordings/stored/rec-1").status == 200)
        #expect(virtual.command("GET", "recordings/stored/rec-1/file").sound != nil)
        #expect(RecordedSound(name: "rec-1", seconds: 2).wav.count == 44 + 32_000)
    }

    @Test func theSameSeedGivesTheSameCalls() {
        func numbers(_ seed: UInt64) -> [String] {
            var virtual = self.calls(TrafficPlan(count: 20, rate: 10), seed: seed)
            virtual.advance(60)
            return virtual.heard().compactMap { $0["channel"]?["caller"]?["number"]?.string }
        }
        #expect(numbers(5) == numbers(5))
        #expect(numbers(5) != numbers(6))
    }

    @Test func everyOfferedCallIsAccountedFor() {
        var virtual = self.calls(
            TrafficPlan(count: 200, rate: 1, patience: 2, talk: 2, drop: 0.3, operatorDrop: 0.1, abandon: 0.2))
        var seen = 0
        for _ in 0..<6000 {
            virtual.advance(0.05)
            let heard = virtual.heard()
            for event in heard[seen...] {
                guard event["type"] == "StasisStart", event["args"] == ["inbound", "122"],
                    let caller = event["channel"]?["id"]?.string
                else { continue }
                self.connect(&virtual, caller: caller, operator: "op-\(caller)")
            }
            seen = heard.count
        }
        let statistics = virtual.exchange.statistics
        #expect(statistics.offered == 200)
        let broken = statistics.broken.values.reduce(0, +)
        #expect(broken > 20)
        #expect(statistics.abandoned + statistics.ended + broken == 200)
        #expect(statistics.answered + statistics.abandoned == 200)
    }
}
