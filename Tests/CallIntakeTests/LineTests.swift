import Contracts
import Foundation
import Messaging
import Testing
import Vocabulary

@testable import CallIntake

@Suite struct LineTests {
    @Test("T-01 Callers are served in the order in which they came")
    func callersAreServedInOrder() throws {
        var scene = LineScene()
        for channel in ["a", "b", "c"] { scene.call(channel) }
        for id in ["1", "2", "3"] { try scene.ready(id) }
        #expect(scene.served == ["a", "b", "c"])
        #expect(scene.events(CallReceived.self).count == 3)
    }

    @Test("T-01 A clock that runs backwards does not change the order and makes no impossible times")
    func clockMayRunBackwards() throws {
        var scene = LineScene()
        let first = scene.call("a")
        scene.now -= 3600
        scene.call("b")
        try scene.ready("1")
        #expect(scene.served == ["a"])
        scene.pickUp(first)
        scene.end("a")
        let ended = try #require(scene.events(CallEnded.self).first)
        #expect(ended.endedAt >= ended.receivedAt)
        #expect(try #require(ended.answeredAt) >= ended.receivedAt)
    }

    @Test("T-01 Two calls and one operator: the second waits until the telephone has been hung up")
    func secondCallWaits() throws {
        var scene = LineScene()
        try scene.ready("1")
        let first = scene.call("a")
        scene.call("b")
        #expect(scene.served == ["a"])
        let leg = scene.leg(of: first)
        scene.pickUp(first)
        scene.end("a")
        #expect(scene.commands.contains(.hangUp(channel: leg)))
        #expect(scene.served == ["a"], "the telephone is still in use")
        scene.end(leg)
        #expect(scene.served == ["a", "b"])
    }

    @Test("T-01 The operator who has been idle longest is rung")
    func longestIdleIsRung() throws {
        var scene = LineScene()
        for id in ["1", "2"] { try scene.ready(id) }
        try scene.set("1", .onBreak)
        try scene.ready("1")
        scene.call("a")
        #expect(scene.rung == ["102"])
    }

    @Test("T-01 An operator who does not pick up is set to pause and the caller goes on to the next one")
    func missedCallGoesOn() throws {
        var scene = LineScene()
        for id in ["1", "2"] { try scene.ready(id) }
        let call = scene.call("a")
        scene.call("b", from: "+79990000006")
        let missed = scene.leg(of: call)
        try scene.ready("3")
        scene.end(missed, cause: 19)
        #expect(scene.operators["1"]?.state == .away)
        #expect(scene.rung == ["101", "102", "103"])
        #expect(scene.served == ["a", "b", "a"])
        #expect(scene.leg(of: call) != missed, "a channel id is never used twice")
    }

    @Test("T-01 A telephone that the exchange refuses to ring counts as missed")
    func refusedTelephone() throws {
        var scene = LineScene()
        try scene.ready("1")
        let call = scene.call("a")
        scene.happen(.originateRefused(channel: scene.leg(of: call)))
        #expect(scene.operators["1"]?.state == .away)
        #expect(scene.calls[call]?.state == .waiting)
    }

    @Test("T-15 A caller who gives up while the operator is rung has abandoned; the telephone stops ringing")
    func abandonedWhileRinging() throws {
        var scene = LineScene()
        try scene.ready("1")
        let call = scene.call("a")
        let leg = scene.leg(of: call)
        scene.end("a", cause: 127, technical: 487)
        #expect(scene.events(CallEnded.self).map(\.outcome) == [.abandonedRinging])
        #expect(scene.commands.last == .hangUp(channel: leg))
        #expect(scene.operators["1"]?.activity == .releasing)
        // The operator picks up at the same moment: nobody is there, nobody is put through.
        scene.happen(.legAnswered(leg: leg))
        #expect(scene.events(CallAnswered.self).isEmpty)
        scene.end(leg)
        #expect(scene.operators["1"]?.state == .ready)
    }

    @Test("T-15 When the operator's leg breaks the caller goes to the head of the queue and is answered once")
    func operatorLegBreaks() throws {
        var scene = LineScene()
        try scene.ready("1")
        let call = scene.call("a")
        scene.call("b")
        scene.pickUp(call)
        let answered = scene.events(CallAnswered.self)
        scene.end(scene.leg(of: call), cause: 41)
        #expect(scene.commands.contains(.wait(channel: "a")))
        #expect(scene.served == ["a", "a"], "before the one who came later")
        scene.pickUp(call)
        #expect(scene.events(CallAnswered.self).count == answered.count)
        scene.end("a")
        #expect(scene.events(CallEnded.self).map(\.outcome) == [.completedByCaller])
    }

    @Test("T-15 Every event may come twice: the call is received, answered and ended once")
    func doubledEvents() throws {
        var scene = LineScene()
        try scene.ready("1")
        let call = UUID()
        for _ in 0..<2 { scene.call("a", id: call) }
        scene.call("a", id: UUID())
        let leg = scene.leg(of: call)
        for _ in 0..<2 { scene.happen(.legAnswered(leg: leg)) }
        for _ in 0..<2 { scene.end("a") }
        scene.call("a", id: UUID())
        for _ in 0..<2 { scene.end(leg) }
        #expect(scene.callEvents == ["call.received", "call.answered", "call.ended"])
        #expect(scene.operators["1"]?.state == .ready)
        #expect(scene.line.calls.isEmpty)
    }

    @Test("T-01 What the line does not know changes nothing, and a stray leg is hung up")
    func unknownChannels() {
        var scene = LineScene()
        scene.end("nobody")
        scene.happen(.hangUpRequested(channel: "nobody", .exchange))
        scene.happen(.dialStatus(channel: "nobody", status: "BUSY"))
        scene.happen(.originateRefused(channel: "nobody"))
        #expect(scene.commands.isEmpty)
        scene.happen(.legAnswered(leg: "op-stray"))
        #expect(scene.commands == [.hangUp(channel: "op-stray")])
        #expect(scene.events.isEmpty)
    }

    @Test("T-15 The operator ends the own call and nobody else's; asked again, it stays done")
    func hangUpByRequest() throws {
        var scene = LineScene()
        try scene.ready("1")
        let call = scene.call("a")
        #expect(throws: Refusal.self) {
            try scene.give(.control(ControlCall(callID: call, operatorID: "1", action: .hangUp)))
        }
        scene.pickUp(call)
        let refused = #expect(throws: Refusal.self) {
            try scene.give(.control(ControlCall(callID: call, operatorID: "2", action: .hangUp)))
        }
        #expect(refused?.errorID == "not-your-call")
        try scene.give(.control(ControlCall(callID: call, operatorID: "1", action: .hangUp)))
        #expect(scene.commands.last == .hangUp(channel: "a"))
        // Whatever the exchange then says: it was the operator (trace c7).
        scene.happen(.hangUpRequested(channel: "a", .exchange))
        scene.end("a", cause: 41)
        #expect(scene.events(CallEnded.self).map(\.outcome) == [.completedByOperator])
        try scene.give(.control(ControlCall(callID: call, operatorID: "1", action: .hangUp)))
        let gone = #expect(throws: Refusal.self) {
            try scene.give(.control(ControlCall(callID: UUID(), operatorID: "1", action: .hangUp)))
        }
        #expect(gone?.errorID == "no-such-call")
    }

    @Test("T-01 A telephone belongs to one operator, and what follows from calls cannot be chosen")
    func operatorRefusals() throws {
        var scene = LineScene()
        try scene.ready("1", telephone: "1001")
        #expect(throws: Refusal.self) { try scene.ready("2", telephone: "1001") }
        #expect(throws: Refusal.self) { try scene.set("1", .talking) }
        try scene.set("1", .offline)
        try scene.ready("2", telephone: "1001")
        #expect(scene.line.view.operators.map(\.operatorID) == ["2"])
    }

    @Test("T-01 A choice made during a call counts after it")
    func choiceDuringCall() throws {
        var scene = LineScene()
        try scene.ready("1")
        let call = scene.call("a")
        scene.pickUp(call)
        try scene.set("1", .onBreak)
        #expect(scene.line.view.operators.first?.state == .talking)
        let leg = scene.leg(of: call)
        scene.end("a")
        scene.end(leg)
        #expect(scene.line.view.operators.first?.state == .onBreak)
    }

    @Test("T-01 Hidden and malformed numbers are calls like any other and are never called back")
    func unusableNumbers() throws {
        for number in [nil, "anonymous", "привет"] {
            var scene = LineScene()
            try scene.ready("1")
            let call = scene.call("a", from: number)
            scene.pickUp(call)
            scene.end("a", cause: 38)
            #expect(scene.events(CallEnded.self).map(\.outcome) == [.callerLineBroken])
            #expect(scene.dials.isEmpty)
        }
    }

    @Test("T-01 What rings longer than it may is looked for, a conversation never is")
    func overdue() throws {
        var scene = LineScene()
        try scene.ready("1")
        let call = scene.call("a")
        let leg = scene.leg(of: call)
        scene.now += 24
        #expect(scene.line.overdue(citizenRing: 35, at: scene.now).isEmpty)
        scene.now += 2
        #expect(scene.line.overdue(citizenRing: 35, at: scene.now) == [leg])
        scene.pickUp(call)
        scene.now += 600
        #expect(scene.line.overdue(citizenRing: 35, at: scene.now).isEmpty)
    }
}
