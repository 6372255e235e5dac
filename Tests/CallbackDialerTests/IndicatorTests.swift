import Contracts
import Foundation
import Messaging
import MessagingTestSupport
import Postgres
import Testing
import Vocabulary

@testable import CallbackDialer

/// What reports say of callbacks whose story is known.
@Suite struct IndicatorTests {
    private static func answer(of scene: CallbackScene) async throws -> GetCallbackIndicators.Answer {
        try await scene.store.indicators(
            GetCallbackIndicators(from: Date().addingTimeInterval(-86_400), to: Date().addingTimeInterval(86_400)))
    }

    /// A line that breaks `ago` seconds ago; its one open attempt is claimed.
    private static func broken(
        _ scene: CallbackScene, from number: String, ago: TimeInterval, of now: Date = Date()
    ) async throws -> DialCitizen {
        try await scene.hearing.hear(CallbackScene.ended(from: number, at: now.addingTimeInterval(-ago)))
        return try await scene.claimNext()
    }

    private static func number(_ tail: Int) -> String { "+7999000\(1000 + tail)" }

    @Test("K-04 X-01 Reports count the way from the break: in time, late, called in, hidden")
    func firstDials() async throws {
        try await CallbackScene.run { scene in
            let now = Date()
            // Reached by the first dial, 10 s after the break.
            let first = try await Self.broken(scene, from: Self.number(1), ago: 30, of: now)
            try await scene.hearing.hear(CallbackScene.finished(first, .answered, at: now))
            try await scene.hearing.hear(CallbackScene.joined(first))
            // Called in before anybody was dialled: no failure, and no success.
            try await scene.hearing.hear(
                CallbackScene.ended(from: Self.number(2), at: now.addingTimeInterval(-10)))
            try await scene.hearing.hear(CallbackScene.received(from: Self.number(2), at: now))
            // Called in when the 15 seconds were long over and nobody had dialled: a failure.
            try await scene.hearing.hear(
                CallbackScene.ended(from: Self.number(4), at: now.addingTimeInterval(-60)))
            try await scene.hearing.hear(CallbackScene.received(from: Self.number(4), at: now))
            // Dialled late: 25 s after the break.
            let late = try await Self.broken(scene, from: Self.number(3), ago: 45, of: now)
            try await scene.hearing.hear(CallbackScene.finished(late, .busy, at: now))
            // Hidden: nobody to dial.
            try await scene.hearing.hear(CallbackScene.ended(from: nil, at: now.addingTimeInterval(-20)))
            let answer = try await Self.answer(of: scene)
            #expect(answer.broken == 3 && answer.dialledInTime == 1)
            #expect(answer.dueTwice == 0 && answer.dialledTwice == 0, "the late one is not over")
            let slowest = try #require(answer.slowestDial)
            #expect(abs(slowest - 25) < 0.01)
            let kind = try #require(answer.kinds.first)
            #expect(kind.kind == .brokenCall && kind.arisen == 5 && kind.reached == 1 && kind.open == 1)
            #expect(kind.withdrawn == 3 && kind.calledIn == 2)
        }
    }

    @Test("A-11 K-04 An exchange that takes 3 s to take the order shows 3 s, one that takes 16 s is late")
    func slowExchange() async throws {
        try await CallbackScene.run { scene in
            // Moments travel as whole milliseconds, rounded down.
            let now = Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.down))
            for (tail, way) in [(1, 3.0), (2, 16)] {
                let brokenAt = now.addingTimeInterval(-20)
                // Noticed 0.2 s after the exchange's event, decided at once: both say nothing of the exchange's answer.
                var call = CallbackScene.ended(from: Self.number(tail), at: brokenAt.addingTimeInterval(0.2))
                call.brokenAt = brokenAt
                call.brokenHeardAt = brokenAt.addingTimeInterval(0.1)
                call.dialledBackAt = call.endedAt
                let dial = try CallbackScene.selfDial(call)
                let started = DialStarted(
                    attemptID: dial.attemptID, callbackID: dial.callbackID,
                    startedAt: call.endedAt.addingTimeInterval(0.01), acceptedAt: brokenAt.addingTimeInterval(way),
                    decidedAt: call.endedAt)
                try await scene.hearing.hear(call)
                try await scene.hearing.hear(started)
                let view = try await scene.view(of: call.callID)
                let attempt = try #require(view.attempts.first)
                let ways = [view.brokenAt, view.heardAt, attempt.decidedAt, attempt.startedAt, attempt.acceptedAt].map {
                    $0.map { Int(($0.timeIntervalSince(brokenAt) * 1000).rounded()) }
                }
                #expect(ways == [0, 100, 200, 210, Int(way * 1000)])
            }
            let answer = try await Self.answer(of: scene)
            #expect(answer.broken == 2 && answer.dialledInTime == 1)
            #expect(abs((answer.slowestDial ?? 0) - 16) < 0.01)
        }
    }

    @Test(
        "A-11 K-04 A dial that is told of before its call is stamped by its outcome, and no failure meanwhile")
    func toldEarly() async throws {
        try await CallbackScene.run { scene in
            let brokenAt = Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.down) - 30)
            var call = CallbackScene.ended(at: brokenAt)
            call.dialledBackAt = brokenAt
            let dial = try CallbackScene.selfDial(call)
            let takenAt = brokenAt.addingTimeInterval(0.5)
            try await scene.hearing.hear(
                DialStarted(
                    attemptID: dial.attemptID, callbackID: dial.callbackID, startedAt: brokenAt, acceptedAt: takenAt))
            try await scene.hearing.hear(call)
            #expect(try await Self.answer(of: scene).broken == 0, "on its way")
            var finished = CallbackScene.finished(dial, .busy)
            finished.acceptedAt = takenAt
            try await scene.hearing.hear(finished)
            let answer = try await Self.answer(of: scene)
            #expect(answer.broken == 1 && answer.dialledInTime == 1)
            #expect(abs((answer.slowestDial ?? 0) - 0.5) < 0.01)
        }
    }

    @Test("A-11 K-04 What the exchange refused dialled nobody, however early it was decided")
    func refused() async throws {
        try await CallbackScene.run { scene in
            var call = CallbackScene.ended(at: Date().addingTimeInterval(-20))
            call.dialledBackAt = call.endedAt
            try await scene.hearing.hear(call)
            var failed = CallbackScene.finished(try CallbackScene.selfDial(call), .failed)
            failed.startedAt = call.endedAt
            failed.acceptedAt = nil
            failed.ringingAt = nil
            try await scene.hearing.hear(failed)
            let answer = try await Self.answer(of: scene)
            #expect(answer.broken == 1 && answer.dialledInTime == 0 && answer.slowestDial == nil)
        }
    }

    /// What each attempt of a callback came to; the last one is joined when it was answered.
    private static func story(
        _ scene: CallbackScene, _ number: String, _ outcomes: [DialOutcome], isTaken: Bool = true
    ) async throws {
        var dial = try await self.broken(scene, from: number, ago: 30)
        for (index, outcome) in outcomes.enumerated() {
            if index > 0 { dial = try await scene.claimNext() }
            var finished = CallbackScene.finished(dial, outcome)
            if !isTaken { finished.acceptedAt = nil }
            try await scene.hearing.hear(finished)
        }
        if outcomes.last == .answered { try await scene.hearing.hear(CallbackScene.joined(dial)) }
    }

    @Test("B-105 K-04 C-02 Two attempts: those that needed a second one, and those that had it")
    func twice() async throws {
        try await CallbackScene.run { scene in
            try await Self.story(scene, Self.number(1), [.answered])
            try await Self.story(scene, Self.number(2), [.busy, .answered])
            try await Self.story(scene, Self.number(3), [.busy, .noAnswer, .busy])
            var answer = try await Self.answer(of: scene)
            #expect(answer.dueTwice == 2 && answer.dialledTwice == 2)
            // The outcome of the first order was never learned: perhaps nothing rang, and one real dial reached the citizen.
            try await Self.story(scene, Self.number(4), [.unknown, .answered])
            answer = try await Self.answer(of: scene)
            #expect(answer.dueTwice == 2 && answer.dialledTwice == 2)
            // Given up after three orders that the exchange refused: due twice, and dialled not once.
            try await Self.story(scene, Self.number(5), [.failed, .failed, .failed], isTaken: false)
            answer = try await Self.answer(of: scene)
            #expect(answer.broken == 5 && answer.dueTwice == 3 && answer.dialledTwice == 2)
        }
    }

    @Test("B-105 X-07 A promise is kept by the conversation; one that was taken back in time was none")
    func promises() async throws {
        try await CallbackScene.run { scene in
            func promise(_ tail: Int) async throws -> UUID {
                let id = UUID()
                _ = try await scene.schedule(
                    ScheduleCallback(
                        callbackID: id, callID: UUID(), number: try PhoneNumber(parsing: Self.number(tail)),
                        at: Date().addingTimeInterval(60), operatorID: "operator1", isPersonal: false))
                return id
            }
            /// Their time has come.
            func come(_ ids: [UUID]) async throws {
                try await scene.store.database.execute(
                    "UPDATE callback SET place_at = now() - interval '1 hour' WHERE id = ANY(\(ids))")
            }
            let kept = try await promise(1)
            try await come([kept])
            let dial = try await scene.claimNext(.operator)
            try await scene.hearing.hear(CallbackScene.finished(dial, .answered))
            try await scene.hearing.hear(CallbackScene.joined(dial))
            let broken = try await promise(2)
            let future = try await promise(3)
            let takenBack = try await promise(4)
            let requests = scene.requests()
            _ = try await scene.store.database.transaction {
                try await requests.cancel(
                    CancelCallback(callbackID: takenBack, operatorID: "operator1", isInCharge: true), in: $0)
            }
            try await come([broken])
            let answer = try await Self.answer(of: scene)
            #expect(answer.promisesDue == 2 && answer.promisesKept == 1)
            try await come([future])
            #expect(try await Self.answer(of: scene).promisesDue == 3)
        }
    }

    @Test(
        "C-213 A report over longer than a year is refused before it reads anything, and one that ends before it begins",
        arguments: [(-86_400.0 * 367, 0.0), (-1e11, 0), (0, 0), (60, 0)])
    func longest(from: TimeInterval, to: TimeInterval) async throws {
        let (from, to) = (Date(timeIntervalSince1970: from), Date(timeIntervalSince1970: to))
        try await CallbackScene.run { scene in
            let refusals = [
                await #expect(throws: Refusal.self) {
                    try await scene.store.indicators(GetCallbackIndicators(from: from, to: to))
                },
                await #expect(throws: Refusal.self) {
                    try await scene.store.surveyResults(GetSurveyResults(from: from, to: to))
                },
            ]
            #expect(refusals.allSatisfy { $0?.errorID == "period-invalid" && $0?.field == "from" })
        }
    }
}
