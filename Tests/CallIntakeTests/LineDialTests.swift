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

    @Test("C-01 The first dial is committed with the break and goes out at once, whatever the dialer does")
    func lineDialsByItself() throws {
        var (scene, call) = try self.brokenCall()
        let attempt = CallbackIdentity.attempt(of: call, 1)
        #expect(scene.dials[attempt]?.state == .sending)
        #expect(scene.dialled == ["dial-\(attempt.uuidString.lowercased())"])
        // The end of the call tells of the decision; that it was dialled is told when the exchange has taken the order.
        #expect(scene.events(CallEnded.self).first?.dialledBackAt == scene.now)
        #expect(scene.events(DialStarted.self).isEmpty)
        scene.takeDial()
        #expect(scene.events(DialStarted.self).map(\.attemptID) == [attempt])
        scene.now += 60
        scene.happen(.tick)
        #expect(scene.dialled.count == 1)
    }

    @Test("C-01 The dialer's request for an attempt that rings is that attempt; asked twice, it rings once")
    func dialerAsks() throws {
        var (scene, call) = try self.brokenCall()
        for _ in 0..<2 { try scene.give(.dial(try self.request(call))) }
        #expect(scene.dialled.count == 1)
        let channel = try #require(scene.dialled.first)
        scene.end(channel, cause: 17)
        try scene.give(.dial(try self.request(call)))
        #expect(scene.dialled.count == 1, "an attempt that is over is not dialled again")
        #expect(scene.events(DialFinished.self).map(\.outcome) == [.busy])
        try scene.give(.dial(try self.request(call, number: 2)))
        scene.takeDial()
        #expect(scene.dialled.count == 2 && scene.events(DialStarted.self).count == 1)
    }

    @Test("A-11 K-04 X-01 From the exchange's event to the order that it took each moment has its own stamp")
    func stamps() throws {
        var scene = LineScene()
        try scene.ready("1")
        let call = scene.call("a")
        scene.pickUp(call)
        scene.now += 30
        let told = scene.now.addingTimeInterval(-0.4)
        let heard = scene.now.addingTimeInterval(-0.1)
        scene.end("a", cause: 38, technical: 500, at: EventStamp(told: told, heard: heard))
        let ended = try #require(scene.events(CallEnded.self).first)
        #expect(ended.brokenAt == told && ended.brokenHeardAt == heard && ended.endedAt == scene.now)
        #expect(ended.dialledBackAt == scene.now)
        // An exchange that takes three seconds to take the order.
        let decided = scene.now
        let channel = try #require(scene.dialled.first)
        let ordered = decided.addingTimeInterval(0.02)
        scene.now += 3
        scene.happen(.dialTaken(channel: channel, orderedAt: ordered, answeredAt: scene.now))
        let started = try #require(scene.events(DialStarted.self).first)
        #expect(started.decidedAt == decided && started.startedAt == ordered && started.acceptedAt == scene.now)
        #expect(abs((started.acceptedAt ?? .distantPast).timeIntervalSince(told) - 3.4) < 0.001)
        // Told again it is the same; and the outcome stands alone.
        scene.happen(.dialTaken(channel: channel, orderedAt: ordered, answeredAt: scene.now.addingTimeInterval(1)))
        #expect(scene.events(DialStarted.self).count == 1)
        scene.end(channel, cause: 17)
        let finished = try #require(scene.events(DialFinished.self).first)
        #expect(finished.startedAt == ordered && finished.acceptedAt == started.acceptedAt)
    }

    @Test("A-11 An order that the exchange refuses was no dial; a telephone that rings before its answer was one")
    func takenOrNot() throws {
        var (refused, _) = try self.brokenCall()
        let channel = try #require(refused.dialled.first)
        refused.happen(.originateRefused(channel: channel))
        #expect(refused.events(DialStarted.self).isEmpty)
        #expect(refused.events(DialFinished.self).map(\.outcome) == [.failed])
        #expect(refused.events(DialFinished.self).allSatisfy { $0.acceptedAt == nil })

        var (ringing, _) = try self.brokenCall()
        let rings = ringing.now.addingTimeInterval(1)
        ringing.now = rings
        ringing.happen(.dialStatus(channel: Self.dialledChannel(of: ringing), status: "RINGING"))
        let ordered = ringing.now.addingTimeInterval(-0.9)
        ringing.now += 2
        ringing.happen(
            .dialTaken(channel: Self.dialledChannel(of: ringing), orderedAt: ordered, answeredAt: ringing.now))
        let told = ringing.events(DialStarted.self)
        #expect(told.map(\.acceptedAt) == [rings, rings], "what comes first shows that the exchange has it")
        #expect(told.last?.startedAt == ordered)
    }

    private static func dialledChannel(of scene: LineScene) -> String { scene.dialled.first ?? "no channel" }

    @Test(
        "A-11 The exchange's clock is believed while it can be the same as ours",
        arguments: [(-0.5, -0.5), (-59, -59), (-3600, 0), (2, 0)])
    func clocks(told: TimeInterval, happened: TimeInterval) {
        let heard = Date(timeIntervalSince1970: 1_795_230_000)
        let stamp = EventStamp(told: heard.addingTimeInterval(told), heard: heard)
        #expect(stamp.happened == heard.addingTimeInterval(happened))
        #expect(EventStamp(told: nil, heard: heard).happened == heard)
    }

    @Test(
        "C-01 T-04 A citizen who is called back hears who is calling and that it is recorded, until an operator is there"
    )
    func greeting() throws {
        var (scene, call) = try self.brokenCall()
        let back = UUID()
        scene.happen(
            .citizenAnswered(
                channel: try #require(scene.dialled.first), attemptID: CallbackIdentity.attempt(of: call, 1),
                callID: back))
        #expect(scene.said == [[Prompt.callbackGreeting]])
        let playback = try #require(scene.calls[back]?.playback)
        try scene.ready("2")
        scene.pickUp(back)
        #expect(scene.calls[back]?.state == .talking && scene.commands.contains(.stopSaying(id: playback)))
    }

    /// A call whose end was not heard because the exchange was away, and its channel is gone when it is back.
    private func lostWithTheExchange(calledInAgain: Bool = false) throws -> (LineScene, UUID) {
        var scene = LineScene()
        try scene.ready("1")
        let call = scene.call("a")
        scene.pickUp(call)
        scene.happen(.exchangeLost)
        #expect(throws: Refusal.self) { try scene.give(.dial(try self.request(call))) }
        scene.pass(9)
        let again = ExchangeSnapshot.Channel(
            id: "b", state: "Ring", callerNumber: "+79990000005", arguments: ["inbound", "122"])
        scene.read(channels: calledInAgain ? [again] : [])
        return (scene, call)
    }

    @Test("C-01 Nothing is dialled while the exchange is away; what broke meanwhile is dialled when it is back")
    func exchangeAway() throws {
        var (scene, call) = try self.lostWithTheExchange()
        #expect(scene.dialled.count == 1)
        scene.takeDial()
        #expect(scene.events(DialStarted.self).map(\.attemptID) == [CallbackIdentity.attempt(of: call, 1)])
        #expect(scene.events(CallEnded.self).first?.dialledBackAt == nil)
    }

    @Test("C-03 A citizen who called in while the exchange was away is not called back by the line")
    func calledInFirst() throws {
        let (scene, call) = try self.lostWithTheExchange(calledInAgain: true)
        #expect(scene.dialled.isEmpty)
        #expect(scene.dials[CallbackIdentity.attempt(of: call, 1)]?.state == .cancelled)
    }

    @Test("C-02 While an operator calls by hand the callback waits: nobody called in")
    func operatorCallsByHand() throws {
        var (scene, call) = try self.brokenCall()
        let first = CallbackIdentity.attempt(of: call, 1)
        scene.happen(.dialStatus(channel: "dial-\(first.uuidString.lowercased())", status: "BUSY"))
        scene.end("dial-\(first.uuidString.lowercased())", cause: 17)
        try scene.ready("7")
        let byHand = CallCitizen(
            callID: UUID(), operatorID: "7", number: try PhoneNumber(parsing: "+79990000005"), originalCallID: call)
        try scene.give(.callCitizen(byHand))
        let second = try self.request(call, number: 2)
        let refused = #expect(throws: Refusal.self) { try scene.give(.dial(second)) }
        #expect(refused?.errorID == "no-line-free" && refused?.verdict == .notNow(for: .seconds(10)))
        scene.end(scene.leg(of: byHand.callID), cause: 17)
        try scene.give(.dial(second))
        #expect(scene.dialled.count == 2)
    }

    @Test("C-03 A citizen who is on the line again when the break is noticed is not dialled, and the dialer hears why")
    func onTheLineAgain() throws {
        var scene = LineScene()
        try scene.ready("1")
        let call = scene.call("a")
        scene.pickUp(call)
        scene.call("b")
        scene.end("a", cause: 38, technical: 500)
        #expect(scene.dialled.isEmpty && scene.events(CallEnded.self).first?.dialledBackAt == nil)
        let refused = #expect(throws: Refusal.self) { try scene.give(.dial(try self.request(call))) }
        #expect(refused?.errorID == "called-in" && refused?.verdict == .refused)
        // A promise waits until the line is free again, a voice too.
        for (kind, script, reason) in [
            (CallbackKind.deferredAnswer, nil, "no-operator-free"),
            (
                .appointmentReminder,
                VoiceScript(questions: [.init("a", ["one"], keys: ["1": .end])], farewell: []), "no-line-free"
            ),
        ] as [(CallbackKind, VoiceScript?, String)] {
            var request = try self.request(call, number: 2)
            request.kind = kind
            request.script = script
            let refused = #expect(throws: Refusal.self) { try scene.give(.dial(request)) }
            #expect(refused?.errorID == reason && refused?.verdict == .notNow(for: .seconds(10)))
        }
        scene.end("b")
        try scene.give(.dial(try self.request(call)))
        #expect(scene.dialled.count == 1)
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

    @Test("B-101 A-15 While the exchange is away every order is answered with *not now*, and nothing is kept of it")
    func ordersMeanwhile() throws {
        var (scene, call) = try self.brokenCall()
        try scene.ready("7")
        let talking = scene.call("t", from: "+79990000008")
        scene.pickUp(talking)
        scene.happen(.exchangeLost)
        let (dials, calls) = (scene.dials, scene.calls)
        for order in [
            LineInput.dial(try self.request(call, number: 2)),
            .control(ControlCall(callID: talking, operatorID: "1", action: .hold)),
            .supervise(SuperviseCall(callID: talking, supervisorID: "9", telephone: "109", mode: .listen)),
            .callCitizen(
                CallCitizen(
                    callID: UUID(), operatorID: "7", number: try PhoneNumber(parsing: "+79990000006"),
                    originalCallID: nil)),
        ] {
            let refused = #expect(throws: Refusal.self) { try scene.give(order) }
            #expect(refused?.errorID == "exchange-away" && refused?.verdict == .notNow(for: .seconds(1)))
        }
        #expect(scene.dials == dials && scene.calls == calls)
    }

    @Test(
        "A-08 A trunk that plays its own ringing tone and never says RINGING: nobody answered, and it rang since then")
    func ringingByProgress() throws {
        var (scene, _) = try self.brokenCall()
        let channel = try #require(scene.dialled.first)
        scene.now += 2
        let rang = scene.now
        scene.happen(.dialStatus(channel: channel, status: "PROGRESS"))
        scene.now += 28
        scene.end(channel, cause: 0)
        let finished = try #require(scene.events(DialFinished.self).first)
        #expect(finished.outcome == .noAnswer && finished.ringingAt == rang)
    }

    @Test("C-01 Numbers that no machine may call are refused")
    func undialable() throws {
        var scene = LineScene()
        var request = try self.request(UUID())
        request.number = try PhoneNumber(parsing: "112")
        let refused = #expect(throws: Refusal.self) { try scene.give(.dial(request)) }
        #expect(refused?.errorID == "number-not-dialable" && refused?.verdict == .refused)
    }
}
