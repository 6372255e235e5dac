import Foundation
import NIOWebSocket
import Testing

@testable import TrainingStand

@Suite(.timeLimit(.minutes(10))) struct StandTests {
    /// What a client does on each event of a call, through real sockets.
    private func act(on event: JSONValue, _ stand: RunningStand) async throws {
        guard let channel = TraceReader.channel(of: event) else { return }
        switch event["type"]?.string {
        case "StasisStart" where event["args"] == ["inbound", "122"]:
            _ = try await stand.ari(
                "POST", "applications/call-intake/subscription", ["eventSource": "channel:\(channel)"])
            _ = try await stand.ari("POST", "channels/\(channel)/answer")
            _ = try await stand.ari("POST", "bridges", ["type": "holding", "bridgeId": "queue-9", "name": "queue122"])
            _ = try await stand.ari("POST", "bridges/queue-9/addChannel", ["channel": channel])
            let dial = ["endpoint": "PJSIP/op1", "app": "call-intake", "appArgs": "operator,\(channel)"]
            #expect(try await stand.ari("POST", "channels/op-9", dial).status == 200)
        case "StasisStart":
            let caller = event["args"]?.array?.last?.string ?? ""
            _ = try await stand.ari("POST", "bridges", ["type": "mixing", "bridgeId": "talk-9", "name": "talk"])
            _ = try await stand.ari("POST", "bridges/talk-9/addChannel", ["channel": caller])
            _ = try await stand.ari("POST", "bridges/talk-9/addChannel", ["channel": channel])
        case "StasisEnd" where channel != "op-9": _ = try await stand.ari("DELETE", "channels/op-9")
        default: break
        }
    }

    @Test(arguments: [("a_inbound_answered", 16), ("c2_drop_cause41", 41)])
    func aRecordingRunsThroughRealSockets(trace: String, cause: Int) async throws {
        try await RunningStand.with { (stand: RunningStand) async throws -> Void in
            let socket = try #require(try await stand.socket())
            let started = try await stand.control("POST", "replay", body: ["trace": .string(trace), "speed": 0])
            #expect(started.status == 201)
            var heard: [JSONValue] = []
            var ends: [Int] = []
            for await frame in socket.frames {
                guard case .event(let event) = frame else { break }
                heard.append(event)
                try await self.act(on: event, stand)
                if event["type"] == "ChannelDestroyed" {
                    ends.append(event["cause"]?.int ?? -1)
                    if ends.count == 2 { break }
                }
            }
            socket.close()
            #expect(ends.sorted() == [16, cause].sorted())
            let id = started.body?["id"]?.int ?? 0
            let state = try await stand.control("GET", "replays/\(id)")
            #expect(state.body?["state"] == "finished")
            let recorded = try Fixtures.lines(trace, "events.jsonl").compactMap { $0["type"]?.string }
            let types = heard.compactMap { $0["type"]?.string }
            // One end of a bridge is not played: this client keeps its bridges.
            #expect(types.count >= recorded.count - 1)
            #expect(types.first == "StasisStart")
        }
    }

    @Test func wrongCredentialsAndAMissingApplicationAreRefused() async throws {
        try await RunningStand.with { (stand: RunningStand) async throws -> Void in
            let ari = stand.addresses.ari
            let key = "api_key=line122:training"
            let wrong = "Basic " + Data("line122:no".utf8).base64EncodedString()
            #expect(try await stand.status("GET", ari, "/ari/channels") == 401)
            #expect(try await stand.status("GET", ari, "/ari/channels?api_key=line122:no") == 401)
            #expect(try await stand.status("GET", ari, "/ari/channels", headers: ["Authorization": wrong]) == 401)
            #expect(try await stand.status("GET", ari, "/ari/channels?\(key)") == 200)
            #expect(try await stand.status("PATCH", ari, "/ari/channels?\(key)") == 405)
            #expect(try await stand.status("GET", ari, "/ari/events?app=x&\(key)") == 426)
            let upgrade = [
                "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            ]
            for (query, status) in [("app=x&api_key=line122:no", 401), (key, 400), ("app=x", 401)] {
                #expect(try await stand.status("GET", ari, "/ari/events?\(query)", headers: upgrade) == status)
            }
            #expect(try await stand.status("GET", ari, "/ari/events?app=x&\(key)", headers: upgrade) == 101)
            let basic = "Basic " + Data("line122:training".utf8).base64EncodedString()
            let socket = try await TestSocket.open(port: ari, uri: "/ari/events?app=x", authorization: basic)
            #expect(socket != nil)
            socket?.close()
        }
    }

    @Test func aSecondSocketTakesOverAndPingsAreAnswered() async throws {
        try await RunningStand.with { (stand: RunningStand) async throws -> Void in
            let first = try #require(try await stand.socket())
            let second = try #require(try await stand.socket())
            var frames = first.frames.makeAsyncIterator()
            guard case .event(let event)? = await frames.next() else {
                Issue.record("the first socket heard nothing")
                return
            }
            #expect(event["type"] == "ApplicationReplaced")
            #expect(event["application"] == "call-intake")
            first.send(.ping, "x")
            guard case .pong? = await frames.next() else {
                Issue.record("the first socket is not alive")
                return
            }
            _ = try await stand.control("POST", "calls", body: ["count": 1, "rate": 100])
            var others = second.frames.makeAsyncIterator()
            guard case .event(let start)? = await others.next() else {
                Issue.record("the second socket heard nothing")
                return
            }
            #expect(start["type"] == "StasisStart")
            first.close()
            second.close()
        }
    }

    @Test func theControlPortRefusesWhatItDoesNotUnderstand() async throws {
        try await RunningStand.with { (stand: RunningStand) async throws -> Void in
            #expect(try await stand.control("POST", "replay", body: ["trace": "../x"]).status == 400)
            #expect(try await stand.control("POST", "replay", body: ["trace": "nothing"]).status == 400)
            #expect(try await stand.control("POST", "replay", body: ["trace": "a_inbound_answered"]).status == 409)
            #expect(try await stand.control("POST", "calls", body: ["rate": 0]).status == 400)
            #expect(try await stand.control("PUT", "outcomes", body: ["numbers": ["+7": "gone"]]).status == 400)
            #expect(try await stand.control("PUT", "faults", body: ["failShare": 3]).status == 400)
            #expect(try await stand.control("GET", "replays/77").status == 404)
            #expect(try await stand.control("GET", "statistics").body?["exchange"]?["offered"] == 0)
        }
    }
}
