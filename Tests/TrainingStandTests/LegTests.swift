import Foundation
import Testing

@testable import TrainingStand

/// Snooping, moving, creating and transferring legs.
@Suite struct LegTests {
    private func words(_ events: [JSONValue]) -> [String] {
        events.filter { !["ChannelVarset", "ChannelDialplan"].contains($0["type"]?.string ?? "") }.map { event in
            ["type", "dialstatus", "cause", "soft", "tech_cause", "dialstring"].map {
                // The recorded number is not the dialled one.
                $0 == "dialstring" ? String(event[$0]?.string?.isEmpty == false) : event[$0].map(Fixtures.text) ?? ""
            }.joined(separator: " ")
        }
    }

    @Test(arguments: [
        ("d2_create_dial_answered", DialOutcome.answered, "15"), ("e2_create_dial_busy", .busy, "15"),
        ("f2_create_dial_noanswer", .noAnswer, "5"),
    ])
    func aCreatedLegIsDialledAsRecorded(trace: String, outcome: DialOutcome, timeout: String) throws {
        var virtual = VirtualExchange.connected()
        virtual.perform { $0.outcomes.scripted["+79990000042"] = [outcome] }
        let created = virtual.command(
            "POST", "channels/create",
            [
                "endpoint": "PJSIP/+79990000042@trunk122", "app": "call-intake", "appArgs": "callback,7",
                "channelId": "cb",
            ])
        #expect(created.status == 200)
        #expect(created.body?["state"] == "Down")
        #expect(virtual.exchange.dials.isEmpty)
        #expect(virtual.command("POST", "channels/cb/dial", ["timeout": timeout]).status == 204)
        #expect(virtual.exchange.dials.count == 1)
        virtual.advance(6)
        if outcome == .answered { virtual.command("DELETE", "channels/cb") }
        let recorded = try Fixtures.lines(trace, "events.jsonl")
        // State and `Dial` come either way round (README point 5).
        #expect(self.words(virtual.heard()).sorted() == self.words(recorded).sorted())
        #expect(self.words(virtual.heard()).last == self.words(recorded).last)
    }

    @Test func onlyALegThatWasCreatedAndIsDownIsDialled() throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callerIsUp(.one())
        let answer = virtual.command("POST", "channels/\(caller)/dial")
        #expect(answer == .refused(409, "Channel is not in the 'Down' state"))
        #expect(virtual.command("POST", "channels/gone/dial") == .noChannel)
    }

    @Test func anOriginatorThatIsGoneIsRefusedAndNothingRings() throws {
        var virtual = VirtualExchange.connected()
        let answer = virtual.command(
            "POST", "channels/op", ["endpoint": "PJSIP/1001", "app": "call-intake", "originator": "gone"])
        #expect(answer == .refused(400, "Provided originator channel was not found"))
        #expect(virtual.command("GET", "channels/op") == .noChannel)
    }

    @Test func variablesOfAnOriginateAreKept() throws {
        var virtual = VirtualExchange.connected()
        let body: JSONValue = ["variables": ["CALLBACK_ID": "7", "PJSIP_HEADER(add,Call-Info)": "answer-after=0"]]
        virtual.command("POST", "channels/op", ["endpoint": "PJSIP/1001", "app": "call-intake"], body: body)
        func value(_ name: String) -> ExchangeAnswer {
            virtual.command("GET", "channels/op/variable", ["variable": name])
        }
        #expect(value("PJSIP_HEADER(add,Call-Info)").body == ["value": "answer-after=0"])
        #expect(value("CALLBACK_ID").body == ["value": "7"])
        #expect(value("NOPE").status == 404)
        virtual.advance(0.5)
        virtual.command("POST", "channels/op/variable", ["variable": "X", "value": "y"])
        #expect(value("X").body == ["value": "y"])
    }

    @Test func aMovedChannelLeavesOneApplicationAndEntersTheOther() throws {
        var virtual = VirtualExchange.connected()
        virtual.connect("lab-monitor")
        let caller = try virtual.callerIsUp(.one())
        let moved = virtual.command(
            "POST", "channels/\(caller)/move", ["app": "lab-monitor", "appArgs": "handed,over"])
        #expect(moved.status == 204)
        let recorded = try Fixtures.lines("i3_move_app", "events-all.jsonl")
        let start = try #require(virtual.events("StasisStart", application: "lab-monitor").first)
        let recordedStart = try #require(recorded.first { $0["type"] == "StasisStart" })
        #expect(start["args"] == recordedStart["args"])
        #expect(start.members?.map(\.key) == recordedStart.members?.map(\.key))
        #expect(virtual.types().last == "StasisEnd")
        // The application it moved to does not exist: the one that holds it learns so.
        #expect(virtual.command("POST", "channels/\(caller)/move", ["app": "no-such-app"]).status == 204)
        let failed = try #require(virtual.events("ApplicationMoveFailed", application: "lab-monitor").first)
        let recordedFailure = try #require(recorded.first { $0["type"] == "ApplicationMoveFailed" })
        #expect(failed["destination"] == recordedFailure["destination"])
        #expect(failed["args"] == recordedFailure["args"])
        #expect(virtual.isAlive(caller))
    }

    @Test func aSnoopEntersStasisAndEndsWithWhatItHears() throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callerIsUp(.one(talk: 60))
        virtual.operatorAnswers("op")
        virtual.talk("talk", caller, "op")
        let query = ["spy": "both", "whisper": "out", "app": "call-intake", "appArgs": "snoop,op"]
        let answer = virtual.command("POST", "channels/op/snoop/ear", query)
        #expect(answer.status == 200)
        #expect(answer.body?["name"]?.string?.hasPrefix("Snoop/op-") == true)
        let start = try #require(virtual.events("StasisStart").last)
        #expect(start["channel"]?["id"] == "ear")
        #expect(start["args"] == ["snoop", "op"])
        virtual.operatorAnswers("boss", number: "1100")
        virtual.talk("listening", "ear", "boss")
        #expect(virtual.command("GET", "channels/ear").status == 200)
        virtual.command("DELETE", "channels/op")
        #expect(!virtual.isAlive("ear"))
        #expect(virtual.types(of: "ear").last == "StasisEnd")
        #expect(virtual.command("GET", "bridges/listening").body?["channels"] == ["boss"])
        #expect(virtual.command("POST", "channels/\(caller)/snoop/x", ["app": "call-intake"]).status == 400)
        #expect(virtual.command("POST", "channels/\(caller)/snoop/x", ["spy": "both"]).status == 400)
        #expect(virtual.command("POST", "channels/gone/snoop/x", query) == .noChannel)
    }

    @Test func aTelephoneThatTransfersByItselfTakesTheCallerOut() throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callerIsUp(.one(talk: 20))
        virtual.operatorAnswers("op")
        virtual.talk("talk", caller, "op")
        let done = virtual.perform { $0.refer("op", to: "1002") }
        #expect(done)
        let start = try #require(virtual.events("StasisStart").last)
        #expect(start["args"] == [])
        #expect(start["replace_channel"]?["id"] == "op")
        let half = try #require(start["channel"]?["id"]?.string)
        #expect(half.hasSuffix(";1"))
        #expect(virtual.types(of: caller).last == "StasisEnd")
        #expect(virtual.types(of: "op").last == "ChannelDestroyed")
        #expect(virtual.exchange.statistics.transferred == 1)
        virtual.advance(400)
        // The caller's conversation ended out of sight; the half is an orphan in the bridge.
        #expect(!virtual.isAlive(caller))
        #expect(virtual.exchange.statistics.ended == 1)
        #expect(virtual.command("GET", "bridges/talk").body?["channels"] == [.string(half)])
        #expect(virtual.command("DELETE", "channels/\(half)").status == 204)
        let again = virtual.perform { $0.refer(caller, to: "1002") }
        #expect(!again)
    }

    @Test func aContinuedCallLeavesItsBridgeBeforeStasis() throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callerIsUp(.one())
        virtual.command("POST", "bridges/queue", ["type": "holding"])
        virtual.command("POST", "bridges/queue/addChannel", ["channel": caller])
        virtual.command("POST", "channels/\(caller)/continue", ["context": "fallback"])
        #expect(virtual.types().contains("ChannelLeftBridge"))
        #expect(virtual.types().firstIndex(of: "ChannelLeftBridge")! < virtual.types().firstIndex(of: "StasisEnd")!)
        #expect(virtual.exchange.statistics.continued == 1)
    }

    @Test func holdAndMusicMakeNoEventsButAreCounted() throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callerIsUp(.one())
        let before = virtual.heard().count
        virtual.command("POST", "channels/\(caller)/hold")
        virtual.command("POST", "channels/\(caller)/moh", ["mohClass": "queue122"])
        #expect(virtual.heard().count == before)
        #expect(virtual.exchange.live.onHold == 1)
        virtual.command("DELETE", "channels/\(caller)/moh")
        virtual.command("DELETE", "channels/\(caller)/hold")
        #expect(virtual.exchange.live.onHold == 0)
        virtual.perform { $0.pressHold(true, on: caller) }
        #expect(virtual.events("ChannelHold").count == 1)
    }

    @Test func anUnregisteredTelephoneIsOffline() {
        var virtual = VirtualExchange.connected()
        virtual.perform { $0.outcomes.scripted["1009"] = [.unregistered] }
        #expect(virtual.command("GET", "endpoints/PJSIP/1009").body?["state"] == "offline")
        virtual.operatorAnswers("op")
        let endpoint = virtual.command("GET", "endpoints/PJSIP/1001").body
        #expect(endpoint?["state"] == "online")
        #expect(endpoint?["channel_ids"] == ["op"])
    }
}
