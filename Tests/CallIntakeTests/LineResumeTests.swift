import Contracts
import Foundation
import Messaging
import Testing

@testable import CallIntake

@Suite struct LineResumeTests {
    @Test("T-01 After a crash the waiting call is let wait again and rung for, and is not received twice")
    func waitingCall() throws {
        var scene = LineScene()
        scene.call("a")
        scene.restart()
        scene.commands = []
        scene.read(channels: [.inbound("a")])
        #expect(scene.commands == [.admit(channel: "a"), .wait(channel: "a")])
        try scene.ready("1")
        #expect(scene.served == ["a"])
        #expect(scene.events(CallReceived.self).count == 1)
    }

    @Test("T-01 After a crash what was being said is cut first: the exchange takes no other order before its end")
    func announcedCall() throws {
        var scene = LineScene(plan: .standard)
        let call = scene.call("a")
        let greeting = try #require(scene.calls[call]?.playback)
        scene.restart()
        scene.commands = []
        scene.read(channels: [.inbound("a")])
        #expect(scene.commands.first == .stopSaying(id: greeting))
        #expect(scene.said == [["greeting"]])
        scene.finishSaying(call)
        #expect(scene.calls[call]?.state == .waiting)
    }

    @Test("T-01 After a crash a conversation goes on untouched")
    func talkingCall() throws {
        var scene = LineScene()
        try scene.ready("1")
        let call = scene.call("a")
        scene.pickUp(call)
        let leg = scene.leg(of: call)
        let bridge = try #require(scene.calls[call]?.bridge)
        scene.restart()
        scene.commands = []
        scene.read(channels: [.inbound("a"), .leg(leg, isUp: true)], bridges: [bridge: ["a", leg]])
        #expect(scene.commands == [.listen(channel: "a")])
        scene.end("a")
        scene.end(leg)
        #expect(scene.callEvents == ["call.received", "call.answered", "call.ended"])
        #expect(scene.operators["1"]?.state == .ready)
    }

    @Test("T-15 After a crash a conversation that is gone was broken, a waiting call that is gone abandoned")
    func goneCalls() throws {
        var scene = LineScene()
        try scene.ready("1")
        let talking = scene.call("a")
        scene.pickUp(talking)
        let waiting = scene.call("b", from: nil)
        scene.restart()
        scene.read(channels: [])
        let ended = Dictionary(uniqueKeysWithValues: scene.events(CallEnded.self).map { ($0.callID, $0) })
        #expect(ended[talking]?.outcome == .exchangeBroken)
        #expect(ended[talking]?.cause == nil)
        #expect(ended[waiting]?.outcome == .abandonedInQueue)
        #expect(scene.operators["1"]?.state == .ready)
    }

    @Test("T-15 A call that the operator was ending when the service died is completed")
    func endingCall() throws {
        var scene = LineScene()
        try scene.ready("1")
        let call = scene.call("a")
        scene.pickUp(call)
        try scene.give(.control(ControlCall(callID: call, operatorID: "1", action: .hangUp)))
        scene.restart()
        scene.commands = []
        scene.read(channels: [.inbound("a"), .leg(scene.leg(of: call), isUp: true)])
        #expect(scene.commands.contains(.hangUp(channel: "a")))
        scene.end("a")
        #expect(scene.events(CallEnded.self).map(\.outcome) == [.completedByOperator])
    }

    @Test("T-04 After a crash a recording whose end was told to nobody counts as finished 10 s later")
    func recordingEndedInGap() throws {
        var scene = LineScene()
        try scene.ready("1")
        try scene.ready("2")
        let over = scene.call("a")
        scene.pickUp(over)
        let ended = try #require(scene.calls[over]?.recording)
        let going = scene.call("b")
        scene.pickUp(going)
        let (name, leg) = (try #require(scene.calls[going]?.recording), scene.leg(of: going))
        scene.end("a")
        scene.restart()
        scene.read(
            channels: [.inbound("b"), .leg(leg, isUp: true)], bridges: [scene.bridge(of: going): ["b", leg]])
        scene.pass(9.9)
        #expect(scene.recordings[ended]?.finishedAt == nil)
        scene.pass(0.2)
        #expect(scene.recordings[ended]?.finishedAt != nil)
        // The conversation that goes on is recorded on.
        scene.pass(60)
        #expect(scene.recordings[name]?.finishedAt == nil && scene.calls[going]?.recording == name)
    }

    @Test("T-01 A leg that rings goes on ringing; one that was picked up in the gap is connected")
    func ringingLegs() throws {
        for isUp in [false, true] {
            var scene = LineScene()
            try scene.ready("1")
            let call = scene.call("a")
            let leg = scene.leg(of: call)
            scene.restart()
            scene.read(channels: [.inbound("a"), .leg(leg, isUp: isUp)])
            #expect(scene.calls[call]?.state == (isUp ? .talking : .ringing))
            #expect(scene.rung.count == 1)
        }
    }

    @Test("T-01 A leg that never was is rung again under another id, and its operator missed nothing")
    func lostLeg() throws {
        var scene = LineScene()
        try scene.ready("1")
        let call = scene.call("a")
        let leg = scene.leg(of: call)
        scene.restart()
        scene.read(channels: [.inbound("a")])
        #expect(scene.rung == ["101", "101"])
        #expect(scene.leg(of: call) != leg)
    }

    @Test("T-01 Calls that came in the gap are taken in; what is left over is cleared away")
    func newCallsAndOrphans() {
        var scene = LineScene(isConnected: false)
        scene.read(
            channels: [
                .inbound("a"), .leg("op-stray", isUp: true),
                .init(id: "x", state: "Up", callerNumber: nil, arguments: nil),
            ], bridges: ["talk-old": [], "queue-call-intake": []])
        #expect(scene.events(CallReceived.self).count == 1)
        #expect(scene.commands.contains(.hangUp(channel: "op-stray")))
        #expect(scene.commands.contains(.removeBridge("talk-old")))
        #expect(!scene.commands.contains(.removeBridge("queue-call-intake")))
    }

    @Test("C-02 A sweep ends what is missing twice: an order may not have come to the exchange yet")
    func sweepWaits() throws {
        var scene = LineScene()
        try scene.ready("1")
        let call = scene.call("a")
        let leg = scene.leg(of: call)
        func sweep(_ channels: [ExchangeSnapshot.Channel]) {
            scene.happen(
                .exchangeSwept(
                    ExchangeSnapshot(
                        channels: Dictionary(uniqueKeysWithValues: channels.map { ($0.id, $0) }), bridges: [:]),
                    known: scene.line.channels))
        }
        sweep([.inbound("a")])
        #expect(scene.rung.count == 1 && scene.leg(of: call) == leg)
        sweep([.inbound("a"), .leg(leg, isUp: false)])
        sweep([.inbound("a")])
        #expect(scene.rung.count == 1)
        sweep([.inbound("a")])
        #expect(scene.rung.count == 2 && scene.leg(of: call) != leg, "its end was never told")
    }

    @Test("T-01 A call that came while the exchange was being read is neither lost nor ended")
    func callDuringReading() throws {
        var scene = LineScene(isConnected: false)
        let known = scene.line.channels
        let call = scene.call("a")
        scene.commands = []
        scene.happen(
            .exchangeRead(
                ExchangeSnapshot(channels: [:], bridges: [:]), known: known, freshIDs: [], isRestarted: false))
        #expect(scene.events(CallEnded.self).isEmpty)
        #expect(scene.commands == [.admit(channel: "a"), .wait(channel: "a")])
        try scene.ready("1")
        #expect(scene.calls[call]?.state == .ringing)
    }
}
