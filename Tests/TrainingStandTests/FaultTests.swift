import Foundation
import Testing

@testable import TrainingStand

@Suite struct FaultTests {
    @Test func aFailedCommandHasNoEffect() throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callComes(.one())
        let adopted = virtual.perform { $0.faults.adopt(["failShare": 1]) }
        #expect(adopted)
        let answer = virtual.command("POST", "channels/\(caller)/answer")
        #expect(answer == .failed("Internal Server Error"))
        #expect(virtual.exchange.channels[caller]?.state == "Ring")
        #expect(virtual.exchange.statistics.failedCommands == 1)
        virtual.perform { $0.faults = ExchangeFaults() }
        #expect(virtual.command("POST", "channels/\(caller)/answer").status == 204)
    }

    @Test func eventsComeTwiceAndOthersNobodyKnowsBetweenThem() throws {
        var virtual = VirtualExchange.connected()
        virtual.perform { $0.faults = ExchangeFaults(duplicateShare: 1, unknownShare: 1) }
        let caller = try virtual.callComes(.one())
        virtual.command("POST", "channels/\(caller)/answer")
        #expect(
            virtual.types() == [
                "StasisStart", "StasisStart", "ChannelFeatureOfTomorrow", "ChannelStateChange", "ChannelStateChange",
                "ChannelFeatureOfTomorrow",
            ])
    }

    @Test func timestampsRunBackwards() throws {
        var virtual = VirtualExchange.connected()
        virtual.perform { $0.faults = ExchangeFaults(backwardsShare: 0.5) }
        var plan = TrafficPlan.one()
        plan.count = 50
        _ = try virtual.callComes(plan)
        virtual.advance(60)
        let stamps = virtual.heard().compactMap { $0["timestamp"]?.string }
        #expect(stamps.count == 50)
        #expect(stamps != stamps.sorted())
    }

    @Test func aCallersNameIsNoUTF8() throws {
        var virtual = VirtualExchange.connected()
        virtual.perform { $0.faults = ExchangeFaults(brokenNameShare: 1) }
        _ = virtual.perform { $0.start(.one()) }
        virtual.advance(1)
        let frame = try #require(virtual.broken.first)
        // A lenient reader still finds the event.
        let event = try JSONParser.parse(Array(String(decoding: frame, as: UTF8.self).utf8))
        #expect(event["type"] == "StasisStart")
        #expect(event["channel"]?["caller"]?["name"]?.string?.contains("\u{FFFD}") == true)
    }

    @Test func anOddEventHasExactlyTheSizeAskedFor() {
        var virtual = VirtualExchange.connected()
        let sent = virtual.perform { $0.sendOddEvent(bytes: 100_000) }
        #expect(sent == 1)
        #expect(virtual.heard().last?.bytes.count == 100_000)
    }

    @Test func aShareOutOfItsLimitsChangesNothing() {
        var faults = ExchangeFaults()
        let wrong: [JSONValue] = [["delay": 5, "failShare": 2], ["refuseSockets": 1], ["delay": "long"]]
        for json in wrong {
            let adopted = faults.adopt(json)
            #expect(!adopted)
        }
        #expect(faults.delay == 0)
        let adopted = faults.adopt(["delay": 5, "refuseSockets": true])
        #expect(adopted)
        #expect(faults.json["delay"] == .double(5))
    }

    @Test func aRestartedExchangeIsEmptyButKeepsItsStoredRecordings() throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callerIsUp(.one())
        virtual.command("POST", "channels/\(caller)/record", ["name": "kept", "format": "wav"])
        virtual.advance(2)
        virtual.command("POST", "recordings/live/kept/stop")
        virtual.command("POST", "channels/\(caller)/record", ["name": "lost", "format": "wav"])
        virtual.command("POST", "channels/\(caller)/play/p", ["media": "sound:a"])
        let before = virtual.command("GET", "asterisk/info").body?["status"]?["startup_time"]
        virtual.perform { $0.restart(downFor: 0) }
        let events = virtual.heard().count
        #expect(virtual.command("GET", "asterisk/info").body?["status"]?["startup_time"] != before)
        #expect(virtual.command("GET", "channels").body == [])
        #expect(virtual.command("GET", "bridges").body == [])
        #expect(virtual.command("GET", "applications/call-intake").status == 404)
        #expect(virtual.command("GET", "recordings/stored").body == [["name": "kept", "format": "wav"]])
        #expect(virtual.command("GET", "recordings/live/lost").status == 404)
        #expect(virtual.exchange.live.recordings == 0)
        #expect(virtual.exchange.statistics.lostByRestart == 1)
        // Timers of the former life mean nothing.
        virtual.connect()
        virtual.advance(100_000)
        #expect(virtual.heard().count == events)
        _ = try virtual.callerIsUp(.one())
        #expect(virtual.exchange.channels.count == 1)
    }

    @Test func callsToAMachineThatIsAwayAreLost() {
        var virtual = VirtualExchange.connected()
        virtual.perform { $0.restart(downFor: 10) }
        _ = virtual.perform { $0.start(.one()) }
        virtual.advance(1)
        #expect(virtual.exchange.isDown)
        #expect(virtual.exchange.statistics.fellThrough == 1)
        #expect(virtual.exchange.channels.isEmpty)
        virtual.advance(10)
        virtual.perform { _ in }
        #expect(!virtual.exchange.isDown)
    }
}
