import Contracts
import Foundation
import Messaging
import Testing
import Vocabulary

@testable import CallIntake

/// Hold, two lines, clocks, after-call work.
@Suite struct LineConversationTests {
    /// A line with one operator in conversation.
    private static func talking(_ plan: LinePlan = .bare) throws -> (LineScene, UUID) {
        var scene = LineScene(plan: plan)
        try scene.ready("1")
        let call = scene.call("a")
        scene.pickUp(call)
        scene.commands = []
        return (scene, call)
    }

    @Test("T-08 After 30 s of hold the voice path opens again by itself, and the caller is never queued anew")
    func holdOpensAgain() throws {
        var (scene, call) = try Self.talking()
        try scene.control(call, "1", .hold)
        #expect(scene.line.view.operators.first?.state == .holding)
        #expect(scene.line.view.calls.first?.heldUntil == scene.now.addingTimeInterval(30))
        scene.pass(29)
        #expect(scene.calls[call]?.state == .held)
        scene.pass(1)
        #expect(scene.calls[call]?.state == .talking)
        let leg = scene.leg(of: call)
        #expect(scene.commands.contains(.join(bridge: scene.bridge(of: call), channel: leg)))
        #expect(!scene.commands.contains(.wait(channel: "a")))
        #expect(scene.line.view.operators.first?.state == .talking)
        scene.end("a")
        let times = try #require(scene.events(CallEnded.self).first?.times)
        #expect(times.holds == 1)
        #expect(times.held == 30)
    }

    @Test("T-08 A hold is ended by order, and each hold has its own 30 s")
    func holdTwice() throws {
        var (scene, call) = try Self.talking()
        for _ in 0..<2 {
            try scene.control(call, "1", .hold)
            scene.pass(20)
            try scene.control(call, "1", .resume)
            #expect(scene.calls[call]?.state == .talking)
        }
        scene.pass(60)
        #expect(scene.calls[call]?.holds == 2)
        #expect(scene.calls[call]?.heldSeconds == 40)
    }

    @Test("A-06 The telephone's own hold key holds as an order does: shown, counted, and late after 30 s")
    func holdKey() throws {
        var (scene, call) = try Self.talking()
        let leg = scene.leg(of: call)
        let event = try ExchangeEvent(
            json: Data(#"{"type":"ChannelHold","channel":{"id":"\#(leg)"},"musicclass":"default"}"#.utf8))
        #expect(!ExchangeEvent.unwanted.contains(event.type) && ExchangeEvent.known.contains(event.type))
        scene.happen(try #require(event.input { UUID() }))
        let view = try #require(scene.line.view.calls.first)
        #expect(view.state == .held && view.isHeldByTelephone == true)
        #expect(view.heldUntil == scene.now.addingTimeInterval(30))
        #expect(scene.line.view.operators.first?.state == .holding)
        #expect(scene.commands.isEmpty, "the exchange plays the music by itself")
        // Said twice, it is one.
        scene.happen(.telephoneHeld(channel: leg, isHeld: true))
        let told = scene.events(OperatorChanged.self).count
        scene.pass(31)
        #expect(scene.calls[call]?.state == .held, "only the telephone can end it")
        #expect(scene.events(OperatorChanged.self).count == told + 1, "the page is told that it is late")
        let refusal = #expect(throws: Refusal.self) { try scene.control(call, "1", .resume) }
        #expect(refusal?.errorID == "not-now")
        scene.happen(.telephoneHeld(channel: leg, isHeld: false))
        #expect(scene.line.view.calls.first?.state == .talking && scene.line.view.operators.first?.state == .talking)
        scene.end("a")
        let times = try #require(scene.events(CallEnded.self).first?.times)
        #expect(times.holds == 1 && times.held == 31)
    }

    @Test(
        "A-06 The telephone holds one line while the hold of the other ends: the operator speaks with one caller only")
    func holdKeyAndSecondLine() throws {
        var plan = LinePlan.bare
        plan.queues[0].linesPerOperator = 2
        var (scene, first) = try Self.talking(plan)
        let leg = scene.leg(of: first)
        let second = scene.call("b", from: "+79990000006")
        try scene.control(second, "1", .take)
        scene.pass(10)
        scene.happen(.telephoneHeld(channel: leg, isHeld: true))
        #expect(scene.calls[second]?.isHeldByTelephone == true && scene.calls[first]?.state == .held)
        // The 30 s of the first are over: we hold the second now, and the telephone the first.
        scene.pass(20)
        #expect(scene.calls[second]?.isHeldByTelephone == nil && scene.calls[second]?.state == .held)
        #expect(scene.calls[first]?.isHeldByTelephone == true)
        scene.happen(.telephoneHeld(channel: leg, isHeld: false))
        #expect(scene.calls[first]?.state == .talking && scene.calls[second]?.state == .held)
        // Nothing of it is left when the second one's 30 s are over.
        scene.pass(30)
        #expect(scene.calls[second]?.state == .talking && scene.calls[first]?.state == .held)
    }

    @Test(
        "A-06 The hold keys of a caller and of a telephone that rings mean nothing; an order goes on from a held telephone"
    )
    func holdKeyElsewhere() throws {
        var (scene, call) = try Self.talking()
        let leg = scene.leg(of: call)
        scene.happen(.telephoneHeld(channel: "a", isHeld: true))
        #expect(scene.calls[call]?.state == .talking)
        try scene.ready("2")
        let other = scene.call("b", from: "+79990000006")
        scene.happen(.telephoneHeld(channel: scene.leg(of: other), isHeld: true))
        #expect(scene.calls[other]?.state == .ringing)
        scene.end("b")
        // A consultation: now we hold, and the caller hears our music.
        scene.happen(.telephoneHeld(channel: leg, isHeld: true))
        try scene.control(
            call, "1", .transfer(TransferOrder(kind: .consult, target: .number("88452000000"), title: "Клиника")))
        #expect(scene.calls[call]?.state == .held && scene.calls[call]?.isHeldByTelephone == nil)
        #expect(scene.commands.contains(.startMusic(bridge: scene.bridge(of: call))))
        // The voice path opens, and the telephone holds still: that is a hold of its own.
        try scene.control(call, "1", .cancelTransfer)
        #expect(scene.calls[call]?.isHeldByTelephone == true && scene.calls[call]?.holds == 3)
        // After a gap nobody knows what the telephone does: the caller speaks.
        scene.read(
            channels: [.inbound("a"), .leg(leg, isUp: true)], bridges: [scene.bridge(of: call): ["a", leg]])
        #expect(scene.calls[call]?.state == .talking)
    }

    @Test(
        "A-09 An operator gives up an outbound call while the own telephone still rings, and while the citizen's does")
    func givesUpOutbound() throws {
        for picksUp in [false, true] {
            var scene = LineScene()
            try scene.ready("1")
            let id = UUID()
            try scene.give(
                .callCitizen(
                    CallCitizen(
                        callID: id, operatorID: "1", number: try PhoneNumber(parsing: "+79990000005"),
                        originalCallID: nil)))
            let leg = scene.leg(of: id)
            if picksUp { scene.pickUp(id) }
            guard case .callView(let view) = try scene.control(id, "1", .hangUp) else {
                Issue.record("no view")
                continue
            }
            #expect(scene.commands.contains(.hangUp(channel: picksUp ? Line.outboundChannel(id) : leg)))
            if picksUp {
                scene.end(Line.outboundChannel(id))
                scene.end(leg)
            } else {
                #expect(view.state == .ended && scene.dialled.isEmpty)
                scene.end(leg)
            }
            #expect(scene.events(CallEnded.self).map(\.outcome) == [.notReached])
            #expect(scene.operators["1"]?.isFree == true)
            // Asked again, it is done.
            try scene.control(id, "1", .hangUp)
        }
        // A caller for whom it rings again after a conversation is no outbound call: nothing is given up.
        var (scene, call) = try Self.talking()
        scene.end(scene.leg(of: call), cause: 38)
        #expect(scene.calls[call]?.state == .ringing)
        #expect(throws: Refusal.self) { try scene.control(call, "1", .hangUp) }
    }

    @Test("T-08 No plan allows a hold of more than 30 s")
    func holdLimit() throws {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(LinePlan.self, from: Data(#"{"hold": 45}"#.utf8))
        }
    }

    @Test("T-07 With two lines a second caller is answered in conversation, the first goes on hold, then in order")
    func twoLines() throws {
        var plan = LinePlan.bare
        plan.queues[0].linesPerOperator = 2
        var (scene, first) = try Self.talking(plan)
        let second = scene.call("b", from: "+79990000006")
        let third = scene.call("c", from: "+79990000007")
        #expect(scene.line.view.operators.first?.secondLine?.callID == second)
        #expect(scene.calls[third]?.state == .waiting, "two lines at most")
        #expect(scene.commands.contains { if case .say(_, _, ["second-line"]) = $0 { true } else { false } })
        try scene.control(second, "1", .take)
        #expect(scene.calls[first]?.state == .held)
        #expect(scene.calls[second]?.state == .talking)
        #expect(scene.events(CallAnswered.self).map(\.callID) == [first, second])
        // The standard phrase is said, the second is held, the first comes back.
        try scene.control(first, "1", .resume)
        #expect(scene.calls[first]?.state == .talking)
        #expect(scene.calls[second]?.state == .held)
        // The first caller has finished: the second one is next, without an order.
        scene.end("a")
        #expect(scene.calls[second]?.state == .talking)
        #expect(scene.operators["1"]?.calls == [second])
    }

    @Test("T-07 The hold of the second line has its 30 s as well")
    func secondLineHold() throws {
        var plan = LinePlan.bare
        plan.queues[0].linesPerOperator = 2
        var (scene, first) = try Self.talking(plan)
        let second = scene.call("b", from: "+79990000006")
        try scene.control(second, "1", .take)
        scene.pass(30)
        #expect(scene.calls[first]?.state == .talking)
        #expect(scene.calls[second]?.state == .held)
        scene.pass(30)
        #expect(scene.calls[second]?.state == .talking)
    }

    @Test("T-07 A second line that is not taken goes on to another operator, and nobody is away for it")
    func secondLineDeclined() throws {
        var plan = LinePlan.bare
        plan.queues[0].linesPerOperator = 2
        var (scene, _) = try Self.talking(plan)
        let second = scene.call("b", from: "+79990000006")
        scene.pass(15)
        #expect(scene.calls[second]?.state == .waiting)
        #expect(scene.operators["1"]?.chosen == .ready)
        try scene.ready("2")
        #expect(scene.rung == ["102"])
    }

    @Test("T-07 Where an operator has one line the queue keeps the second caller")
    func oneLine() throws {
        var (scene, _) = try Self.talking()
        let second = scene.call("b", from: "+79990000006")
        #expect(scene.calls[second]?.state == .waiting)
        #expect(scene.line.view.operators.first?.secondLine == nil)
        #expect(throws: Refusal.self) { try scene.control(second, "1", .take) }
        #expect(throws: DecodingError.self) {
            let plan = #"{"queues": [{"name": "main", "linesPerOperator": 3}]}"#
            _ = try JSONDecoder().decode(LinePlan.self, from: Data(plan.utf8))
        }
    }

    @Test("T-13 Questioning and consultation are measured apart, by the operator's step")
    func clocks() throws {
        var (scene, call) = try Self.talking()
        scene.pass(100)
        try scene.control(call, "1", .phase(.consultation))
        try scene.control(call, "1", .phase(.consultation))
        scene.pass(200)
        let view = try #require(scene.line.view.calls.first)
        #expect(view.questioning == 100)
        #expect(view.phase == .consultation)
        #expect(view.phaseSince == scene.now.addingTimeInterval(-200))
        scene.end("a")
        let times = try #require(scene.events(CallEnded.self).first?.times)
        #expect(times.questioning == 100)
        #expect(times.consultation == 200)
    }

    @Test("T-12 The time of service is known while it runs and at the end")
    func serviceTime() throws {
        var (scene, call) = try Self.talking()
        scene.pass(601)
        #expect(scene.line.view.calls.first?.answeredAt == scene.now.addingTimeInterval(-601))
        try scene.control(call, "1", .hangUp)
        scene.end("a")
        let times = try #require(scene.events(CallEnded.self).first?.times)
        #expect(times.questioning + times.consultation == 601)
    }

    @Test("T-14 After the call the operator fills the card, until ready is chosen or the limit is reached")
    func afterCall() throws {
        var plan = LinePlan.bare
        plan.afterCall = 60
        var (scene, call) = try Self.talking(plan)
        let leg = scene.leg(of: call)
        scene.end("a")
        scene.end(leg)
        scene.call("b", from: "+79990000006")
        let view = try #require(scene.line.view.operators.first)
        #expect(view.state == .afterCall)
        #expect(view.limitAt == scene.now.addingTimeInterval(60))
        #expect(scene.rung.isEmpty)
        scene.pass(60)
        #expect(scene.rung == ["101"])

        var (other, finished) = try Self.talking(plan)
        let otherLeg = other.leg(of: finished)
        other.end("a")
        other.end(otherLeg)
        other.call("b", from: "+79990000006")
        try other.ready("1")
        #expect(other.rung == ["101"])
    }

    @Test("T-06 How long the operator's telephone rang is measured")
    func ringTime() throws {
        var scene = LineScene()
        try scene.ready("1")
        let call = scene.call("a")
        scene.pass(8)
        scene.pickUp(call)
        #expect(scene.events(CallAnswered.self).first?.ringSeconds == 8)
    }

    @Test("T-06 Who does not pick up until the third ring is over is away and gets no calls until he says so")
    func missed() throws {
        var scene = LineScene()
        try scene.ready("1")
        let call = scene.call("a")
        #expect(
            scene.commands.contains {
                if case .ring(_, .inside("101", _), "a", 15) = $0 { true } else { false }
            })
        scene.pass(15)
        scene.end(scene.leg(of: call), cause: 19)
        #expect(scene.line.view.operators.first?.state == .away)
        #expect(scene.calls[call]?.state == .waiting)
        try scene.ready("2")
        #expect(scene.rung == ["101", "102"])
        try scene.ready("1")
        #expect(scene.operators["1"]?.isFree == true)
    }

    @Test("T-01 A break has a reason and a limit; an unknown reason is refused")
    func breaks() throws {
        var scene = LineScene()
        try scene.ready("1")
        try scene.set("1", .onBreak, reason: "lunch")
        let view = try #require(scene.line.view.operators.first)
        #expect(view.state == .onBreak)
        #expect(view.breakReason == "lunch")
        #expect(view.limitAt == scene.now.addingTimeInterval(3600))
        let refusal = #expect(throws: Refusal.self) { try scene.set("1", .onBreak, reason: "beach") }
        #expect(refusal?.errorID == "break-reason-unknown")
    }

    @Test("T-01 A headset is asked to answer by itself where the plan says so")
    func autoAnswer() throws {
        var plan = LinePlan.bare
        plan.isAutoAnswered = true
        var scene = LineScene(plan: plan)
        try scene.ready("1")
        scene.call("a")
        #expect(
            scene.commands.contains {
                if case .ring(_, .inside("101", answersItself: true), _, _) = $0 { true } else { false }
            })
    }

    @Test("T-01 Tones are sent to the other side, and only tones")
    func tones() throws {
        var (scene, call) = try Self.talking()
        try scene.control(call, "1", .tones("12*#"))
        #expect(scene.commands == [.tones(channel: "a", digits: "12*#")])
        #expect(throws: Refusal.self) { try scene.control(call, "1", .tones("привет")) }
        #expect(throws: Refusal.self) { try scene.control(call, "1", .tones("")) }
    }

    @Test("T-01 An order for a call of somebody else, or for none, is refused and changes nothing")
    func refusals() throws {
        var (scene, call) = try Self.talking()
        try scene.ready("2")
        let before = scene.line.calls
        for action in [ControlCall.Action.hold, .resume, .take, .completeTransfer, .conference, .emergency] {
            #expect(throws: Refusal.self) { try scene.control(call, "2", action) }
            #expect(throws: Refusal.self) { try scene.control(UUID(), "1", action) }
        }
        #expect(throws: Refusal.self) { try scene.control(call, "1", .conference) }
        #expect(throws: Refusal.self) { try scene.control(call, "1", .completeTransfer) }
        #expect(scene.line.calls == before)
    }
}
