import Contracts
import Foundation
import Messaging
import Testing
import Vocabulary

@testable import CallIntake

/// Menu, queue, announcements, opening hours, secretary.
@Suite struct LineArrivalTests {
    // MARK: Menu

    private static let menuPlan: LinePlan = {
        var plan = LinePlan.bare
        plan.queues.append(QueuePlan(name: "oms", title: "Полис", skill: "oms", announceEvery: 0))
        plan.menu = MenuPlan(
            start: "start",
            nodes: [
                "start": .init(
                    prompts: ["greeting", "menu"], patience: 4, keys: ["1": .menu("more"), "9": .secretary],
                    otherwise: .queue("main")),
                "more": .init(prompts: ["menu"], patience: 4, keys: ["2": .queue("oms")], otherwise: .queue("main")),
            ])
        return plan
    }()

    @Test("T-09 Keys lead to the queue of the topic, and only an operator with that skill is rung")
    func menuTree() throws {
        var scene = LineScene(plan: Self.menuPlan)
        try scene.ready("1")
        try scene.ready("2", skills: ["oms"])
        let call = scene.call("a")
        #expect(scene.calls[call]?.state == .menu)
        scene.happen(.keyPressed(channel: "a", digit: "1"))
        scene.finishSaying(call)
        scene.happen(.keyPressed(channel: "a", digit: "2"))
        #expect(scene.calls[call]?.queue == "oms")
        #expect(scene.rung == ["102"])
    }

    @Test("T-09 No key, and a wrong one twice, lead to an operator; nobody is caught in the menu")
    func menuTimesOut() throws {
        var scene = LineScene(plan: Self.menuPlan)
        let silent = scene.call("a")
        scene.finishSaying(silent)
        scene.pass(4)
        #expect(scene.calls[silent]?.state == .waiting)
        let wrong = scene.call("b", from: "+79990000006")
        scene.happen(.keyPressed(channel: "b", digit: "7"))
        #expect(scene.calls[wrong]?.state == .menu)
        scene.finishSaying(wrong)
        scene.happen(.keyPressed(channel: "b", digit: "7"))
        #expect(scene.calls[wrong]?.state == .waiting)
        // The end of a prompt that is never told.
        let deaf = scene.call("c", from: "+79990000007")
        scene.pass(90)
        #expect(scene.calls[deaf]?.state == .waiting)
    }

    @Test("A-07 One long key heard as two chooses once, and not in the next menu as well")
    func longKeyInMenu() {
        var scene = LineScene(plan: Self.menuPlan)
        let call = scene.call("a")
        for seconds in [0, 0.06] { scene.happen(.keyPressed(channel: "a", digit: "1", at: scene.now + seconds)) }
        #expect(scene.said == [["greeting", "menu"], ["menu"]] && scene.calls[call]?.menu?.mistakes == 0)
        // Another key is another one, however soon.
        scene.happen(.keyPressed(channel: "a", digit: "2", at: scene.now + 0.1))
        #expect(scene.calls[call]?.queue == "oms")
    }

    @Test("T-09 A menu that leads nowhere is refused at the start, in one sentence")
    func badMenus() {
        for json in [
            #"{"menu": {"start": "x", "nodes": {}}}"#,
            #"{"menu": {"start": "x", "nodes": {"x": {"prompts": [], "otherwise": "queue:none"}}}}"#,
            #"{"menu": {"start": "x", "nodes": {"x": {"prompts": [], "otherwise": "menu:x"}}}}"#,
            #"{"menu": {"start": "x", "nodes": {"x": {"prompts": [], "keys": {"ф": "secretary"}, "otherwise": "queue:main"}}}}"#,
            #"{"queues": []}"#, #"{"queues": [{"name": "а"}]}"#, #"{"hold": 60}"#,
            #"{"queues": [{"name": "main", "offerAfter": 180}]}"#,
        ] {
            #expect(throws: DecodingError.self) { try JSONDecoder().decode(LinePlan.self, from: Data(json.utf8)) }
        }
        #expect(throws: Never.self) {
            let plan = try JSONDecoder().decode(LinePlan.self, from: Data(#"{"menu": null, "emergency": null}"#.utf8))
            #expect(plan.menu == nil)
            #expect(plan.emergency == nil)
        }
    }

    @Test("T-15 Who leaves in the menu, in the queue, or within seconds is told apart")
    func abandoned() {
        var plan = LinePlan.bare
        plan.menu = .standard
        plan.shortDrop = 5
        for (seconds, isInQueue, outcome) in [
            (3.0, false, CallOutcome.shortDrop), (3, true, .shortDrop), (7, false, .abandonedInMenu),
            (7, true, .abandonedInQueue),
        ] {
            var scene = LineScene(plan: plan)
            let call = scene.call("a")
            if isInQueue { scene.finishSaying(call) }
            scene.pass(seconds)
            scene.end("a", cause: 0)
            #expect(scene.events(CallEnded.self).map(\.outcome) == [outcome])
        }
    }

    // MARK: Waiting

    @Test("T-05 A waiting caller hears the place and the expected wait")
    func announcements() throws {
        var plan = LinePlan.bare
        plan.queues[0].announceEvery = 40
        var scene = LineScene(plan: plan)
        for (channel, number) in [("a", "+79990000001"), ("b", "+79990000002"), ("c", "+79990000003")] {
            scene.call(channel, from: number)
        }
        scene.pass(10)
        #expect(scene.said == [["position", "n-1"], ["position", "n-2"], ["position", "n-3"]])
        try scene.set("1", .onBreak)
        let talk = scene.call("d", from: "+79990000004")
        _ = talk
        scene.pass(10)
        #expect(scene.said.last == ["position", "n-4"])
    }

    @Test("T-05 Numbers that were not recorded are never said")
    func placeWords() {
        #expect(Prompt.place(3, wait: 100) == ["position", "n-3", "expected", "minutes-2"])
        #expect(Prompt.place(21, wait: 3600) == ["position", "n-more", "expected", "minutes-more"])
        #expect(Prompt.place(0, wait: 0) == ["position", "n-1", "expected", "minutes-1"])
    }

    @Test("T-05 At 120 s a callback is offered; who accepts keeps the place by the first call and is not abandoned")
    func offer() throws {
        var scene = LineScene()
        let call = scene.call("a")
        scene.pass(119)
        #expect(scene.said.isEmpty)
        scene.pass(1)
        #expect(scene.said == [["offer"]])
        scene.happen(.keyPressed(channel: "a", digit: "1"))
        #expect(scene.calls[call]?.state == .leaving)
        scene.finishSaying(call)
        #expect(scene.commands.last == .hangUp(channel: "a"))
        scene.end("a")
        let ended = try #require(scene.events(CallEnded.self).first)
        #expect(ended.outcome == .callbackRequested)
        #expect(ended.wasOfferedCallback == true)
        #expect(ended.receivedAt == scene.calls[call]?.receivedAt)
    }

    @Test("T-05 Who does not accept goes on waiting in the same place; the breach is counted all the same")
    func offerDeclined() throws {
        var scene = LineScene()
        let call = scene.call("a")
        scene.pass(121)
        scene.call("b", from: "+79990000006")
        scene.pass(60)
        try scene.ready("1")
        #expect(scene.served == ["a"])
        scene.pickUp(call)
        scene.end("a")
        #expect(try #require(scene.events(CallEnded.self).first?.times).waiting == 181)
    }

    @Test("T-05 A number that cannot be called back is told so instead, never met with silence")
    func offerToHidden() {
        var scene = LineScene()
        let call = scene.call("a", from: nil)
        scene.pass(120)
        #expect(scene.said == [["offer-refused"]])
        scene.happen(.keyPressed(channel: "a", digit: "1"))
        #expect(scene.calls[call]?.state == .waiting)
    }

    @Test("T-05 A caller who is rung for at 120 s and then not answered still gets the offer")
    func offerWhileRinging() throws {
        var scene = LineScene()
        let call = scene.call("a")
        scene.pass(115)
        try scene.ready("1")
        scene.pass(10)
        scene.end(scene.leg(of: call), cause: 19)
        scene.happen(.keyPressed(channel: "a", digit: "1"))
        #expect(scene.calls[call]?.state == .leaving)
    }

    // MARK: Hours

    static func calendar() throws -> RegionCalendar {
        RegionCalendar(
            timeZone: try RegionTimeZone(identifier: "Europe/Saratov"), production: try ProductionCalendar.bundled())
    }

    static func moment(_ text: String) throws -> Date {
        let parts = text.split(separator: " ").map(String.init)
        let clock = parts[1].split(separator: ":").compactMap { Int($0) }
        return try CalendarDate(parsing: parts[0]).moment(
            minutes: clock[0] * 60 + clock[1], in: try RegionTimeZone(identifier: "Europe/Saratov"))
    }

    @Test(
        "T-02 Operators answer from 09:00 to 18:00 of working days, the secretary else, moved days included",
        arguments: [
            ("2026-11-20 08:59", CallState.secretary), ("2026-11-20 09:00", .waiting), ("2026-11-20 17:59", .waiting),
            ("2026-11-20 18:00", .secretary), ("2026-11-21 12:00", .secretary), ("2026-11-04 12:00", .secretary),
            // A Thursday and two Mondays off for weekends, and the Saturday that is worked for one of them.
            ("2026-12-31 12:00", .secretary), ("2026-05-11 12:00", .secretary), ("2027-02-22 12:00", .secretary),
            ("2027-02-20 12:00", .waiting), ("2027-02-27 12:00", .secretary),
        ])
    func hours(_ at: String, _ state: CallState) throws {
        var scene = LineScene(calendar: try Self.calendar())
        scene.now = try Self.moment(at)
        let call = scene.call("a")
        #expect(scene.calls[call]?.state == state)
    }

    @Test("T-02 At 18:00 operators serve who waits; when the last one leaves the secretary takes over")
    func closing() throws {
        var scene = LineScene(calendar: try Self.calendar())
        scene.now = try Self.moment("2026-11-20 17:58")
        try scene.ready("1")
        let served = scene.call("a")
        let waiting = scene.call("b", from: "+79990000006")
        scene.pickUp(served)
        scene.pass(180)
        #expect(scene.calls[waiting]?.state == .waiting)
        try scene.set("1", .offline)
        #expect(scene.calls[waiting]?.state == .waiting, "the operator still speaks")
        let leg = scene.leg(of: served)
        scene.end("a")
        scene.end(leg)
        scene.pass(1)
        #expect(scene.calls[waiting]?.state == .secretary)
        #expect(scene.commands.contains(.stopWaiting(channel: "b")), "a channel in a bridge cannot be recorded")
    }

    @Test("T-02 Nobody on the line at 18:00: who waits goes to the secretary in that minute")
    func closingWithNobody() throws {
        var scene = LineScene(calendar: try Self.calendar())
        scene.now = try Self.moment("2026-11-20 17:58")
        let call = scene.call("a")
        scene.pass(119)
        #expect(scene.calls[call]?.state == .waiting)
        scene.pass(1)
        #expect(scene.calls[call]?.state == .secretary)
    }

    @Test("A-10 While callers are served on after closing, an event looks at nobody who waits; operators and hours do")
    func closedAndBusy() throws {
        var plan = LinePlan.bare
        plan.queues.append(QueuePlan(name: "oms", title: "Полис", skill: "oms"))
        var scene = LineScene(plan: plan, calendar: try Self.calendar())
        scene.now = try Self.moment("2026-11-20 17:59")
        for number in 0..<50 { try scene.ready("\(number)", telephone: "\(1000 + number)") }
        for number in 0..<1500 { scene.call("c\(number)", from: "+7999\(1_000_000 + number)") }
        let served = scene.calls.values.filter { $0.state == .ringing }.sorted { $0.ordinal < $1.ordinal }
        for call in served { scene.pickUp(call.id) }
        scene.pass(60)
        #expect(scene.line.isClosed && scene.line.waitingCount == 1450)
        let before = scene.line.placesLookedAt
        let clock = ContinuousClock()
        let now = clock.measure {
            for number in 0..<300 { scene.happen(.dialStatus(channel: "dial-\(number)", status: "RINGING")) }
        }
        #expect(scene.line.placesLookedAt == before, "nothing has changed for those who wait")
        let calls = scene.line.calls
        let formerly = clock.measure {
            for call in calls.values.sorted(by: { $0.ordinal < $1.ordinal }) { _ = call.state }
        }
        print("A-10 300 events among 1,500 calls after closing: \(now); the sorting of before: \(formerly * 300)")
        // One operator more or less is another matter: all who wait are looked at, once.
        try scene.set("0", .away, telephone: "1000")
        #expect(scene.line.placesLookedAt == before + 1450 && scene.line.waitingCount == 1450)
        for number in 1..<50 { try scene.set("\(number)", .offline, telephone: "\(1000 + number)") }
        for call in served { scene.end(call.channel) }
        for call in served { scene.end("op-\(call.lowerID)-1") }
        #expect(scene.line.waitingCount == 0, "the last operator is gone")
    }

    // MARK: Secretary

    @Test(
        "G-604 The secretary says the hours of the setting, and none where there are no sounds for them",
        arguments: [
            ("09:00-18:00", ["office-days", "from-9", "till-18"]),
            ("08:00-20:00", ["office-days", "from-8", "till-20"]),
            ("00:00-24:00", ["office-days", "from-0", "till-24"]), ("08:30-17:00", []), ("08:00-17:30", []),
        ])
    func hoursOfTheSecretary(hours: String, said: [String]) throws {
        var calendar = try Self.calendar()
        calendar.hours = try OpeningHours(parsing: hours)
        var scene = LineScene(calendar: calendar)
        // A Sunday.
        scene.now = try Self.moment("2026-11-22 03:00")
        scene.call("a")
        #expect(scene.said == [["secretary-greeting"] + said + ["beep"]])
    }

    private static func atNight() throws -> (LineScene, UUID) {
        var scene = LineScene(calendar: try Self.calendar())
        // Tuesday.
        scene.now = try Self.moment("2026-11-24 03:00")
        let call = scene.call("a")
        #expect(scene.said == [["secretary-greeting", "office-days", "from-9", "till-18", "beep"]])
        scene.finishSaying(call)
        return (scene, call)
    }

    private static func recording(_ scene: LineScene) -> String {
        scene.commands.compactMap { if case .recordMessage(_, let name, _, _) = $0 { name } else { nil } }.last ?? ""
    }

    @Test("T-03 A message left on Tuesday at 03:00 is told once, for Tuesday 09:00, and confirmed to the caller")
    func message() throws {
        var (scene, call) = try Self.atNight()
        scene.pass(20)
        for _ in 0..<2 {
            scene.happen(.recordingFinished(name: Self.recording(scene), seconds: 20, spoken: 18))
        }
        let left = scene.events(MessageLeft.self)
        #expect(left.count == 1)
        #expect(left.first?.dueAt == (try Self.moment("2026-11-24 09:00")))
        #expect(scene.said.last == ["secretary-done"])
        #expect(scene.recordings.values.map(\.kind) == [.message])
        scene.finishSaying(call)
        scene.end("a")
        #expect(scene.events(CallEnded.self).map(\.outcome) == [.messageLeft])
    }

    @Test("T-03 A message of Friday evening is due on Monday")
    func fridayMessage() throws {
        var scene = LineScene(calendar: try Self.calendar())
        scene.now = try Self.moment("2026-11-20 19:00")
        let call = scene.call("a")
        scene.finishSaying(call)
        scene.happen(.recordingFinished(name: Self.recording(scene), seconds: 20, spoken: 18))
        #expect(scene.events(MessageLeft.self).first?.dueAt == (try Self.moment("2026-11-23 09:00")))
    }

    @Test("T-03 A caller who hangs up after speaking has left a message, in whatever order the exchange tells")
    func hangUpAfterSpeaking() throws {
        for recordingFirst in [true, false] {
            var (scene, _) = try Self.atNight()
            let name = Self.recording(scene)
            scene.pass(12)
            if recordingFirst { scene.happen(.recordingFinished(name: name, seconds: 12, spoken: 11)) }
            scene.end("a")
            if !recordingFirst { scene.happen(.recordingFinished(name: name, seconds: 12, spoken: 11)) }
            #expect(scene.events(MessageLeft.self).count == 1)
            #expect(scene.events(CallEnded.self).map(\.outcome) == [.messageLeft])
        }
    }

    @Test("T-03 The end of a recording that is never told loses no message")
    func untoldRecording() throws {
        var (scene, _) = try Self.atNight()
        scene.pass(12)
        scene.end("a")
        #expect(scene.events(CallEnded.self).isEmpty)
        scene.pass(8)
        #expect(scene.events(MessageLeft.self).count == 1)
        #expect(scene.events(CallEnded.self).map(\.outcome) == [.messageLeft])
        #expect(scene.recordings.values.allSatisfy { $0.finishedAt != nil })
    }

    @Test("T-03 Silence is asked for again, then let go, and makes no card")
    func silence() throws {
        var (scene, call) = try Self.atNight()
        scene.happen(.recordingFinished(name: Self.recording(scene), seconds: 6, spoken: 0))
        #expect(scene.said.last == ["secretary-short", "beep"])
        scene.finishSaying(call)
        scene.happen(.recordingFinished(name: Self.recording(scene), seconds: 6, spoken: 0))
        scene.finishSaying(call)
        scene.end("a")
        #expect(scene.events(MessageLeft.self).isEmpty)
        #expect(scene.events(CallEnded.self).map(\.outcome) == [.noMessage])
    }

    @Test("T-03 When nothing can be recorded the caller is told, and it is an alarm")
    func recordingRefused() throws {
        var (scene, call) = try Self.atNight()
        scene.happen(.recordingFailed(name: Self.recording(scene), reason: "the exchange answered 500"))
        #expect(scene.said.last == ["unavailable"])
        #expect(scene.recordings.values.compactMap(\.failure).count == 1)
        scene.finishSaying(call)
        scene.end("a")
        #expect(scene.events(CallEnded.self).map(\.outcome) == [.noMessage])
    }

    // MARK: The bridge of a conversation

    @Test("T-05 The bridge is made while the telephone rings, once a call, and goes with a caller who gives up")
    func bridgeMadeAhead() throws {
        var scene = LineScene()
        try scene.ready("1")
        let call = scene.call("a")
        let bridge = "talk-\(call.uuidString.lowercased())-1"
        #expect(scene.prepared == [bridge])
        // Nobody picks up, the next one is rung: the bridge is there.
        scene.end(scene.leg(of: call))
        try scene.ready("2")
        #expect(scene.calls[call]?.state == .ringing && scene.calls[call]?.operatorID == "2")
        #expect(scene.prepared == [bridge])
        scene.end("a")
        #expect(scene.commands.contains(.removeBridge(bridge)))
    }

    @Test("T-05 An operator who takes a caller over after a break has a bridge of its own, made ahead as well")
    func bridgeAfterBreak() throws {
        var scene = LineScene()
        try scene.ready("1")
        let call = scene.call("a")
        scene.pickUp(call)
        scene.end(scene.leg(of: call))
        try scene.ready("2")
        let lowerID = call.uuidString.lowercased()
        #expect(scene.prepared == ["talk-\(lowerID)-1", "talk-\(lowerID)-2"])
        scene.pickUp(call)
        guard case .connect("talk-\(lowerID)-2", _, _, isPrepared: true)? = scene.commands.last else {
            Issue.record("the second conversation does not use its bridge")
            return
        }
    }

    // MARK: Recording

    @Test("T-04 A conversation is recorded from its bridge before the first word, in both directions of a call")
    func recorded() throws {
        var scene = LineScene()
        try scene.ready("1")
        let call = scene.call("a")
        scene.pickUp(call)
        let name = try #require(scene.calls[call]?.recording)
        #expect(
            scene.commands.contains(
                .connect(
                    bridge: scene.bridge(of: call), channels: ["a", scene.leg(of: call)], recording: name,
                    isPrepared: true)))
        #expect(scene.line.view.calls.first?.isRecorded == true)
        scene.end("a")
        scene.happen(.recordingFinished(name: name, seconds: 60, spoken: nil))
        #expect(scene.recordings[name]?.durationSeconds == 60)
        #expect(scene.recordings[name]?.finishedAt != nil)
    }

    @Test("T-04 A conversation that cannot be recorded goes on and is shown as unrecorded")
    func unrecorded() throws {
        var scene = LineScene()
        try scene.ready("1")
        let call = scene.call("a")
        scene.pickUp(call)
        let name = try #require(scene.calls[call]?.recording)
        scene.happen(.recordingFailed(name: name, reason: "the exchange answered 422"))
        #expect(scene.calls[call]?.state == .talking)
        #expect(scene.line.view.calls.first?.isRecorded == false)
        #expect(scene.recordings[name]?.failure == "the exchange answered 422")
    }

    @Test("T-04 A recording whose end is not told is fetched all the same")
    func untoldEnd() throws {
        var scene = LineScene()
        try scene.ready("1")
        let call = scene.call("a")
        scene.pickUp(call)
        let name = try #require(scene.calls[call]?.recording)
        scene.end("a")
        scene.pass(10)
        #expect(scene.recordings[name]?.finishedAt != nil)
    }

    @Test("T-04 A conversation that goes on with another operator has a recording of its own")
    func parts() throws {
        var scene = LineScene()
        try scene.ready("1")
        let call = scene.call("a")
        scene.pickUp(call)
        scene.end(scene.leg(of: call), cause: 38)
        scene.pickUp(call)
        #expect(scene.recordings.count == 2)
        #expect(Set(scene.recordings.values.map(\.part)) == [1, 2])
    }
}
