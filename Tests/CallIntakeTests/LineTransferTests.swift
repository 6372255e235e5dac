import Contracts
import Foundation
import Messaging
import Testing
import Vocabulary

@testable import CallIntake

/// Transfers, conferences, supervisors, emergencies.
@Suite struct LineTransferTests {
    private static func talking(_ plan: LinePlan = .bare) throws -> (LineScene, UUID) {
        var scene = LineScene(plan: plan)
        try scene.ready("1")
        let call = scene.call("a")
        scene.pickUp(call)
        try scene.ready("2", skills: ["oms"])
        scene.commands = []
        scene.events = []
        return (scene, call)
    }

    private static func order(
        _ kind: TransferOrder.Kind, _ target: TransferOrder.Target = .operator("2")
    ) -> ControlCall.Action {
        .transfer(TransferOrder(kind: kind, target: target, title: "ТФОМС, Петрова Анна, эксперт"))
    }

    private static func transferLeg(_ scene: LineScene, _ call: UUID) -> String {
        scene.calls[call]?.transfer?.leg ?? "no leg"
    }

    @Test("T-10 A consultation: the caller is held, the receiver sees the call before speaking, then takes it over")
    func consultAndComplete() throws {
        var (scene, call) = try Self.talking()
        let firstLeg = scene.leg(of: call)
        try scene.control(call, "1", Self.order(.consult))
        #expect(scene.calls[call]?.state == .held)
        #expect(scene.events(CallOffered.self).map(\.toOperatorID) == ["2"])
        #expect(scene.line.view.operators.last?.callID == call)
        let leg = Self.transferLeg(scene, call)
        scene.pass(5)
        scene.happen(.legAnswered(leg: leg))
        #expect(scene.calls[call]?.transfer?.state == .consulting)
        #expect(scene.line.view.operators.map(\.state) == [.talking, .talking])
        scene.pass(5)
        try scene.control(call, "1", .completeTransfer)
        #expect(scene.calls[call]?.operatorID == "2")
        #expect(scene.calls[call]?.state == .talking)
        #expect(scene.commands.contains(.join(bridge: scene.bridge(of: call), channel: leg)))
        #expect(scene.commands.contains(.hangUp(channel: firstLeg)))
        #expect(scene.events(CallTransferred.self).map(\.toOperatorID) == ["2"])
        scene.end(firstLeg)
        scene.end("a")
        #expect(scene.events(CallEnded.self).map(\.outcome) == [.completedByCaller])
        #expect(scene.events(CallEnded.self).first?.operatorID == "2")
        scene.end(leg)
        #expect(scene.line.view.operators.map(\.state) == [.ready, .ready])
    }

    @Test("T-08 A consultation is a hold: after 30 s the path to the caller opens, the receiver waits with music")
    func consultationLimit() throws {
        var (scene, call) = try Self.talking()
        try scene.control(call, "1", Self.order(.consult))
        scene.pass(20)
        scene.happen(.legAnswered(leg: Self.transferLeg(scene, call)))
        scene.pass(10)
        #expect(scene.calls[call]?.state == .talking)
        #expect(scene.calls[call]?.transfer?.state == .parked)
        // Back to the receiver, for another 30 s at most.
        try scene.control(call, "1", .hold)
        #expect(scene.calls[call]?.transfer?.state == .consulting)
        scene.pass(30)
        #expect(scene.calls[call]?.state == .talking)
        try scene.control(call, "1", .completeTransfer)
        #expect(scene.calls[call]?.operatorID == "2")
    }

    @Test("T-10 Nobody answers a consultation: the caller comes back to the same operator")
    func consultUnanswered() throws {
        var (scene, call) = try Self.talking()
        try scene.control(call, "1", Self.order(.consult))
        scene.end(Self.transferLeg(scene, call), cause: 19)
        #expect(scene.calls[call]?.state == .talking)
        #expect(scene.calls[call]?.operatorID == "1")
        #expect(scene.calls[call]?.transfer == nil)
        #expect(scene.operators["2"]?.chosen == .away)
    }

    @Test(
        "T-10 A blind transfer frees the operator; when nobody answers the caller comes back, to the same one if free")
    func blind() throws {
        var (scene, call) = try Self.talking()
        let firstLeg = scene.leg(of: call)
        try scene.control(call, "1", Self.order(.blind, .number("88452000000")))
        #expect(scene.calls[call]?.state == .transferring)
        scene.end(firstLeg)
        #expect(scene.operators["1"]?.isFree == true)
        scene.end(Self.transferLeg(scene, call), cause: 19)
        #expect(scene.rung == ["101"])
        #expect(scene.calls[call]?.operatorID == "1")
        scene.pickUp(call)
        #expect(scene.events(CallAnswered.self).isEmpty, "it was answered before")
        scene.end("a")
        #expect(scene.events(CallEnded.self).map(\.outcome) == [.completedByCaller])
    }

    @Test("T-10 A transfer to a clinic goes on without the operator and ends as transferred away, recorded as well")
    func outside() throws {
        var (scene, call) = try Self.talking()
        try scene.control(call, "1", Self.order(.blind, .number("88452000000")))
        scene.happen(.legAnswered(leg: Self.transferLeg(scene, call)))
        #expect(scene.calls[call]?.state == .transferred)
        #expect(scene.calls[call]?.recording != nil)
        #expect(scene.events(CallTransferred.self).first?.toTitle == "ТФОМС, Петрова Анна, эксперт")
        scene.end(Self.transferLeg(scene, call))
        #expect(scene.commands.last == .hangUp(channel: "a"))
        scene.end("a")
        #expect(scene.events(CallEnded.self).map(\.outcome) == [.transferredAway])
    }

    @Test("T-10 A topic is answered by its operator idle longest; when all are busy the operator is told at once")
    func topic() throws {
        var (scene, call) = try Self.talking()
        try scene.control(call, "1", Self.order(.consult, .topic("oms")))
        #expect(scene.calls[call]?.transfer?.operatorID == "2")
        var (other, otherCall) = try Self.talking()
        try other.set("2", .onBreak)
        let refusal = #expect(throws: Refusal.self) {
            try other.control(otherCall, "1", Self.order(.consult, .topic("oms")))
        }
        #expect(refusal?.errorID == "nobody-free")
        #expect(other.calls[otherCall]?.state == .talking)
    }

    @Test("T-10 A conference of three; each may leave")
    func conference() throws {
        var (scene, call) = try Self.talking()
        try scene.control(call, "1", Self.order(.consult))
        let leg = Self.transferLeg(scene, call)
        scene.happen(.legAnswered(leg: leg))
        try scene.control(call, "1", .conference)
        #expect(scene.calls[call]?.state == .talking)
        #expect(scene.calls[call]?.transfer?.state == .conference)
        scene.pass(120)
        #expect(scene.calls[call]?.state == .talking, "no clock of a hold runs")
        scene.end(leg)
        #expect(scene.calls[call]?.transfer == nil)
        #expect(scene.calls[call]?.state == .talking)
    }

    @Test("T-10 An operator who hangs up during a consultation has completed it")
    func hangUpCompletes() throws {
        var (scene, call) = try Self.talking()
        let firstLeg = scene.leg(of: call)
        try scene.control(call, "1", Self.order(.consult))
        scene.happen(.legAnswered(leg: Self.transferLeg(scene, call)))
        scene.end(firstLeg)
        #expect(scene.calls[call]?.operatorID == "2")
        #expect(scene.calls[call]?.state == .talking)
        #expect(scene.operators["1"]?.calls == [])
    }

    @Test("T-10 The caller hangs up during a consultation: nobody is left on a telephone")
    func callerLeaves() throws {
        var (scene, call) = try Self.talking()
        let firstLeg = scene.leg(of: call)
        try scene.control(call, "1", Self.order(.consult))
        let leg = Self.transferLeg(scene, call)
        scene.happen(.legAnswered(leg: leg))
        scene.end("a")
        #expect(scene.commands.contains(.hangUp(channel: firstLeg)))
        #expect(scene.commands.contains(.hangUp(channel: leg)))
        scene.end(firstLeg)
        scene.end(leg)
        #expect(scene.line.view.operators.map(\.state) == [.ready, .ready])
        #expect(scene.line.channels.isEmpty)
    }

    @Test("T-10 Three transfers in a row leave every operator in order")
    func thirdTransfer() throws {
        var (scene, call) = try Self.talking()
        try scene.ready("3")
        for (from, to) in [("1", "2"), ("2", "3"), ("3", "1")] {
            let leg = scene.leg(of: call)
            try scene.control(call, from, Self.order(.consult, .operator(to)))
            scene.happen(.legAnswered(leg: Self.transferLeg(scene, call)))
            try scene.control(call, from, .completeTransfer)
            scene.end(leg)
            #expect(scene.calls[call]?.operatorID == to)
        }
        scene.end("a")
        scene.end(scene.leg(of: call))
        #expect(scene.events(CallTransferred.self).count == 3)
    }

    // MARK: Emergency

    @Test("X-06 The emergency key leads to 103 at once, from the menu and from the queue, and the time is measured")
    func emergencyKey() throws {
        var plan = LinePlan.bare
        plan.menu = .standard
        for enteredMenu in [true, false] {
            var scene = LineScene(plan: plan)
            let call = scene.call("a")
            if !enteredMenu { scene.finishSaying(call) }
            #expect(scene.calls[call]?.state == (enteredMenu ? .menu : .waiting))
            scene.happen(.keyPressed(channel: "a", digit: "3"))
            #expect(
                scene.commands.contains {
                    if case .ring(_, .outside("103"), "a", _) = $0 { true } else { false }
                })
            scene.pass(4)
            scene.happen(.legAnswered(leg: Self.transferLeg(scene, call)))
            let transferred = try #require(scene.events(CallTransferred.self).first)
            #expect(transferred.isEmergency)
            #expect(transferred.seconds == 4)
            scene.end("a")
            #expect(scene.events(CallEnded.self).map(\.outcome) == [.transferredAway])
        }
    }

    @Test("X-06 When 103 does not answer the caller is the first to be served")
    func emergencyUnanswered() throws {
        var scene = LineScene()
        scene.call("b", from: "+79990000006")
        let call = scene.call("a")
        scene.happen(.keyPressed(channel: "a", digit: "3"))
        scene.end(Self.transferLeg(scene, call), cause: 19)
        try scene.ready("1")
        #expect(scene.served == ["a"])
    }

    @Test(
        "X-06 When 103 fails at once the announcement is cut before the caller is moved: the exchange would wait for it"
    )
    func emergencyFailsDuringAnnouncement() throws {
        var scene = LineScene()
        let call = scene.call("a")
        scene.happen(.keyPressed(channel: "a", digit: "3"))
        let announcement = try #require(scene.calls[call]?.playback)
        scene.commands = []
        scene.end(Self.transferLeg(scene, call), cause: 20)
        let cut = try #require(scene.commands.firstIndex(of: .stopSaying(id: announcement)))
        let moved = try #require(scene.commands.firstIndex(of: .wait(channel: "a")))
        #expect(cut < moved)
        #expect(scene.said.last == [Prompt.transferFailed])
    }

    @Test("X-06 One key of the operator hands the caller to 103")
    func emergencyByOperator() throws {
        var (scene, call) = try Self.talking()
        let leg = scene.leg(of: call)
        try scene.control(call, "1", .emergency)
        scene.happen(.legAnswered(leg: Self.transferLeg(scene, call)))
        #expect(scene.calls[call]?.state == .transferred)
        #expect(scene.events(CallTransferred.self).first?.fromOperatorID == "1")
        #expect(scene.commands.contains(.hangUp(channel: leg)))
    }

    // MARK: Supervision

    @Test("J-10 A supervisor listens, whispers and joins, is seen by the operator, and leaves no channel behind")
    func supervision() throws {
        var (scene, call) = try Self.talking()
        func supervise(_ mode: SuperviseCall.Mode) -> LineInput {
            .supervise(SuperviseCall(callID: call, supervisorID: "boss", telephone: "900", mode: mode))
        }
        try scene.give(supervise(.listen))
        let leg = try #require(scene.calls[call]?.supervisions.first?.leg)
        #expect(scene.line.view.calls.first?.listeners == nil)
        scene.happen(.legAnswered(leg: leg))
        #expect(scene.line.view.calls.first?.listeners == ["boss"])
        #expect(scene.commands.contains(.snoop(channel: "a", id: "snoop-\(leg)-1", whispers: false)))
        scene.happen(.snoopStarted("snoop-\(leg)-1"))
        #expect(
            scene.commands.last
                == .connect(bridge: "sup-\(leg)", channels: ["snoop-\(leg)-1", leg], recording: nil))
        try scene.give(supervise(.whisper))
        #expect(
            scene.commands.contains(.snoop(channel: scene.leg(of: call), id: "snoop-\(leg)-2", whispers: true)))
        try scene.give(supervise(.join))
        #expect(scene.commands.last == .join(bridge: scene.bridge(of: call), channel: leg))
        scene.end("a")
        #expect(scene.commands.contains(.hangUp(channel: leg)))
        #expect(!scene.line.channels.contains(leg))
    }

    @Test("U-19 Who listens is told with how: heard by the operator only, or by the citizen too")
    func supervisionModes() throws {
        var (scene, call) = try Self.talking()
        var modes: [String: SuperviseCall.Mode]? { scene.line.view.calls.first?.listenerModes }
        func supervise(_ mode: SuperviseCall.Mode) throws {
            try scene.give(
                .supervise(SuperviseCall(callID: call, supervisorID: "boss", telephone: "900", mode: mode)))
        }
        try supervise(.listen)
        #expect(modes == nil)
        scene.happen(.legAnswered(leg: try #require(scene.calls[call]?.supervisions.first?.leg)))
        #expect(modes == ["boss": .listen])
        try supervise(.whisper)
        #expect(modes == ["boss": .whisper])
        try supervise(.join)
        #expect(modes == ["boss": .join])
        try supervise(.stop)
        #expect(modes == nil)
    }

    @Test("J-10 A supervisor goes along with a transfer, and a caller who has no operator hears no whisper")
    func supervisionAlong() throws {
        var (scene, call) = try Self.talking()
        try scene.give(
            .supervise(SuperviseCall(callID: call, supervisorID: "boss", telephone: "900", mode: .whisper)))
        let leg = try #require(scene.calls[call]?.supervisions.first?.leg)
        scene.happen(.legAnswered(leg: leg))
        try scene.control(call, "1", Self.order(.blind))
        scene.commands = []
        scene.happen(.legAnswered(leg: Self.transferLeg(scene, call)))
        #expect(scene.commands.contains(.hangUp(channel: "snoop-\(leg)-1")))
        #expect(
            scene.commands.contains(.snoop(channel: scene.leg(of: call), id: "snoop-\(leg)-2", whispers: true)))
        try scene.control(call, "2", Self.order(.blind, .number("+78452000000")))
        scene.happen(.legAnswered(leg: Self.transferLeg(scene, call)))
        #expect(scene.commands.contains(.snoop(channel: "a", id: "snoop-\(leg)-3", whispers: false)))
        try scene.give(.supervise(SuperviseCall(callID: call, supervisorID: "boss", telephone: "900", mode: .join)))
        #expect(scene.commands.last == .join(bridge: scene.bridge(of: call), channel: leg))
    }

    @Test("J-10 Nobody listens to an own call, or to one in which nobody speaks")
    func supervisionRefused() throws {
        var (scene, call) = try Self.talking()
        let waiting = scene.call("b", from: "+79990000006")
        for (id, who) in [(call, "1"), (waiting, "boss"), (UUID(), "boss")] {
            #expect(throws: Refusal.self) {
                try scene.give(
                    .supervise(SuperviseCall(callID: id, supervisorID: who, telephone: "900", mode: .listen)))
            }
        }
    }

    // MARK: Outbound

    @Test("C-04 An operator calls a citizen: own telephone first, one dial, both together, recorded")
    func outbound() throws {
        var scene = LineScene()
        try scene.ready("1")
        let id = UUID()
        let request = CallCitizen(
            callID: id, operatorID: "1", number: try PhoneNumber(parsing: "+79990000009"), originalCallID: nil)
        try scene.give(.callCitizen(request))
        try scene.give(.callCitizen(request))
        var other = request
        other.number = try PhoneNumber(parsing: "+79990000010")
        let reused = #expect(throws: Refusal.self) { try scene.give(.callCitizen(other)) }
        #expect(reused?.errorID == "key-reused", "R-701 the id of another call orders nothing")
        #expect(scene.rung == ["101"])
        #expect(scene.dialled.isEmpty)
        scene.pickUp(id)
        #expect(scene.dialled == [Line.outboundChannel(id)])
        scene.happen(.outboundAnswered(channel: Line.outboundChannel(id)))
        #expect(scene.calls[id]?.state == .talking)
        #expect(scene.recordings.count == 1)
        scene.end(Line.outboundChannel(id))
        #expect(scene.events(CallEnded.self).map(\.outcome) == [.completedByCaller])
        #expect(scene.events(CallReceived.self).isEmpty)
    }

    @Test("C-04 A citizen who does not answer, or an operator who does not pick up: the call was not reached")
    func outboundFails() throws {
        for operatorPicksUp in [true, false] {
            var scene = LineScene()
            try scene.ready("1")
            let id = UUID()
            try scene.give(
                .callCitizen(
                    CallCitizen(
                        callID: id, operatorID: "1", number: try PhoneNumber(parsing: "+79990000009"),
                        originalCallID: nil)))
            let leg = scene.leg(of: id)
            if operatorPicksUp {
                scene.pickUp(id)
                scene.end(Line.outboundChannel(id), cause: 17)
                #expect(scene.commands.contains(.hangUp(channel: leg)))
            } else {
                scene.end(leg, cause: 19)
            }
            #expect(scene.events(CallEnded.self).map(\.outcome) == [.notReached])
        }
    }
}
