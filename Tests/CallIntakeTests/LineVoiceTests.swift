import Contracts
import Foundation
import Messaging
import Testing
import Vocabulary

@testable import CallIntake

/// A voice speaks to a citizen who was called.
@Suite struct LineVoiceTests {
    private static let attempt = UUID()
    private static let callback = UUID()

    private static let script = VoiceScript(
        questions: [
            .init(
                "first", ["one", "two"], keys: ["1": .onward, "2": .end, "0": .toOperator], patience: 5, repeats: 1),
            .init("said", ["three"], keys: [:]),
            .init("last", ["four"], keys: ["1": .onward, "5": .onward], patience: 5, repeats: 0),
        ], farewell: ["goodbye"])

    private func request(_ id: UUID = Self.attempt, _ script: VoiceScript? = Self.script) throws -> DialCitizen {
        DialCitizen(
            attemptID: id, callbackID: Self.callback, number: try PhoneNumber(parsing: "+79990000005"),
            preferredOperatorID: nil, originalCallID: UUID(), kind: .survey, placeAt: nil, script: script)
    }

    /// The citizen has picked up and hears the first question.
    private func speaking(
        calendar: RegionCalendar? = nil, preferred: String? = nil
    ) throws -> (LineScene, UUID, String) {
        var scene = LineScene(calendar: calendar)
        var request = try self.request()
        request.preferredOperatorID = preferred
        try scene.give(.dial(request))
        let channel = try #require(scene.dialled.first)
        let call = UUID()
        scene.happen(.citizenAnswered(channel: channel, attemptID: Self.attempt, callID: call))
        return (scene, call, channel)
    }

    private func finished(_ scene: LineScene) throws -> VoiceFinished {
        #expect(scene.events(VoiceFinished.self).count == 1)
        return try #require(scene.events(VoiceFinished.self).first)
    }

    @Test("C-06 Questions are asked one after the other, keys answer them, and nobody waits in a queue")
    func questions() throws {
        var (scene, call, channel) = try self.speaking()
        #expect(scene.said == [["one", "two"]] && scene.calls[call]?.state == .speaking)
        scene.finishSaying(call)
        scene.pass(3)
        scene.happen(.keyPressed(channel: channel, digit: "1"))
        #expect(scene.said.last == ["three"])
        // What asks for no key goes on by itself.
        scene.finishSaying(call)
        #expect(scene.said.last == ["four"])
        // A key while the question is being said interrupts it.
        scene.happen(.keyPressed(channel: channel, digit: "5"))
        #expect(scene.said.last == ["goodbye"] && scene.calls[call]?.state == .leaving)
        let voice = try self.finished(scene)
        #expect(voice.end == .completed && voice.answers.map(\.question) == ["first", "last"])
        #expect(voice.answers.map(\.key) == ["1", "5"] && voice.callbackID == Self.callback && voice.callID == call)
        scene.finishSaying(call)
        scene.end(channel)
        #expect(scene.events(CallEnded.self).map(\.outcome) == [.spokenTo])
        #expect(try self.finished(scene).answers == voice.answers, "it is told once")
    }

    @Test("Silence is asked once more and then taken for silence; wrong keys likewise")
    func silence() throws {
        for key in [nil, "7"] {
            var (scene, call, channel) = try self.speaking()
            for _ in 0..<2 {
                scene.finishSaying(call)
                if let key {
                    scene.happen(.keyPressed(channel: channel, digit: key))
                } else {
                    scene.pass(5)
                }
            }
            #expect(scene.said == [["one", "two"], ["one", "two"], ["goodbye"]])
            let voice = try self.finished(scene)
            #expect(voice.end == .silent && voice.answers.isEmpty)
        }
    }

    @Test("The end of a question that is never told does not keep the citizen in silence for ever")
    func unheardEnd() throws {
        var (scene, call, channel) = try self.speaking()
        scene.pass(400)
        #expect(try self.finished(scene).end == .silent)
        #expect(scene.commands.contains(.hangUp(channel: channel)))
        #expect(scene.calls[call]?.state == .leaving)
    }

    @Test("C-06 Who hangs up between two questions has answered the first")
    func partial() throws {
        var (scene, _, channel) = try self.speaking()
        scene.happen(.keyPressed(channel: channel, digit: "1"))
        scene.end(channel)
        let voice = try self.finished(scene)
        #expect(voice.end == .hungUp && voice.answers.map(\.key) == ["1"])
        #expect(scene.events(CallEnded.self).map(\.outcome) == [.spokenTo])
    }

    @Test("C-05 0 leads to an operator, in the queue and with the card of the first call")
    func toOperator() throws {
        var (scene, call, channel) = try self.speaking()
        scene.happen(.keyPressed(channel: channel, digit: "0"))
        #expect(try self.finished(scene).end == .toOperator)
        #expect(scene.calls[call]?.state == .waiting)
        try scene.ready("1")
        scene.pickUp(call)
        let answered = try #require(scene.events(CallAnswered.self).last)
        #expect(answered.callbackID == Self.callback && answered.originalCallID != nil)
        scene.end(channel)
        #expect(scene.events(CallEnded.self).map(\.outcome) == [.completedByCaller])
    }

    @Test("C-05 T-02 Who asks for an operator after hours, or waits when the last one leaves, is told so and not kept")
    func afterHours() throws {
        for isLast in [false, true] {
            // On a Saturday.
            var (scene, call, channel) = try self.speaking(calendar: LineArrivalTests.calendar())
            scene.pass(0)
            if isLast {
                try scene.set("1", .onBreak, reason: "lunch")
                scene.happen(.keyPressed(channel: channel, digit: "0"))
                #expect(scene.calls[call]?.state == .waiting)
                try scene.set("1", .offline)
                #expect(scene.commands.contains(.stopWaiting(channel: channel)))
            } else {
                scene.happen(.keyPressed(channel: channel, digit: "0"))
            }
            #expect(scene.calls[call]?.state == .leaving && scene.said.last == [Prompt.noOperator])
            scene.finishSaying(call)
            scene.end(channel)
            let ended = try #require(scene.events(CallEnded.self).last)
            // As if nobody had picked up: the dialer calls again.
            #expect(ended.outcome == .abandonedInQueue && ended.answeredAt == nil && ended.callbackID == Self.callback)
        }
    }

    @Test("C-01 After hours a citizen who was called back waits for the operator of before, also one of another queue")
    func expectedAfterHours() throws {
        var (scene, call, channel) = try self.speaking(calendar: LineArrivalTests.calendar(), preferred: "1")
        scene.pass(0)
        try scene.give(
            .setOperator(
                SetOperatorState(
                    operatorID: "1", displayName: "Врач", telephone: "101", state: .ready, isFirstLevel: false)))
        scene.happen(.keyPressed(channel: channel, digit: "0"))
        #expect(scene.calls[call]?.state == .ringing)
        scene.pickUp(call)
        // After a conversation whose operator is gone it is a callback to be made, not nothing.
        let leg = scene.leg(of: call)
        try scene.set("1", .offline)
        scene.end(leg, cause: 38)
        #expect(scene.calls[call]?.state == .leaving && scene.said.last == [Prompt.noOperator])
        scene.finishSaying(call)
        scene.end(channel)
        let ended = try #require(scene.events(CallEnded.self).last)
        #expect(ended.outcome == .callbackRequested && ended.answeredAt != nil)
    }

    @Test("A-07 One long key heard as two within 60 ms is one answer; the same key after the next question is another")
    func longKey() throws {
        var (scene, call, channel) = try self.speaking()
        func press(_ milliseconds: Int) throws -> LineInput {
            // As the exchange tells it.
            let text = """
                {"type":"ChannelDtmfReceived","digit":"1","duration_ms":60,"channel":{"id":"\(channel)"},
                 "timestamp":"2026-11-20T09:00:0\(milliseconds / 1000).\(String(format: "%03d", milliseconds % 1000))+0300"}
                """
            return try #require(try ExchangeEvent(json: Data(text.utf8)).input { UUID() })
        }
        for milliseconds in [100, 160, 390] { scene.happen(try press(milliseconds)) }
        #expect(scene.said.last == ["three"] && scene.calls[call]?.voice?.answers.count == 1)
        scene.finishSaying(call)
        // They may reach us together, however long the database took: the clock of the exchange decides.
        scene.happen(try press(1400))
        #expect(try self.finished(scene).answers.map(\.key) == ["1", "1"])
    }

    @Test("A-07 Who heard the next question to its end answers it at once, with the same key or not")
    func quickAnswer() throws {
        var (scene, call, channel) = try self.speaking()
        scene.happen(.keyPressed(channel: channel, digit: "1"))
        scene.finishSaying(call)
        scene.happen(.keyPressed(channel: channel, digit: "1"))
        #expect(try self.finished(scene).answers.map(\.key) == ["1", "1"])
    }

    @Test("An answering machine is hung up on, and nothing is said to it")
    func machine() throws {
        var scene = LineScene()
        try scene.give(.dial(try self.request()))
        let channel = try #require(scene.dialled.first)
        scene.happen(.citizenAnswered(channel: channel, attemptID: Self.attempt, callID: UUID(), isMachine: true))
        #expect(scene.events(DialFinished.self).map(\.outcome) == [.machine])
        #expect(scene.said.isEmpty && scene.commands.last == .hangUp(channel: channel))
        scene.end(channel)
        #expect(scene.events(DialFinished.self).count == 1 && scene.events(CallEnded.self).isEmpty)
    }

    @Test("No more voices at once than the plan allows, and none keeps a callback from its operator")
    func pace() throws {
        var plan = LinePlan.bare
        plan.voiceLines = 2
        var scene = LineScene(plan: plan)
        for _ in 0..<2 { try scene.give(.dial(try self.request(UUID()))) }
        let refused = #expect(throws: Refusal.self) { try scene.give(.dial(try self.request(UUID()))) }
        #expect(refused?.errorID == "no-line-free" && refused?.verdict == .notNow(for: .seconds(1)))
        try scene.ready("1")
        let request = DialCitizen(
            attemptID: UUID(), callbackID: UUID(), number: try PhoneNumber(parsing: "+79990000006"),
            preferredOperatorID: nil, originalCallID: UUID(), kind: .requested, placeAt: scene.now)
        try scene.give(.dial(request))
        #expect(scene.dialled.count == 3)
        // One that is over makes room.
        scene.end(try #require(scene.dialled.first), cause: 17)
        try scene.give(.dial(try self.request(UUID())))
    }

    @Test("What cannot be said is refused before anybody is rung")
    func badScript() throws {
        var scene = LineScene()
        for script in [
            VoiceScript(questions: [], farewell: []),
            VoiceScript(questions: [.init("a", ["../etc/passwd"], keys: [:])], farewell: []),
            VoiceScript(questions: [.init("a", ["one"], keys: ["x": .end])], farewell: []),
            VoiceScript(questions: [.init("a", ["one"], keys: ["1": .end], patience: 0)], farewell: []),
            VoiceScript(questions: [.init("a", ["one"], keys: ["1": .end], repeats: 9)], farewell: []),
            VoiceScript(questions: [.init("a", ["one"], keys: [:]), .init("a", ["one"], keys: [:])], farewell: []),
        ] {
            let refused = #expect(throws: Refusal.self) { try scene.give(.dial(try self.request(UUID(), script))) }
            #expect(refused?.errorID == "script-invalid")
        }
        #expect(scene.dialled.isEmpty)
    }

    @Test("After a crash the question is asked again, and what was answered stays")
    func crash() throws {
        var (scene, call, channel) = try self.speaking()
        scene.happen(.keyPressed(channel: channel, digit: "1"))
        scene.finishSaying(call)
        #expect(scene.said.last == ["four"])
        scene.restart()
        scene.read(channels: [
            .init(id: channel, state: "Up", callerNumber: nil, arguments: ["callback", Self.attempt.uuidString])
        ])
        #expect(scene.said.last == ["four"] && scene.said.count == 4)
        scene.happen(.keyPressed(channel: channel, digit: "1"))
        #expect(try self.finished(scene).answers.map(\.key) == ["1", "1"])
    }

    @Test("A citizen who hung up while the line was down has hung up")
    func goneAfterCrash() throws {
        var (scene, _, _) = try self.speaking()
        scene.restart()
        scene.read(channels: [])
        #expect(try self.finished(scene).end == .hungUp)
    }
}
