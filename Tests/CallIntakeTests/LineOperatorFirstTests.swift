import Contracts
import Foundation
import Messaging
import Testing
import Vocabulary

@testable import CallIntake

/// Callbacks for which the operator's telephone rings first.
@Suite struct LineOperatorFirstTests {
    /// Operator 1 is ready.
    private func scene() throws -> LineScene {
        var plan = LinePlan.bare
        plan.callbackOrder = .operator
        var scene = LineScene(plan: plan)
        try scene.ready("1")
        return scene
    }

    /// A call that broke while operator 1 spoke, who is rung first.
    private func brokenCall() throws -> (LineScene, UUID) {
        var scene = try self.scene()
        try scene.ready("2")
        let call = scene.call("a")
        scene.pickUp(call)
        let leg = scene.leg(of: call)
        scene.end("a", cause: 38, technical: 500)
        scene.end(leg)
        return (scene, call)
    }

    /// The call in which an operator is rung or waits.
    private func operatorCall(_ scene: LineScene) throws -> Call {
        try #require(scene.calls.values.first { $0.attemptID != nil && $0.state != .ended })
    }

    @Test(
        "C-01 The operator is rung first, then the citizen is dialled, then they speak: one attempt, one conversation")
    func joined() throws {
        var (scene, call) = try self.brokenCall()
        let attempt = CallbackIdentity.attempt(of: call, 1)
        #expect(scene.rung == ["101", "102"], "the first one is still parting from the broken call")
        #expect(scene.dialled.isEmpty && scene.dials[attempt]?.state == .planned)
        #expect(scene.events(CallEnded.self).first?.dialledBackAt == nil)
        let waiting = try self.operatorCall(scene)
        // Asked for meanwhile, it is the same attempt.
        try scene.give(
            .dial(
                DialCitizen(
                    attemptID: attempt, callbackID: CallbackIdentity.callback(of: call),
                    number: try PhoneNumber(parsing: "+79990000005"), preferredOperatorID: "1", originalCallID: call)))
        #expect(scene.dialled.isEmpty)
        scene.pickUp(waiting.id)
        #expect(scene.dialled == ["dial-\(attempt.uuidString.lowercased())"])
        scene.takeDial()
        #expect(scene.events(DialStarted.self).map(\.attemptID) == [attempt])
        scene.happen(.citizenAnswered(channel: waiting.channel, attemptID: attempt, callID: UUID()))
        let finished = try #require(scene.events(DialFinished.self).first)
        #expect(finished.outcome == .answered && finished.callID == waiting.id)
        let answered = try #require(scene.events(CallAnswered.self).last)
        #expect(answered.callbackID == CallbackIdentity.callback(of: call) && answered.originalCallID == call)
        scene.pass(60)
        #expect(scene.dialled.count == 1)
        scene.end(waiting.channel)
        #expect(scene.events(CallEnded.self).last?.outcome == .completedByCaller)
    }

    @Test("C-01 When no operator picks up within 7 seconds, or one refuses, the citizen is dialled all the same")
    func nobodyPicksUp() throws {
        for refuses in [true, false] {
            var (scene, call) = try self.brokenCall()
            let waiting = try self.operatorCall(scene)
            if refuses { scene.end(scene.leg(of: waiting.id), cause: 17) } else { scene.pass(7) }
            #expect(scene.dialled.count == 1)
            let attempt = CallbackIdentity.attempt(of: call, 1)
            #expect(scene.dials[attempt]?.state == .sending)
            let ended = scene.events(CallEnded.self).filter { $0.callID == waiting.id }
            #expect(ended.map(\.outcome) == [.notReached] && ended.first?.callbackID == nil)
            // The citizen who answers waits for an operator as with the other order.
            scene.happen(.citizenAnswered(channel: waiting.channel, attemptID: attempt, callID: UUID()))
            #expect(scene.events(DialFinished.self).map(\.outcome) == [.answered])
        }
    }

    @Test(
        "C-01 An operator who leaves while the citizen is dialled: the hang-up follows the dial and cannot overtake it")
    func operatorLeaves() throws {
        var (scene, call) = try self.brokenCall()
        let waiting = try self.operatorCall(scene)
        scene.pickUp(waiting.id)
        scene.end(scene.leg(of: waiting.id))
        let attempt = CallbackIdentity.attempt(of: call, 1)
        let orders = scene.laneCommands.filter { $0.lane == attempt }.map(\.command)
        #expect(orders.count == 2 && orders.last == .hangUp(channel: waiting.channel))
        #expect(scene.events(DialFinished.self).map(\.outcome) == [.unknown])
    }

    @Test("C-02 A citizen who does not answer frees the operator, and the attempt has its outcome")
    func busy() throws {
        var (scene, _) = try self.brokenCall()
        let waiting = try self.operatorCall(scene)
        scene.pickUp(waiting.id)
        let leg = scene.leg(of: waiting.id)
        scene.happen(.dialStatus(channel: waiting.channel, status: "BUSY"))
        scene.end(waiting.channel, cause: 17)
        #expect(scene.events(DialFinished.self).map(\.outcome) == [.busy])
        #expect(scene.commands.contains(.hangUp(channel: leg)))
        scene.end(leg)
        #expect(scene.line.operators.values.allSatisfy { $0.legID == nil })
        #expect(scene.events(CallEnded.self).filter { $0.callbackID != nil }.isEmpty)
    }

    @Test("C-03 A citizen who calls in while the operator is rung is not dialled")
    func calledIn() throws {
        var (scene, call) = try self.brokenCall()
        scene.call("b")
        #expect(scene.dials[CallbackIdentity.attempt(of: call, 1)]?.state == .cancelled)
        scene.pass(30)
        #expect(scene.dialled.isEmpty)
    }

    @Test("C-04 A promise whose citizen calls about something else is kept later, as another attempt")
    func promiseWhileCalling() throws {
        var scene = try self.scene()
        let request = DialCitizen(
            attemptID: UUID(), callbackID: UUID(), number: try PhoneNumber(parsing: "+79990000005"),
            preferredOperatorID: nil, originalCallID: UUID(), kind: .deferredAnswer, placeAt: scene.now)
        try scene.give(.dial(request))
        #expect(scene.rung.count == 1 && scene.dialled.isEmpty)
        scene.call("b")
        #expect(scene.events(DialFinished.self).map(\.outcome) == [.unknown])
        scene.pass(30)
        #expect(scene.dialled.isEmpty && scene.dials[request.attemptID]?.state == .finished)
        #expect(!scene.calls.values.contains { $0.attemptID != nil && $0.state != .ended })
    }

    @Test("C-02 An operator does not wait for a dial that the exchange refused")
    func dialRefused() throws {
        var (scene, _) = try self.brokenCall()
        let waiting = try self.operatorCall(scene)
        scene.pickUp(waiting.id)
        let leg = scene.leg(of: waiting.id)
        scene.happen(.originateRefused(channel: waiting.channel))
        #expect(scene.events(DialFinished.self).map(\.outcome) == [.failed])
        #expect(scene.calls[waiting.id]?.state == .ended && scene.commands.contains(.hangUp(channel: leg)))
    }

    @Test("C-07 A citizen who speaks with the operator rung first is on the line: no other call is dialled")
    func speaking() throws {
        var (scene, call) = try self.brokenCall()
        let attempt = CallbackIdentity.attempt(of: call, 1)
        let waiting = try self.operatorCall(scene)
        let number = try PhoneNumber(parsing: "+79990000005")
        #expect(!scene.line.isOnLine(number))
        scene.pickUp(waiting.id)
        scene.happen(.citizenAnswered(channel: waiting.channel, attemptID: attempt, callID: UUID()))
        #expect(scene.line.isOnLine(number))
        scene.restart()
        #expect(scene.line.isOnLine(number))
        scene.read(channels: [])
        scene.pass(60)
        #expect(!scene.line.isOnLine(number))
    }

    @Test("C-01 An operator is rung once for an attempt, also after a crash: the row of that call is closed")
    func rungOnce() throws {
        var (scene, call) = try self.brokenCall()
        let attempt = CallbackIdentity.attempt(of: call, 1)
        let first = try self.operatorCall(scene)
        scene.restart()
        scene.read(channels: [])
        #expect(scene.calls[first.id]?.state == .ended)
        try scene.give(
            .dial(
                DialCitizen(
                    attemptID: attempt, callbackID: CallbackIdentity.callback(of: call),
                    number: try PhoneNumber(parsing: "+79990000005"), preferredOperatorID: "1", originalCallID: call)))
        #expect(scene.dialled.count == 1 && scene.calls[first.id]?.state == .ended)
    }

    @Test("C-01 A citizen who answered while nobody listened speaks with the operator who waits, and the dial is over")
    func answeredInTheGap() throws {
        var (scene, call) = try self.brokenCall()
        let attempt = CallbackIdentity.attempt(of: call, 1)
        let waiting = try self.operatorCall(scene)
        scene.pickUp(waiting.id)
        let leg = scene.leg(of: waiting.id)
        scene.restart()
        let citizen = ExchangeSnapshot.Channel(
            id: waiting.channel, state: "Up", callerNumber: "+79990000005",
            arguments: ["callback", attempt.uuidString.lowercased()])
        scene.read(channels: [citizen, .leg(leg, isUp: true)])
        #expect(scene.events(DialFinished.self).map(\.outcome) == [.answered])
        #expect(scene.calls[waiting.id]?.callbackID == CallbackIdentity.callback(of: call))
        #expect(scene.calls[waiting.id]?.state == .talking)
    }

    @Test("C-01 With nobody free the citizen is dialled at once")
    func nobodyFree() throws {
        var scene = try self.scene()
        let call = scene.call("a")
        scene.pickUp(call)
        scene.end("a", cause: 38, technical: 500)
        #expect(scene.dialled.count == 1)
    }

    @Test("C-01 After a crash while the operator was rung the citizen is dialled at the planned moment")
    func crash() throws {
        var (scene, call) = try self.brokenCall()
        scene.restart()
        scene.read(channels: [])
        scene.pass(7)
        #expect(scene.dialled == ["dial-\(CallbackIdentity.attempt(of: call, 1).uuidString.lowercased())"])
    }

    @Test("C-04 A personal promise waits for its operator, for a while")
    func personal() throws {
        var scene = LineScene()
        try scene.ready("1")
        try scene.set("2", .onBreak)
        var request = DialCitizen(
            attemptID: UUID(), callbackID: UUID(), number: try PhoneNumber(parsing: "+79990000005"),
            preferredOperatorID: "2", originalCallID: UUID(), kind: .deferredAnswer, placeAt: scene.now)
        request.waitsForOperatorUntil = scene.now.addingTimeInterval(600)
        let refused = #expect(throws: Refusal.self) { try scene.give(.dial(request)) }
        #expect(refused?.errorID == "operator-away" && refused?.verdict == .notNow(for: .seconds(10)))
        try scene.ready("2")
        try scene.give(.dial(request))
        #expect(scene.dialled.count == 1)
        var late = request
        late.attemptID = UUID()
        late.number = try PhoneNumber(parsing: "+79990000006")
        late.waitsForOperatorUntil = scene.now
        try scene.set("2", .onBreak)
        scene.end(try #require(scene.dialled.first), cause: 17)
        try scene.give(.dial(late))
        #expect(scene.dialled.count == 2)
    }
}
