import Contracts
import Foundation
import Messaging
import Testing
import Vocabulary

@testable import CallIntake

/// Which numbers leave the line, how often, and what is known of it afterwards.
@Suite struct OutsideNumberTests {
    private static func talking(_ plan: LinePlan = .bare, from number: String = "+79990000005") throws
        -> (LineScene, UUID)
    {
        var scene = LineScene(plan: plan)
        try scene.ready("1")
        let call = scene.call("a", from: number)
        scene.pickUp(call)
        scene.commands = []
        scene.events = []
        return (scene, call)
    }

    private static func order(_ kind: TransferOrder.Kind, _ number: String) -> ControlCall.Action {
        .transfer(TransferOrder(kind: kind, target: .number(number), title: "Министерство здравоохранения"))
    }

    /// What the trunk was told to dial, in order.
    private static func trunk(_ scene: LineScene) -> [String] {
        scene.commands.compactMap { command -> String? in
            switch command {
            case .ring(_, .outside(let digits), _, _): digits
            case .dial(_, let number, _): number.e164
            default: nil
            }
        }
    }

    // MARK: Where to

    @Test(
        "A-12 Nobody is transferred or consulted where the centre does not dial, however it is spelt",
        arguments: [
            "+88216123456", "81088216123456", "8-809-000-11-22", "+78090001122", "+375172000000", "122", "2001", "1",
        ])
    func transferRefused(number: String) throws {
        var (scene, call) = try Self.talking()
        for kind in TransferOrder.Kind.allCases {
            let refusal = #expect(throws: Refusal.self) { try scene.control(call, "1", Self.order(kind, number)) }
            #expect(refusal?.errorID == "number-not-dialable" && refusal?.verdict == .refused)
            #expect(refusal?.field == "number")
        }
        #expect(Self.trunk(scene).isEmpty && scene.calls[call]?.state == .talking)
    }

    @Test(
        "A-12 X-06 Russian numbers, emergencies and what the setting names are dialled",
        arguments: [
            ("88452000000", "+78452000000"), ("8 (8452) 00-00-00", "+78452000000"), ("103", "103"), ("112", "112"),
            ("2001", "2001"), ("+375172000000", "+375172000000"),
        ])
    func transferAllowed(number: String, dialled: String) throws {
        var plan = LinePlan.bare
        plan.dialing = try DialingRules(parsing: "+7,+375172,2001")
        var (scene, call) = try Self.talking(plan)
        try scene.control(call, "1", Self.order(.blind, number))
        #expect(Self.trunk(scene) == [dialled])
    }

    @Test("X-06 The emergency button works whatever the setting says")
    func emergency() throws {
        var plan = LinePlan.bare
        plan.dialing = try DialingRules(parsing: "+7845")
        var (scene, call) = try Self.talking(plan)
        try scene.control(call, "1", .emergency)
        #expect(Self.trunk(scene) == ["103"])
    }

    @Test("A-12 A spoofed foreign number is called back by nobody: not after a break, not on request, not by hand")
    func spoofed() throws {
        for number in ["+88216123456", "+78090001122", "+77010000001"] {
            var (scene, call) = try Self.talking(from: number)
            scene.end("a", cause: 38, technical: 500)
            scene.end(scene.leg(of: call))
            scene.pass(60)
            for kind in CallbackKind.allCases {
                let request = DialCitizen(
                    attemptID: UUID(), callbackID: UUID(), number: try PhoneNumber(parsing: number),
                    preferredOperatorID: nil, originalCallID: call, kind: kind)
                let refusal = #expect(throws: Refusal.self) { try scene.give(.dial(request)) }
                #expect(refusal?.errorID == "number-not-dialable" && refusal?.verdict == .refused)
            }
            let byHand = #expect(throws: Refusal.self) {
                try scene.give(
                    .callCitizen(
                        CallCitizen(
                            callID: UUID(), operatorID: "1", number: try PhoneNumber(parsing: number),
                            originalCallID: call)))
            }
            #expect(byHand?.errorID == "number-not-dialable")
            #expect(Self.trunk(scene).isEmpty && scene.dials.isEmpty)
        }
    }

    @Test("A-12 Who cannot be called back is offered no callback while waiting")
    func offer() throws {
        var plan = LinePlan.bare
        plan.queues[0].offerAfter = 30
        var scene = LineScene(plan: plan)
        scene.call("a", from: "+88216123456")
        scene.pass(31)
        #expect(scene.said == [[Prompt.offerRefused]])
    }

    // MARK: How often

    @Test("A-12 A number is dialled by itself so often in 24 hours and no more, over a restart too")
    func ceiling() throws {
        var plan = LinePlan.bare
        plan.dailyDials = 5
        var scene = LineScene(plan: plan)
        let number = try PhoneNumber(parsing: "+79990000005")
        func dial() -> Refusal? {
            let request = DialCitizen(
                attemptID: UUID(), callbackID: UUID(), number: number, preferredOperatorID: nil, originalCallID: UUID())
            do {
                try scene.give(.dial(request))
                scene.end("dial-\(request.attemptID.uuidString.lowercased())", cause: 17)
                return nil
            } catch {
                return error as? Refusal
            }
        }
        for _ in 1...5 {
            scene.pass(3600)
            #expect(dial() == nil)
        }
        #expect(dial()?.errorID == "daily-limit" && dial()?.verdict == .refused)
        // Another number has its own ceiling, and a break of this one is dialled by nobody.
        try scene.ready("1")
        for (channel, caller, count) in [("b", "+79990000006", 6), ("c", number.e164, 6)] {
            let call = scene.call(channel, from: caller)
            scene.pickUp(call)
            let leg = scene.leg(of: call)
            scene.end(channel, cause: 38, technical: 500)
            scene.end(leg)
            #expect(scene.dialled.count == count)
            if let dialled = scene.dialled.last { scene.end(dialled, cause: 17) }
        }
        // A day after the first one there is room again.
        scene.pass(20 * 3600 + 1)
        #expect(dial() == nil)
        #expect(dial()?.errorID == "daily-limit")
    }

    // MARK: What is known of it

    @Test("A-12 A consultation outside is told with number, operator and length, answered or not")
    func consultation() throws {
        var (scene, call) = try Self.talking()
        try scene.control(call, "1", Self.order(.consult, "88452000000"))
        let unanswered = scene.calls[call]?.transfer?.leg ?? ""
        scene.pass(7)
        scene.end(unanswered, cause: 19)
        try scene.control(call, "1", Self.order(.consult, "88452000001"))
        let answered = scene.calls[call]?.transfer?.leg ?? ""
        scene.pass(3)
        scene.happen(.legAnswered(leg: answered))
        scene.pass(12)
        try scene.control(call, "1", .cancelTransfer)
        scene.end(answered)
        scene.end("a")
        let legs = scene.events(OutsideLegEnded.self)
        #expect(legs.map(\.number) == ["+78452000000", "+78452000001"])
        #expect(
            legs.allSatisfy { $0.kind == .consultation && $0.operatorID == "1" && $0.callID == call && $0.isOnCard })
        #expect(legs.map(\.answeredAt) == [nil, legs.last?.orderedAt.addingTimeInterval(3)])
        #expect(legs.map { $0.endedAt.timeIntervalSince($0.orderedAt) } == [7, 15])
        #expect(Set(legs.map(\.legID)).count == 2 && legs.first?.title == "Министерство здравоохранения")
    }

    @Test("A-12 A transfer outside is told when it ends, whoever ends it, once; one to a colleague is none")
    func transfers() throws {
        for isByReceiver in [true, false] {
            var (scene, call) = try Self.talking()
            try scene.control(call, "1", Self.order(.consult, "88452000000"))
            let leg = scene.calls[call]?.transfer?.leg ?? ""
            // Without waiting for the answer it goes on as a blind one.
            try scene.control(call, "1", .completeTransfer)
            scene.happen(.legAnswered(leg: leg))
            scene.pass(40)
            #expect(scene.events(OutsideLegEnded.self).isEmpty)
            scene.restart()
            scene.read(channels: [
                .inbound("a"),
                .init(id: leg, state: "Up", callerNumber: nil, arguments: ["leg", "a"]),
            ])
            if isByReceiver {
                scene.end(leg)
                scene.end("a")
            } else {
                scene.end("a")
                scene.end(leg)
            }
            let legs = scene.events(OutsideLegEnded.self)
            #expect(legs.count == 1 && legs.first?.number == "+78452000000" && legs.first?.answeredAt != nil)
        }
        var (scene, call) = try Self.talking()
        try scene.ready("2")
        try scene.control(
            call, "1", .transfer(TransferOrder(kind: .blind, target: .operator("2"), title: "Коллега")))
        scene.end("a")
        #expect(scene.events(OutsideLegEnded.self).isEmpty)
    }

    @Test("A-12 A call to a citizen is told though nobody answers; one for which nobody was dialled is not")
    func byHand() throws {
        for isPickedUp in [true, false] {
            var scene = LineScene()
            try scene.ready("1")
            let (id, card) = (UUID(), UUID())
            try scene.give(
                .callCitizen(
                    CallCitizen(
                        callID: id, operatorID: "1", number: try PhoneNumber(parsing: "+79990000009"),
                        originalCallID: card)))
            if isPickedUp { scene.pickUp(id) }
            scene.pass(20)
            scene.end(isPickedUp ? Line.outboundChannel(id) : scene.leg(of: id), cause: 19)
            let legs = scene.events(OutsideLegEnded.self)
            guard isPickedUp else {
                #expect(legs.isEmpty)
                continue
            }
            #expect(legs.map(\.callID) == [card] && legs.first?.kind == .call && legs.first?.answeredAt == nil)
            #expect(legs.first?.number == "+79990000009" && legs.first?.operatorID == "1")
        }
    }

    // MARK: Listening

    @Test("A-13 Who listened to whom, how and how long is told and kept, at every change and over a restart")
    func listening() throws {
        var (scene, call) = try Self.talking()
        func supervise(_ mode: SuperviseCall.Mode) throws {
            try scene.give(.supervise(SuperviseCall(callID: call, supervisorID: "boss", telephone: "900", mode: mode)))
        }
        try supervise(.listen)
        let leg = try #require(scene.calls[call]?.supervisions.first?.leg)
        #expect(scene.events(CallSupervised.self).isEmpty, "nobody hears anything before the telephone is picked up")
        scene.happen(.legAnswered(leg: leg))
        let started = scene.now
        scene.restart()
        scene.read(channels: [
            .inbound("a"), .leg(scene.leg(of: call), isUp: true),
            .init(id: leg, state: "Up", callerNumber: nil, arguments: ["operator", "a"]),
        ])
        scene.pass(10)
        try supervise(.whisper)
        scene.pass(5)
        // The conversation goes on with somebody else, and the supervisor with it.
        try scene.ready("2")
        try scene.control(
            call, "1", .transfer(TransferOrder(kind: .blind, target: .operator("2"), title: "Коллега")))
        scene.happen(.legAnswered(leg: scene.calls[call]?.transfer?.leg ?? ""))
        scene.pass(20)
        scene.end("a")
        let parts = Dictionary(grouping: scene.events(CallSupervised.self), by: \.supervisionID)
        let ended = scene.events(CallSupervised.self).filter { $0.endedAt != nil }
        #expect(parts.values.allSatisfy { $0.count == 2 && $0[0].endedAt == nil && $0[1].endedAt != nil })
        #expect(ended.allSatisfy { $0.supervisorID == "boss" && $0.callID == call })
        #expect(ended.first?.mode == .listen && ended.first?.operatorID == "1" && ended.first?.startedAt == started)
        #expect(ended.first?.endedAt == started.addingTimeInterval(10))
        #expect(ended.dropFirst().allSatisfy { $0.mode == .whisper })
        #expect(ended.last?.operatorID == "2" && ended.last?.endedAt == scene.now)
        // From the first moment to the last without a gap.
        #expect(zip(ended, ended.dropFirst()).allSatisfy { $0.endedAt == $1.startedAt })
        #expect(scene.hearings.count == ended.count && scene.hearings.values.allSatisfy { $0.telephone == "900" })
    }

    @Test("A-13 Whoever stops, or hangs up, has listened until then")
    func stopped() throws {
        for isByTelephone in [true, false] {
            var (scene, call) = try Self.talking()
            let request = SuperviseCall(callID: call, supervisorID: "boss", telephone: "900", mode: .listen)
            try scene.give(.supervise(request))
            let leg = try #require(scene.calls[call]?.supervisions.first?.leg)
            scene.happen(.legAnswered(leg: leg))
            scene.pass(4)
            if isByTelephone {
                scene.end(leg)
            } else {
                var stop = request
                stop.mode = .stop
                try scene.give(.supervise(stop))
            }
            let last = try #require(scene.events(CallSupervised.self).last)
            #expect(last.endedAt == last.startedAt.addingTimeInterval(4))
        }
    }

    // MARK: Extensions

    @Test("E-404 After the answer of an office its extension is sent as tones, for callbacks and calls by hand")
    func tones() throws {
        let office = try PhoneNumber(parsing: "+78452411328 доб. 12")
        var scene = LineScene()
        let request = DialCitizen(
            attemptID: UUID(), callbackID: UUID(), number: office, preferredOperatorID: nil, originalCallID: UUID())
        try scene.give(.dial(request))
        #expect(Self.trunk(scene) == ["+78452411328"])
        // Over a restart too.
        scene.restart()
        let channel = try #require(scene.dialled.first)
        let back = UUID()
        scene.read(channels: [.init(id: channel, state: "Ringing", callerNumber: nil, arguments: nil)])
        scene.happen(.citizenAnswered(channel: channel, attemptID: request.attemptID, callID: back))
        #expect(scene.commands.contains(.tones(channel: channel, digits: "12", pause: 1500)))
        #expect(scene.calls[back]?.caller == .known(office), "whoever speaks sees it")
        try scene.ready("7")
        scene.pickUp(back)
        scene.end(channel)
        scene.end(scene.operators["7"]?.legID ?? "")
        let byHand = UUID()
        try scene.give(.callCitizen(CallCitizen(callID: byHand, operatorID: "7", number: office, originalCallID: nil)))
        scene.pickUp(byHand)
        scene.happen(.outboundAnswered(channel: Line.outboundChannel(byHand)))
        #expect(scene.commands.contains(.tones(channel: Line.outboundChannel(byHand), digits: "12", pause: 1500)))
    }

    @Test("E-404 A voice is not sent to an extension")
    func noVoice() throws {
        var scene = LineScene()
        let request = DialCitizen(
            attemptID: UUID(), callbackID: UUID(), number: try PhoneNumber(parsing: "+78452411328;ext=12"),
            preferredOperatorID: nil, originalCallID: UUID(), kind: .appealOutcome,
            script: VoiceScript(
                questions: [.init("outcome", ["outcome"], keys: ["1": .end], repeats: 1)], farewell: ["goodbye"]))
        let refusal = #expect(throws: Refusal.self) { try scene.give(.dial(request)) }
        #expect(refusal?.errorID == "number-has-extension" && refusal?.verdict == .refused)
    }
}
