import Foundation
import Testing

@testable import TrainingStand

@Suite struct RecordingTests {
    private func plan(_ message: Double, _ ends: CallerPlan.MessageEnd) -> TrafficPlan {
        var plan = TrafficPlan.one(patience: 50)
        plan.message = message
        plan.messageEnds = ends
        return plan
    }

    private func record(
        _ virtual: inout VirtualExchange, _ caller: String, _ more: [String: String] = [:]
    ) -> ExchangeAnswer {
        virtual.command(
            "POST", "channels/\(caller)/record", ["name": "msg/1", "format": "wav"].merging(more) { $1 })
    }

    @Test func aCallerSpeaksAndHangsUp() throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callerIsUp(self.plan(7.5, .hangup))
        let answer = self.record(&virtual, caller)
        #expect(answer.status == 201)
        #expect(
            answer.body == [
                "name": "msg/1", "format": "wav", "state": "queued", "target_uri": .string("channel:\(caller)"),
            ])
        virtual.advance(7)
        #expect(virtual.command("GET", "recordings/live/msg/1").status == 404)
        virtual.advance(2)
        let finished = try #require(virtual.events("RecordingFinished").first?["recording"])
        #expect(finished["duration"] == 7)
        #expect(finished["talking_duration"] == nil)
        #expect(finished["state"] == "done")
        #expect(virtual.types().last == "ChannelDestroyed")
        #expect(virtual.exchange.statistics.leftMessage == 1)
        #expect(virtual.exchange.statistics.abandoned == 0)
    }

    @Test func silenceEndsARecordingAndIsMeasured() throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callerIsUp(self.plan(4, .silence))
        _ = self.record(&virtual, caller, ["maxSilenceSeconds": "3"])
        virtual.advance(6.9)
        #expect(virtual.events("RecordingFinished").isEmpty)
        virtual.advance(0.2)
        let finished = try #require(virtual.events("RecordingFinished").first?["recording"])
        #expect(finished["duration"] == 7)
        #expect(finished["talking_duration"] == 4)
        #expect(finished["silence_duration"] == 3)
        #expect(virtual.isAlive(caller))
        // Then patience runs anew.
        virtual.advance(510)
        #expect(!virtual.isAlive(caller))
    }

    @Test func aSilentCallerLeavesNothing() throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callerIsUp(self.plan(0, .hangup))
        _ = self.record(&virtual, caller, ["maxSilenceSeconds": "3"])
        virtual.advance(3.1)
        let finished = try #require(virtual.events("RecordingFinished").first?["recording"])
        #expect(finished["talking_duration"] == 0)
        #expect(finished["silence_duration"] == 3)
        #expect(virtual.isAlive(caller))
    }

    @Test(arguments: [("#", "#"), ("*", "*"), ("any", "#")])
    func aCallerEndsTheMessageWithAKey(terminator: String, digit: String) throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callerIsUp(self.plan(5, .key))
        _ = self.record(&virtual, caller, ["terminateOn": terminator])
        virtual.advance(5.1)
        #expect(virtual.events("ChannelDtmfReceived").compactMap { $0["digit"]?.string } == [digit])
        #expect(virtual.events("RecordingFinished").first?["recording"]?["duration"] == 5)
        #expect(virtual.isAlive(caller))
    }

    @Test func theLongestDurationEndsARecordingAndPausesDoNotCount() throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callerIsUp(self.plan(600, .hangup))
        virtual.command(
            "POST", "channels/\(caller)/record", ["name": "long", "format": "wav", "maxDurationSeconds": "10"])
        virtual.advance(4)
        virtual.command("POST", "recordings/live/long/pause")
        virtual.advance(20)
        #expect(virtual.command("GET", "recordings/live/long").body?["state"] == "paused")
        virtual.command("DELETE", "recordings/live/long/pause")
        virtual.advance(5.9)
        #expect(virtual.events("RecordingFinished").isEmpty)
        virtual.advance(0.2)
        #expect(virtual.events("RecordingFinished").first?["recording"]?["duration"] == 10)
    }

    @Test func aChannelRecordsAfterItHasPlayedWhatCameBefore() throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callComes(self.plan(5, .hangup))
        virtual.command("POST", "channels/\(caller)/play", ["media": "sound:greeting"])
        _ = self.record(&virtual, caller)
        #expect(virtual.events("RecordingStarted").isEmpty)
        virtual.advance(1.1)
        #expect(virtual.events("RecordingStarted").count == 1)
        // Recording answers a channel that was only ringing.
        #expect(virtual.exchange.channels[caller]?.state == "Up")
    }

    @Test func whatCannotBeRecordedIsRefused() throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callerIsUp(self.plan(5, .hangup))
        #expect(self.record(&virtual, caller, ["format": "mp9"]).status == 422)
        #expect(self.record(&virtual, caller, ["terminateOn": "5"]).status == 400)
        #expect(self.record(&virtual, caller, ["maxDurationSeconds": "-1"]).status == 400)
        virtual.perform { $0.recordingFaults.fails = true }
        #expect(self.record(&virtual, caller).body?["error"] != nil)
        virtual.perform { $0.recordingFaults.fails = false }
        #expect(self.record(&virtual, caller).status == 201)
        #expect(self.record(&virtual, caller, ["ifExists": "overwrite"]).status == 409)
        virtual.command("POST", "bridges/talk", ["type": "mixing"])
        let joins = virtual.command("POST", "bridges/talk/addChannel", ["channel": caller])
        #expect(joins == .refused(409, "Channel \(caller) currently recording"))
        let other = try virtual.callerIsUp(.one())
        virtual.command("POST", "bridges/talk/addChannel", ["channel": other])
        #expect(self.record(&virtual, other, ["name": "b"]).status == 409)
    }

    @Test func anEmptyBridgeIsRecordedUntilItGoes() throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callerIsUp(.one())
        virtual.command("POST", "bridges/talk", ["type": "mixing"])
        virtual.command("POST", "applications/call-intake/subscription", ["eventSource": "bridge:talk"])
        for name in ["dir/a", "dir/b"] {
            let path = "bridges/talk/record"
            #expect(virtual.command("POST", path, ["name": name, "format": "wav"]).status == 201)
        }
        virtual.advance(3)
        #expect(virtual.events("RecordingStarted").count == 2)
        virtual.command("DELETE", "bridges/talk")
        #expect(virtual.events("RecordingFinished").count == 2)
        #expect(virtual.isAlive(caller))
        let file = virtual.perform { exchange in
            exchange.handle(
                ExchangeCommand(method: "GET", path: ["recordings", "stored", "dir/a", "file"], query: [:]))
        }
        #expect(file.sound == RecordedSound(name: "dir/a", seconds: 3))
    }

    @Test func twoFilesOfTheSameLengthDiffer() {
        let one = RecordedSound(name: "dir/a", seconds: 2.5).wav
        let other = RecordedSound(name: "dir/b", seconds: 2.5).wav
        #expect(one.count == 44 + 40_000)
        #expect(one.prefix(44) == other.prefix(44))
        #expect(one != other)
        #expect(one == RecordedSound(name: "dir/a", seconds: 2.5).wav)
        #expect(one.dropFirst(44).contains { $0 != 0 })
    }

    @Test func downloadsFailAsOftenAsAskedFor() throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callerIsUp(self.plan(2, .hangup))
        virtual.command("POST", "channels/\(caller)/record", ["name": "m", "format": "wav"])
        virtual.advance(3)
        virtual.perform { $0.recordingFaults.fileFailures = 2 }
        let statuses = (0..<3).map { _ in virtual.command("GET", "recordings/stored/m/file").status }
        #expect(statuses == [500, 500, 200])
    }
}
