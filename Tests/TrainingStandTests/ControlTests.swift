import Foundation
import NIOCore
import Testing

@testable import TrainingStand

/// The control port and the faults of an exchange, through real sockets.
@Suite(.timeLimit(.minutes(10))) struct ControlTests {
    private func next(
        _ type: String, _ frames: inout AsyncStream<TestSocket.Frame>.AsyncIterator
    ) async throws -> JSONValue {
        while let frame = await frames.next() {
            if case .event(let event) = frame, event["type"]?.string == type { return event }
        }
        throw CancellationError()
    }

    private func caller(_ frames: inout AsyncStream<TestSocket.Frame>.AsyncIterator) async throws -> String {
        try #require(try await self.next("StasisStart", &frames)["channel"]?["id"]?.string)
    }

    @Test func aMessageIsLeftByKeysAndFetchedAsSound() async throws {
        try await RunningStand.with { (stand: RunningStand) async throws -> Void in
            let socket = try #require(try await stand.socket())
            var frames = socket.frames.makeAsyncIterator()
            let sounds = try await stand.control("PUT", "sounds", body: ["default": .double(0.05)])
            #expect(sounds.body == ["default": .double(0.05)])
            let plan: JSONValue = [
                "numbers": ["+79990000001"], "message": .double(0.3), "messageEnds": "silence", "patience": 100,
            ]
            #expect(try await stand.control("POST", "calls", body: plan).status == 201)
            let caller = try await self.caller(&frames)
            _ = try await stand.ari("POST", "channels/\(caller)/answer")
            _ = try await stand.ari("POST", "channels/\(caller)/play/greeting", ["media": "sound:a,sound:b"])
            _ = try await self.next("PlaybackFinished", &frames)
            let record = ["name": "dir/m", "format": "wav", "terminateOn": "#"]
            #expect(try await stand.ari("POST", "channels/\(caller)/record", record).status == 201)
            _ = try await self.next("RecordingStarted", &frames)
            let pressed = try await stand.control("POST", "keys", body: ["number": "+79990000001", "digits": "1#"])
            #expect(pressed.body == ["channel": .string(caller), "heard": true])
            let finished = try await self.next("RecordingFinished", &frames)
            #expect(finished["recording"]?["name"] == "dir/m")
            _ = try await stand.control("PUT", "recordings", body: ["fileFailures": 1])
            let path = "/ari/recordings/stored/dir%2Fm/file?api_key=line122:training"
            #expect(try await stand.status("GET", stand.addresses.ari, path) == 500)
            #expect(try await stand.status("GET", stand.addresses.ari, path) == 200)
            let ended = try await stand.control("POST", "hangup", body: ["channel": .string(caller), "cause": 38])
            #expect(ended.status == 204)
            _ = try await self.next("StasisEnd", &frames)
            socket.close()
        }
    }

    @Test func aRestartBreaksTheSocketWithoutACloseFrame() async throws {
        try await RunningStand.with { (stand: RunningStand) async throws -> Void in
            let socket = try #require(try await stand.socket())
            _ = try await stand.control("POST", "calls", body: ["count": 1, "rate": 100])
            var frames = socket.frames.makeAsyncIterator()
            _ = try await self.caller(&frames)
            let restarted = try await stand.control("POST", "restart")
            #expect(restarted.body == ["broken": 1])
            while let frame = await frames.next() {
                if case .closed = frame { Issue.record("a close frame came") }
            }
            #expect(try await stand.ari("GET", "channels").body == [])
            // The application comes back at once; the end of its former socket must not take the new one away.
            let back = try #require(try await stand.socket())
            _ = try await stand.control("POST", "calls", body: ["count": 1, "rate": 100])
            var again = back.frames.makeAsyncIterator()
            _ = try await self.caller(&again)
            back.close()
        }
    }

    @Test func socketsAreRefusedAndCommandsAreSlow() async throws {
        try await RunningStand.with { (stand: RunningStand) async throws -> Void in
            let faults: JSONValue = ["exchange": ["refuseSockets": true, "delay": 200]]
            let set = try await stand.control("PUT", "faults", body: faults)
            #expect(set.body?["exchange"]?["delay"] == .double(200))
            #expect(set.body?["failShare"] == .double(0))
            #expect(try await stand.socket() == nil)
            let clock = ContinuousClock()
            let start = clock.now
            for _ in 0..<10 { _ = try await stand.ari("GET", "asterisk/ping") }
            // Ten exponential delays of 200 ms: their sum is below 200 ms once in nine million runs.
            #expect(clock.now - start > .milliseconds(200))
            let wrong = try await stand.control("PUT", "faults", body: ["exchange": ["failShare": 2]])
            #expect(wrong.status == 400)
        }
    }

    @Test func twoExchangesShareNothingButTheStand() async throws {
        try await RunningStand.with(exchanges: 2) { (stand: RunningStand) async throws -> Void in
            let first = try #require(try await stand.socket())
            let second = try #require(try await stand.socket(exchange: 1))
            let call: JSONValue = ["count": 1, "rate": 100, "exchange": "pbx122b"]
            _ = try await stand.control("POST", "calls", body: call)
            var frames = second.frames.makeAsyncIterator()
            let start = try await self.next("StasisStart", &frames)
            #expect(start["channel"]?["id"]?.string?.hasPrefix("pbx122b-") == true)
            #expect(start["asterisk_id"] == "02:00:7f:00:00:02")
            #expect(try await stand.ari("GET", "channels").body == [])
            let statistics = try await stand.control("GET", "statistics").body
            #expect(statistics?["exchange"]?["announced"] == 1)
            #expect(statistics?["exchanges"]?["pbx122"]?["announced"] == 0)
            #expect(statistics?["exchanges"]?["pbx122b"]?["announced"] == 1)
            let one = try await stand.control("GET", "statistics", ["exchange": "pbx122"]).body
            #expect(one?["exchange"]?["announced"] == 0)
            #expect(try await stand.control("GET", "statistics", ["exchange": "pbx9"]).status == 400)
            _ = try await stand.control("POST", "restart", ["exchange": "pbx122b"])
            #expect(try await stand.control("GET", "statistics").body?["exchange"]?["liveChannels"] == 0)
            first.close()
            second.close()
        }
    }

    @Test func theControlPortRefusesTelephonesThatAreNotThere() async throws {
        try await RunningStand.with { (stand: RunningStand) async throws -> Void in
            func status(_ path: String, _ body: JSONValue) async throws -> Int {
                try await stand.control("POST", path, body: body).status
            }
            #expect(try await status("keys", ["number": "+7", "digits": "1"]) == 404)
            #expect(try await status("keys", ["number": "+7", "digits": "x"]) == 400)
            #expect(try await status("hangup", ["channel": "none"]) == 404)
            #expect(try await status("refer", ["channel": "none"]) == 404)
            #expect(try await status("odd-event", ["bytes": -1]) == 400)
            #expect(try await status("calls", ["messageEnds": "never"]) == 400)
            #expect(try await status("calls", ["keys": [["after": 1, "digit": "12"]]]) == 400)
            let outcomes = try await stand.control(
                "PUT", "outcomes", body: ["operatorHangUp": ["1001": 3], "rings": ["1002": 9]])
            #expect(outcomes.body?["operatorHangUp"] == ["1001": .double(3)])
            #expect(outcomes.body?["rings"] == ["1002": .double(9)])
            #expect(try await stand.control("GET", "latency").body?["count"] == 0)
            #expect(try await stand.control("DELETE", "latency").status == 204)
        }
    }
}
