import Contracts
import Foundation
import Messaging
import Testing
import Vocabulary

@testable import CallIntake

/// A call of an exchange that is not driven by us, as a value.
@Suite struct ForeignCallTests {
    @Test("T-01 A call of another exchange is announced as one of ours, with its times")
    func whole() throws {
        let tale = try ForeignTale.whole()
        #expect(tale.types == ["call.received", "call.answered", "call.ended"])
        #expect(tale.notes.allSatisfy { $0.isEmpty })
        let received = try #require(tale.events(CallReceived.self).first)
        #expect(received.exchange == "avaya" && received.line == "122" && received.caller == ForeignTale.caller())
        let answered = try #require(tale.events(CallAnswered.self).first)
        #expect(answered.operatorID == "operator1" && answered.queue == "first" && answered.ringSeconds == 5)
        #expect(answered.answeredAt.timeIntervalSince(answered.receivedAt) == 12)
        let ended = try #require(tale.ended)
        #expect(ended.outcome == .completedByCaller && ended.cause == 16 && ended.operatorID == "operator1")
        #expect(
            ended.times
                == CallTimes(waiting: 12, ringing: 5, questioning: 48, consultation: 0, holds: 1, held: 8))
        #expect(ended.wasOfferedCallback == false)
    }

    @Test("T-01 The events have the members that those of a call of ours have")
    func shape() throws {
        var scene = LineScene()
        try scene.ready("operator1")
        let call = scene.call("a")
        scene.now += 3
        scene.pickUp(call)
        scene.now += 20
        scene.end("a")
        let tale = try ForeignTale.whole()
        func members<E: Event>(_ events: [any Event], _ type: E.Type) throws -> Set<String> {
            let event = try #require(events.compactMap { $0 as? E }.first)
            let members = try JSONSerialization.jsonObject(with: try MessageCoding.encoder.encode(event))
            return Set(try #require(members as? [String: Any]).keys)
        }
        #expect(try members(tale.events, CallReceived.self) == members(scene.events, CallReceived.self))
        #expect(try members(tale.events, CallAnswered.self) == members(scene.events, CallAnswered.self))
        #expect(try members(tale.events, CallEnded.self) == members(scene.events, CallEnded.self))
        #expect(tale.ended?.subject == "call/\(ForeignCall.id(of: "7001", at: "avaya"))")
    }

    @Test("T-15 An event that comes twice under two ids changes nothing the second time")
    func doubled() throws {
        var tale = ForeignTale()
        for _ in 0..<2 { try tale.tell(.offered, at: 0, caller: ForeignTale.caller()) }
        for _ in 0..<2 { try tale.tell(.queued(queue: "first"), at: 2) }
        for _ in 0..<2 { try tale.tell(.answered(operatorID: "operator1", ringSeconds: 3), at: 10) }
        for _ in 0..<2 { try tale.tell(.held, at: 20) }
        for _ in 0..<2 { try tale.tell(.resumed, at: 25) }
        for _ in 0..<2 { try tale.tell(.message(seconds: 4, recording: nil), at: 26) }
        for _ in 0..<2 { try tale.tell(.ended(.callerHungUp, cause: 16), at: 40) }
        try tale.tell(.ended(.lineLost, cause: 41), at: 41)
        #expect(tale.types == ["call.received", "call.answered", "call.message-left", "call.ended"])
        #expect(tale.ended?.outcome == .completedByCaller && tale.ended?.times?.held == 5)
        #expect(tale.ended?.times?.holds == 1 && tale.lastNotes == [.late])
    }

    @Test("T-01 An answer that overtakes the offer begins the call; the number that comes later is still told")
    func answeredFirst() throws {
        var tale = ForeignTale()
        try tale.tell(.answered(operatorID: "operator1", ringSeconds: 4), at: 10)
        #expect(tale.types == ["call.received", "call.answered"] && tale.lastNotes == [.beganWithout])
        let received = try #require(tale.events(CallReceived.self).first)
        #expect(received.caller == .hidden && received.receivedAt == ForeignTale.start.addingTimeInterval(6))
        try tale.tell(.offered, at: 0, caller: ForeignTale.caller())
        #expect(tale.lastNotes == [.late] && tale.events.count == 2)
        try tale.tell(.ended(.lineLost, cause: 41), at: 30)
        // The number is what the callback needs.
        #expect(tale.ended?.caller == ForeignTale.caller() && tale.ended?.outcome == .callerLineBroken)
        #expect(tale.call?.call.line == "122")
    }

    @Test("T-01 Who only holds or resumes an unknown call is told so")
    func unknown() throws {
        var tale = ForeignTale()
        #expect(throws: ForeignRefusal.unknownCall) { try tale.tell(.held, at: 1) }
        #expect(throws: ForeignRefusal.unknownCall) { try tale.tell(.resumed, at: 1) }
        #expect(tale.call == nil)
    }

    @Test("T-15 What is older than the present state has no effect")
    func late() throws {
        var tale = ForeignTale()
        try tale.tell(.offered, at: 0)
        try tale.tell(.answered(operatorID: "operator1", ringSeconds: nil), at: 10)
        try tale.tell(
            .transferred(title: "Второй уровень", operatorID: "operator2", isEmergency: false, seconds: 3), at: 30)
        let before = tale.call
        try tale.tell(.queued(queue: "first"), at: 5)
        try tale.tell(.ringing(operatorID: "operator1"), at: 7)
        try tale.tell(.held, at: 20)
        try tale.tell(.answered(operatorID: "operator1", ringSeconds: nil), at: 10)
        try tale.tell(.transferred(title: "Поликлиника", operatorID: nil, isEmergency: false, seconds: 0), at: 29)
        #expect(tale.call == before && tale.notes.suffix(5).allSatisfy { $0 == [.late] })
        try tale.tell(.resumed, at: 40)
        #expect(tale.lastNotes == [.noEffect])
        // Told in the wrong order: the hold was over already.
        try tale.tell(.held, at: 35)
        #expect(tale.lastNotes == [.late] && tale.call?.call.state == .talking)
    }

    @Test("T-15 A clock that runs backwards, ahead or days behind makes no impossible times")
    func clocks() throws {
        var tale = ForeignTale()
        try tale.tell(.offered, at: 100, receivedAfter: 100)
        try tale.tell(.answered(operatorID: "operator1", ringSeconds: nil), at: 90, receivedAfter: 110)
        #expect(tale.lastNotes == [.clock])
        #expect(tale.call?.call.answeredAt == ForeignTale.start.addingTimeInterval(100))
        // An hour ahead: nothing happens after it was told of. A callback would begin an hour late.
        try tale.tell(.ended(.lineLost, cause: nil), at: 3750, receivedAfter: 150)
        #expect(tale.lastNotes == [.clock] && tale.ended?.endedAt == ForeignTale.start.addingTimeInterval(150))
        var old = ForeignTale()
        try old.tell(.offered, at: -90_000, receivedAfter: 0)
        #expect(old.lastNotes == [.clock] && old.call?.call.receivedAt == ForeignTale.start)
        try old.tell(.ended(.abandoned, cause: nil), at: 3_000_000, receivedAfter: 20)
        #expect(old.ended?.times?.waiting == 20)
        // A second or two between two clocks are not remarkable.
        var near = ForeignTale()
        try near.tell(.offered, at: 2, receivedAfter: 0)
        #expect(near.lastNotes.isEmpty && near.call?.call.receivedAt == ForeignTale.start)
    }

    @Test(
        "T-15 What was seen of a call decides its outcome before what the exchange says",
        arguments: [
            ([], 2.0, "abandoned", CallOutcome.shortDrop), ([], 20, "caller-hung-up", .abandonedInMenu),
            (["queued"], 20, "abandoned", .abandonedInQueue), (["queued"], 20, "line-lost", .abandonedInQueue),
            (["queued", "ringing"], 20, "abandoned", .abandonedRinging),
            (["queued"], 20, "exchange-failed", .exchangeBroken),
            (["queued"], 20, "callback-requested", .callbackRequested),
            (["queued"], 20, "transferred-away", .transferredAway), (["message"], 20, "caller-hung-up", .messageLeft),
            (["answered"], 20, "caller-hung-up", .completedByCaller),
            (["answered"], 20, "abandoned", .completedByCaller),
            (["answered"], 20, "operator-hung-up", .completedByOperator),
            (["answered", "held"], 20, "line-lost", .callerLineBroken),
            (["answered"], 20, "operator-line-lost", .operatorLineBroken),
            (["answered"], 20, "exchange-failed", .exchangeBroken),
            (["answered", "queued"], 20, "caller-hung-up", .operatorLineBroken),
            (["answered", "away"], 20, "line-lost", .transferredAway),
        ])
    func outcomes(_ seen: [String], seconds: Double, reason: String, expected: CallOutcome) throws {
        var tale = ForeignTale()
        try tale.tell(.offered, at: 0, caller: ForeignTale.caller())
        for (place, step) in seen.enumerated() {
            try tale.tell(try #require(Self.kinds[step]), at: Double(place + 1))
        }
        try tale.tell(.ended(try #require(.init(rawValue: reason)), cause: nil), at: seconds)
        #expect(tale.ended?.outcome == expected)
        try Self.check(tale)
    }

    private static let kinds: [String: ForeignEvent.Kind] = [
        "queued": .queued(queue: "first"), "ringing": .ringing(operatorID: "operator1"),
        "answered": .answered(operatorID: "operator1", ringSeconds: nil), "held": .held,
        "message": .message(seconds: 5, recording: nil),
        "away": .transferred(title: "Поликлиника 1", operatorID: nil, isEmergency: false, seconds: 0),
    ]

    @Test("T-10 A transfer to an operator is offered, then told, and the call goes on with the other operator")
    func transfer() throws {
        var tale = ForeignTale()
        try tale.tell(.offered, at: 0)
        try tale.tell(.answered(operatorID: "operator1", ringSeconds: nil), at: 10)
        try tale.tell(.held, at: 20)
        try tale.tell(.ringing(operatorID: "operator2"), at: 21)
        try tale.tell(
            .transferred(title: "Врач-эксперт", operatorID: "operator2", isEmergency: false, seconds: 5), at: 26)
        try tale.tell(.ended(.operatorHungUp, cause: 16), at: 50)
        #expect(
            tale.types == ["call.received", "call.answered", "call.offered", "call.transferred", "call.ended"])
        let transferred = try #require(tale.events(CallTransferred.self).first)
        #expect(transferred.fromOperatorID == "operator1" && transferred.toOperatorID == "operator2")
        #expect(transferred.toTitle == "Врач-эксперт" && transferred.seconds == 5)
        #expect(tale.ended?.operatorID == "operator2" && tale.ended?.times?.held == 6)
        #expect(tale.ended?.outcome == .completedByOperator)
    }

    @Test("T-03 A message is told once, also when it comes after the end, and is due when operators are there")
    func message() throws {
        var tale = ForeignTale()
        try tale.tell(.offered, at: 0, caller: ForeignTale.caller())
        try tale.tell(.ended(.callerHungUp, cause: 16), at: 30)
        for _ in 0..<2 { try tale.tell(.message(seconds: 12, recording: "https://pbx.example/1.wav"), at: 28) }
        #expect(tale.types == ["call.received", "call.ended", "call.message-left"] && tale.lastNotes == [.late])
        let message = try #require(tale.events(MessageLeft.self).first)
        #expect(message.seconds == 12 && message.caller == ForeignTale.caller() && message.dueAt == message.leftAt)
        let calendar = RegionCalendar(
            timeZone: try RegionTimeZone(identifier: "Europe/Saratov"), hours: .standard,
            production: try ProductionCalendar.bundled())
        let rules = ForeignRules(shortDrop: 5, calendar: calendar)
        // A Saturday.
        let leftAt = try #require(Timestamp.date(from: "2026-11-21T12:00:00+04:00"))
        let event = ForeignEvent(
            id: "1", call: "1", at: leftAt, caller: nil, line: nil, kind: .message(seconds: 3, recording: nil))
        let step = try ForeignCall.take(event, nil, from: "avaya", rules: rules, receivedAt: leftAt)
        let due = step.events.compactMap { ($0 as? MessageLeft)?.dueAt }
        #expect(due == [try #require(Timestamp.date(from: "2026-11-23T09:00:00+04:00"))])
    }

    @Test("T-15 A name of a call that is used again for a new one is refused")
    func nameUsedAgain() throws {
        var tale = try ForeignTale.whole()
        #expect(throws: ForeignRefusal.callOver) { try tale.tell(.offered, at: 900) }
    }

    @Test("T-15 In any order there is one beginning, at most one answer and one outcome", arguments: 0..<40)
    func anyOrder(block: Int) throws {
        let kinds: [(ForeignEvent.Kind, Double)] = [
            (.offered, 0), (.queued(queue: "a"), 1), (.queued(queue: "b"), 2), (.ringing(operatorID: "1"), 3),
            (.answered(operatorID: "1", ringSeconds: 2), 5), (.held, 8), (.resumed, 11),
            (.ringing(operatorID: "2"), 12),
            (.transferred(title: "Б", operatorID: "2", isEmergency: false, seconds: 1), 13),
            (.queued(queue: "c"), 15), (.answered(operatorID: "3", ringSeconds: nil), 17),
            (.transferred(title: "В", operatorID: nil, isEmergency: true, seconds: 1), 20),
            (.message(seconds: 9, recording: nil), 21), (.ended(.callerHungUp, cause: 16), 25),
            (.ended(.lineLost, cause: 41), 25),
        ]
        for seed in 0..<50 {
            var numbers = SeededNumbers(seed: UInt64(block * 50 + seed))
            var order = (kinds + [kinds.randomElement(using: &numbers)].compactMap { $0 }).shuffled(using: &numbers)
            // A network mixes neighbours, a broken one everything.
            if seed % 2 == 0 {
                order = kinds
                for place in 1..<order.count where Bool.random(using: &numbers) { order.swapAt(place - 1, place) }
            }
            var tale = ForeignTale()
            for (kind, seconds) in order {
                // Also a clock that jumps.
                let jump =
                    Int.random(in: 0..<8, using: &numbers) == 0
                    ? Double.random(in: -200_000...200_000, using: &numbers) : 0
                do {
                    try tale.tell(kind, at: seconds + jump, receivedAfter: 30)
                } catch let refusal as ForeignRefusal {
                    #expect(refusal == .unknownCall || refusal == .callOver)
                }
                try Self.check(tale)
            }
            #expect(tale.events(CallReceived.self).count == 1 && tale.types.first == "call.received")
            #expect(tale.events(CallEnded.self).count == 1 && tale.events(CallAnswered.self).count <= 1)
            #expect(tale.events(MessageLeft.self).count == 1)
            let afterEnd = tale.types.drop { $0 != "call.ended" }.dropFirst()
            #expect(afterEnd.allSatisfy { $0 == "call.message-left" })
        }
    }

    /// What the table of calls demands of every row.
    private static func check(_ tale: ForeignTale) throws {
        guard let call = tale.call?.call else { return }
        let hasOperator: Set<CallState> = [.ringing, .talking, .held, .dialling]
        #expect(hasOperator.contains(call.state) == (call.operatorID != nil && call.legID != nil))
        #expect((call.state == .ended) == (call.endedAt != nil && call.outcome != nil))
        #expect((call.answeredAt ?? call.receivedAt) >= call.receivedAt)
        #expect((call.endedAt ?? .distantFuture) >= (call.answeredAt ?? call.receivedAt))
        let spoken: Set<CallOutcome> = [
            .completedByCaller, .completedByOperator, .callerLineBroken, .operatorLineBroken,
        ]
        let free: Set<CallOutcome> = [.exchangeBroken, .callbackRequested, .transferredAway]
        if let outcome = call.outcome, !free.contains(outcome) {
            #expect(spoken.contains(outcome) == (call.answeredAt != nil))
        }
    }
}
