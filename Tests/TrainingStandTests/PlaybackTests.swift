import Foundation
import Testing

@testable import TrainingStand

@Suite struct PlaybackTests {
    private func played(_ virtual: VirtualExchange) -> [String] {
        virtual.heard().compactMap { event in
            guard let type = event["type"]?.string, type.hasPrefix("Playback"), let playback = event["playback"] else {
                return nil
            }
            let words = [type.dropFirst(8).description, playback["id"]?.string, playback["media_uri"]?.string]
            return (words + [playback["next_media_uri"]?.string, playback["state"]?.string]).compactMap { $0 }
                .joined(separator: " ")
        }
    }

    @Test func soundsOfAListArePlayedOneAfterTheOther() throws {
        var virtual = VirtualExchange.connected()
        let adopted = virtual.perform { $0.sounds.adopt(["default": .double(0.2), "sound:greeting": 4]) }
        #expect(adopted)
        let caller = try virtual.callerIsUp(.one())
        let answer = virtual.command("POST", "channels/\(caller)/play/p1", ["media": "sound:greeting,sound:wait"])
        #expect(answer.status == 201)
        #expect(answer.body?["state"] == "queued")
        #expect(answer.body?["target_uri"]?.string == "channel:\(caller)")
        virtual.advance(4.1)
        #expect(virtual.command("GET", "playbacks/p1").body?["media_uri"] == "sound:wait")
        virtual.advance(0.2)
        #expect(
            self.played(virtual) == [
                "Started p1 sound:greeting sound:wait playing", "Continuing p1 sound:greeting sound:wait continuing",
                "Started p1 sound:wait playing", "Finished p1 sound:wait done",
            ])
        #expect(virtual.command("GET", "playbacks/p1").status == 404)
    }

    @Test func whileSomethingIsSaidNoOtherOrderForTheChannelIsAnsweredBeforeTheLastWord() throws {
        var virtual = VirtualExchange.connected()
        _ = virtual.perform { $0.sounds.adopt(["default": .double(2)]) }
        let caller = try virtual.callerIsUp(.one())
        func holdUp(_ path: String, _ query: [String: String] = [:]) -> Double {
            let words = path.split(separator: "/").map(String.init)
            return virtual.perform {
                $0.holdUp(of: ExchangeCommand(method: "POST", path: words, query: query, body: nil))
            }
        }
        #expect(holdUp("bridges/queue/addChannel", ["channel": caller]) == 0)
        virtual.command("POST", "channels/\(caller)/play/p1", ["media": "sound:a,sound:b"])
        virtual.advance(0.5)
        #expect(holdUp("bridges/queue/addChannel", ["channel": "other,\(caller)"]) == 3.5)
        #expect(holdUp("channels/\(caller)/answer") == 3.5)
        #expect(holdUp("channels/\(caller)/dtmf") == 0)
        virtual.command("DELETE", "playbacks/p1")
        #expect(holdUp("channels/\(caller)/answer") == 0)
    }

    @Test func aSecondPlaybackWaitsForTheFirst() throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callerIsUp(.one())
        virtual.command("POST", "channels/\(caller)/play", ["media": "sound:a", "playbackId": "p1"])
        virtual.command("POST", "channels/\(caller)/play", ["media": "sound:b", "playbackId": "p2"])
        virtual.advance(0.5)
        #expect(self.played(virtual) == ["Started p1 sound:a playing"])
        virtual.advance(2)
        #expect(self.played(virtual).last == "Finished p2 sound:b done")
    }

    @Test func aStoppedPlaybackIsOverAtOnceAndItsTimerEndsNoOtherOne() throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callerIsUp(.one())
        virtual.command("POST", "channels/\(caller)/play/p1", ["media": "sound:a,sound:b"])
        virtual.advance(0.5)
        #expect(virtual.command("DELETE", "playbacks/p1").status == 204)
        #expect(self.played(virtual).last == "Finished p1 sound:a sound:b done")
        // The same id again: the first one's end must not be taken for its end.
        virtual.command("POST", "channels/\(caller)/play/p1", ["media": "sound:a"])
        virtual.advance(0.7)
        #expect(self.played(virtual).last == "Started p1 sound:a playing")
        virtual.advance(0.5)
        #expect(self.played(virtual).last == "Finished p1 sound:a done")
        #expect(virtual.command("DELETE", "playbacks/p1").status == 404)
    }

    @Test func aHungUpChannelFailsWhatPlays() throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callerIsUp(.one())
        virtual.command("POST", "channels/\(caller)/play/p1", ["media": "sound:a"])
        virtual.command("POST", "channels/\(caller)/play/p2", ["media": "sound:b"])
        virtual.command("DELETE", "channels/\(caller)")
        #expect(self.played(virtual) == ["Started p1 sound:a playing", "Finished p1 sound:a failed"])
        let types = virtual.types().suffix(5)
        #expect(types.first == "ChannelHangupRequest")
        #expect(types.dropFirst().first == "PlaybackFinished")
        #expect(types.last == "ChannelDestroyed")
        #expect(virtual.exchange.playbacks.isEmpty)
    }

    @Test func soundsArePlayedToABridgeAndToALegInIt() throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callerIsUp(.one())
        virtual.operatorAnswers("op")
        virtual.talk("talk", caller, "op")
        virtual.command("POST", "bridges/talk/play/p1", ["media": "sound:a"])
        virtual.command("POST", "channels/\(caller)/play/p2", ["media": "sound:b"])
        // Two targets, two queues.
        #expect(self.played(virtual) == ["Started p1 sound:a playing", "Started p2 sound:b playing"])
        virtual.advance(1.1)
        #expect(self.played(virtual).count == 4)
        virtual.command("POST", "bridges/talk/play/p3", ["media": "sound:a"])
        virtual.command("DELETE", "bridges/talk")
        #expect(self.played(virtual).last == "Finished p3 sound:a failed")
    }

    @Test func whatIsNoSoundIsRefused() throws {
        var virtual = VirtualExchange.connected()
        let caller = try virtual.callerIsUp(.one())
        #expect(virtual.command("POST", "channels/\(caller)/play").status == 400)
        let adopted = virtual.perform { $0.sounds.adopt(["sound:x": -1]) }
        #expect(!adopted)
        #expect(virtual.exchange.sounds.json == ["default": .double(1)])
    }
}
