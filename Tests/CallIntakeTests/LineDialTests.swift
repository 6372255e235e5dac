import Contracts
import Foundation
import Messaging
import Testing
import Vocabulary

@testable import CallIntake

@Suite struct LineDialTests {
    /// A call that broke while operator 1 spoke.
    private func brokenCall() throws -> (LineScene, UUID) {
        var scene = LineScene()
        try scene.ready("1")
        let call = scene.call("a")
        scene.pickUp(call)
        let leg = scene.leg(of: call)
        scene.end("a", cause: 38, technical: 500)
        scene.end(leg)
        return (scene, call)
    }

    private func request(_ call: UUID, number: Int = 1) throws -> DialCitizen {
        DialCitizen(
            attemptID: CallbackIdentity.attempt(of: call, number), callbackID: CallbackIdentity.callback(of: call),
            number: try PhoneNumber(parsing: "+79990000005"), preferredOperatorID: "1", originalCallID: call)
    }

    @Test("C-01 A break is committed together with the first attempt, and the line dials by itself after 8 s")
    func lineDialsByItself() throws {
        var (scene, call) = try self.brokenCall()
        let attempt = CallbackIdentity.attempt(of: call, 1)
        #expect(scene.dials[attempt]?.state == .planned)
        scene.now += 7.9
        scene.happen(.tick)
        #expect(scene.dialled.isEmpty)
        scene.now += 0.1
        scene.happen(.tick)
        scene.happen(.tick)
        #expect(scene.dialled == ["dial-\(attempt.uuidString.lowercased())"])
        let started = try #require(scene.events(DialStarted.self).first)
        #expect(started.callbackID == CallbackIdentity.callback(of: call))
        // Asked for late, it is the same attempt.
        try scene.give(.dial(try self.request(call)))
        #expect(scene.dialled.count == 1)
    }

    @Test("C-01 The dialer's request takes the planned attempt over; asked twice, it rings once")
    func dialerAsksFirst() throws {
        var (scene, call) = try self.brokenCall()
        for _ in 0..<2 { try scene.give(.dial(try self.request(call))) }
        scene.now += 60
        scene.happen(.tick)
        #expect(scene.dialled.count == 1)
        let channel = try #require(scene.dialled.first)
        scene.end(channel, cause: 17)
        try scene.give(.dial(try self.request(call)))
        #expect(scene.dialled.count == 1, "an attempt that is over is not dialled again")
        #expect(scene.events(DialFinished.self).map(\.outcome) == [.busy])
    }

    @Test("C-01 Nothing is dialled while the exchange is away; what is due is dialled when it is back")
    func exchangeAway() throws {
        var (scene, call) = try self.brokenCall()
        scene.happen(.exchangeLost)
        let refused = #expect(throws: Refusal.self) { try scene.give(.dial(try self.request(call))) }
        #expect(refused?.errorID == "exchange-away")
        scene.now += 9
        scene.happen(.tick)
        #expect(scene.dialled.isEmpty)
        scene.read(channels: [])
        scene.happen(.tick)
        #expect(scene.dialled.count == 1)
    }

    @Test("C-01 A citizen who calls in first is not called back by the line")
    func calledInFirst() throws {
        var (scene, _) = try self.brokenCall()
        scene.call("b")
        scene.now += 20
        scene.happen(.tick)
        #expect(scene.dialled.isEmpty)
    }

    @Test("C-01 A citizen who answers goes to the head of the queue and to the operator who spoke before")
    func citizenAnswers() throws {
        var (scene, call) = try self.brokenCall()
        try scene.set("1", .onBreak)
        scene.call("b", from: "+79990000009")
        try scene.give(.dial(try self.request(call)))
        let channel = try #require(scene.dialled.first)
        let callID = UUID()
        for _ in 0..<2 {
            scene.happen(
                .citizenAnswered(
                    channel: channel, attemptID: CallbackIdentity.attempt(of: call, 1), callID: callID))
        }
        let finished = try #require(scene.events(DialFinished.self).first)
        #expect(finished.outcome == .answered && finished.callID == callID)
        try scene.ready("1")
        #expect(scene.served == ["a", channel])
        scene.pickUp(callID)
        let answered = try #require(scene.events(CallAnswered.self).last)
        #expect(answered.callbackID == CallbackIdentity.callback(of: call))
        #expect(answered.originalCallID == call)
        #expect(scene.events(CallReceived.self).count == 2, "a callback is no received call")
        scene.end(channel)
        #expect(scene.events(CallEnded.self).last?.outcome == .completedByCaller)
    }

    @Test("C-01 The preferred operator is rung although another one has been idle longer")
    func preferredOperator() throws {
        var (scene, call) = try self.brokenCall()
        try scene.set("1", .onBreak)
        try scene.ready("2")
        try scene.ready("1")
        try scene.give(.dial(try self.request(call)))
        scene.happen(
            .citizenAnswered(
                channel: try #require(scene.dialled.first), attemptID: CallbackIdentity.attempt(of: call, 1),
                callID: UUID()))
        #expect(scene.rung.last == "101")
    }

    @Test("C-01 After a crash a dial that may have gone out is looked for and never sent again")
    func crashWhileDialling() throws {
        var (scene, call) = try self.brokenCall()
        try scene.give(.dial(try self.request(call)))
        scene.restart()
        scene.read(channels: [])
        #expect(scene.events(DialFinished.self).map(\.outcome) == [.unknown])
        #expect(scene.dialled.count == 1)
    }

    @Test("C-01 After a crash a citizen who has answered meanwhile is taken in")
    func crashWhileRinging() throws {
        var (scene, call) = try self.brokenCall()
        try scene.give(.dial(try self.request(call)))
        let channel = try #require(scene.dialled.first)
        scene.restart()
        scene.read(channels: [
            .init(id: channel, state: "Up", callerNumber: "122", arguments: ["callback", "x"])
        ])
        #expect(scene.events(DialFinished.self).map(\.outcome) == [.answered])
        #expect(scene.served.last == channel)
    }

    @Test("C-01 Numbers that no machine may call are refused")
    func undialable() throws {
        var scene = LineScene()
        var request = try self.request(UUID())
        request.number = try PhoneNumber(parsing: "112")
        let refused = #expect(throws: Refusal.self) { try scene.give(.dial(request)) }
        #expect(refused?.errorID == "number-not-dialable")
    }
}
