import Contracts
import Foundation
import Messaging
import MessagingTestSupport
import Postgres
import Testing
import Vocabulary

@testable import CallbackDialer

/// Outcomes, surveys, reminders and offers, on a real PostgreSQL.
@Suite(.timeLimit(.minutes(10))) struct VoiceStoreTests {
    private static func closed(_ appeal: UUID = UUID(), phone: String? = "+79990000001") throws -> AppealClosed {
        AppealClosed(
            appealID: appeal, number: "64-2026-000001", callID: UUID(),
            phone: try phone.map { try PhoneNumber(parsing: $0) }, operatorID: "operator1", organizationID: "clinic1",
            topic: .appointment, closedBy: "admin1", closedAt: Date())
    }

    private static func confirmed(_ booking: UUID = UUID(), days: Double = 3) throws -> BookingConfirmed {
        BookingConfirmed(
            bookingID: booking, appealID: UUID(), operatorID: "operator1",
            visit: try VoiceRulesTests.visit(at: Date().addingTimeInterval(days * 86_400)),
            patientPhone: try PhoneNumber(parsing: "+79990000002"), confirmedAt: Date())
    }

    private static func voice(
        _ dial: DialCitizen, _ end: VoiceEnd, _ keys: [(String, String)] = []
    ) throws -> VoiceFinished {
        VoiceFinished(
            attemptID: dial.attemptID, callbackID: dial.callbackID, callID: CallbackScene.callID(of: dial),
            kind: try #require(dial.kind),
            answers: keys.map { VoiceAnswer(question: $0.0, key: $0.1, at: Date()) }, end: end, finishedAt: Date())
    }

    /// The citizen answers the telephone, and the voice ends so.
    private static func speak(
        _ scene: CallbackScene, _ dial: DialCitizen, _ end: VoiceEnd, _ keys: [(String, String)] = []
    ) async throws {
        try await scene.hearing.hear(CallbackScene.finished(dial, .answered))
        try await scene.hearing.hear(try Self.voice(dial, end, keys))
    }

    // MARK: Outcomes

    @Test("C-05 What was done is told by a voice until the citizen presses 1")
    func outcome() async throws {
        try await CallbackScene.run { scene in
            let appeal = AppealOutcomeReady(
                appealID: UUID(), revision: 1, callID: UUID(), phone: try PhoneNumber(parsing: "+79990000001"),
                operatorID: "operator1", readyAt: Date())
            try await scene.hearing.hear(appeal)
            try await scene.hearing.hear(appeal)
            let first = try await scene.claimNext(.voice)
            #expect(first.script == CallbackScene.scripts.appealOutcome && first.kind == .appealOutcome)
            #expect(first.originalCallID == appeal.callID)
            try await Self.speak(scene, first, .silent)
            let second = try await scene.claimNext(.voice)
            #expect(second.attemptID != first.attemptID)
            try await Self.speak(scene, second, .completed, [("outcome", "1")])
            let view = try #require(
                try await scene.store.list(ListCallbacks(appealID: appeal.appealID)).first)
            #expect(view.state == .reached && view.choice == .understood && view.attempts.count == 2)
            let told = try await scene.hearing.announced(CallbackAnswered.self)
            #expect(told.map(\.choice) == [.understood] && told.map(\.appealID) == [appeal.appealID])
        }
    }

    @Test("C-05 A citizen who could not be told by a voice becomes a task for somebody")
    func notTold() async throws {
        try await CallbackScene.run { scene in
            let appeal = AppealOutcomeReady(
                appealID: UUID(), revision: 1, callID: nil, phone: try PhoneNumber(parsing: "+79990000001"),
                operatorID: "operator1", readyAt: Date())
            try await scene.hearing.hear(appeal)
            for outcome in [DialOutcome.busy, .machine, .noAnswer] {
                try await scene.hearing.hear(CallbackScene.finished(try await scene.claimNext(.voice), outcome))
            }
            let finished = try #require(try await scene.hearing.announced(CallbackFinished.self).first)
            #expect(finished.state == .exhausted && finished.opensTask == true && finished.isToldByMessage == false)
            #expect(finished.appealID == appeal.appealID && finished.callID == appeal.appealID)
        }
    }

    @Test("C-05 C-07 An outcome that no voice can tell, since the number is not dialled, is a task too")
    func numberNotDialled() async throws {
        try await CallbackScene.run { scene in
            for number in ["112", "+79990000001"] {
                try await scene.hearing.hear(
                    AppealOutcomeReady(
                        appealID: UUID(), revision: 1, callID: nil, phone: try PhoneNumber(parsing: number),
                        operatorID: "operator1", readyAt: Date()))
            }
            // The line knows numbers of its own that the dialer does not.
            let dial = try await scene.claimNext(.voice)
            try await scene.store.withdraw(dial, reason: "own-number", rules: CallbackScene.rules())
            let finished = try await scene.hearing.announced(CallbackFinished.self)
            #expect(finished.map(\.reason) == ["number-not-dialable", "own-number"])
            #expect(finished.allSatisfy { $0.state == .withdrawn && $0.opensTask == true })
            #expect(finished.allSatisfy { $0.isToldByMessage == false && $0.operatorID == "operator1" })
        }
    }

    @Test("C-05 A voice that is not to tell it any more does not, and it is no task")
    func outcomeWithdrawn() async throws {
        try await CallbackScene.run { scene in
            let appeal = UUID()
            for telling in 1...2 {
                try await scene.hearing.hear(
                    AppealOutcomeReady(
                        appealID: appeal, revision: telling, callID: nil,
                        phone: try PhoneNumber(parsing: "+79990000001"), operatorID: "operator1", readyAt: Date()))
                guard telling == 1 else { break }
                try await scene.hearing.hear(
                    AppealOutcomeWithdrawn(appealID: appeal, revision: telling, withdrawnAt: Date()))
            }
            let finished = try await scene.hearing.announced(CallbackFinished.self)
            #expect(finished.map(\.reason) == ["outcome-changed"] && finished.first?.opensTask != true)
            let dial = try await scene.claimNext(.voice)
            #expect(dial.callbackID == CallbackIdentity.callback(.appealOutcome, about: appeal, 2))
        }
    }

    @Test("C-05 An outcome whose withdrawal is told first is not told")
    func outcomeWithdrawnFirst() async throws {
        try await CallbackScene.run { scene in
            let appeal = UUID()
            let ready = AppealOutcomeReady(
                appealID: appeal, revision: 1, callID: nil, phone: try PhoneNumber(parsing: "+79990000001"),
                operatorID: "operator1", readyAt: Date())
            let withdrawn = AppealOutcomeWithdrawn(appealID: appeal, revision: 1, withdrawnAt: Date())
            let told = try await scene.hearing.envelopes([ready, withdrawn])
            for envelope in told.reversed() { try await scene.hearing.take([envelope]) }
            #expect(try await scene.store.list(ListCallbacks(appealID: appeal)).isEmpty)
            #expect(try await scene.isAnythingDue == false)
        }
    }

    @Test("X-04 A reminder that nobody had a line for is written instead, and stands before surveys")
    func reminderInTime() async throws {
        try await CallbackScene.run { scene in
            try await scene.hearing.hear(try Self.closed())
            let booking = UUID()
            try await scene.hearing.hear(try Self.confirmed(booking))
            try await scene.store.database.execute(
                """
                UPDATE dial_attempt SET due_at = now() - interval '1 minute',
                    place_at = place_at + (now() - interval '1 minute' - due_at)
                """)
            #expect(try await scene.claimDue(.voice, limit: 1).map(\.kind) == [.appointmentReminder])
            try await scene.store.database.execute("UPDATE callback SET until = now() WHERE booking_id = \(booking)")
            try await scene.store.expire(rules: CallbackScene.rules())
            let finished = try #require(try await scene.hearing.announced(CallbackFinished.self).last)
            #expect(finished.kind == .appointmentReminder && finished.state == .exhausted)
            #expect(finished.isToldByMessage == true && finished.visit != nil)
        }
    }

    @Test("C-05 Who asks for an operator is reached when one is there, and called again when left alone")
    func asksOperator() async throws {
        try await CallbackScene.run { scene in
            let appeal = AppealOutcomeReady(
                appealID: UUID(), revision: 1, callID: UUID(), phone: try PhoneNumber(parsing: "+79990000001"),
                operatorID: "operator1", readyAt: Date())
            try await scene.hearing.hear(appeal)
            let first = try await scene.claimNext(.voice)
            try await Self.speak(scene, first, .toOperator, [("outcome", "0")])
            #expect(try await scene.isAnythingDue == false)
            try await scene.hearing.hear(CallbackScene.leftAlone(first))
            let second = try await scene.claimNext(.voice)
            try await Self.speak(scene, second, .toOperator, [("outcome", "0")])
            try await scene.hearing.hear(CallbackScene.joined(second))
            let view = try #require(try await scene.store.list(ListCallbacks(appealID: appeal.appealID)).first)
            #expect(view.state == .reached && view.joinedAt != nil && view.choice == .asksOperator)
        }
    }

    @Test("The end of the voice may be told before the answer of the telephone: it waits for it")
    func outOfOrder() async throws {
        try await CallbackScene.run { scene in
            try await scene.hearing.hear(try Self.confirmed())
            let dial = try await scene.claimNext(.voice)
            let voice = try Self.voice(dial, .completed, [("visit", "1")])
            await #expect(throws: RetryLater.self) { try await scene.hearing.hear(voice) }
            try await scene.hearing.hear(CallbackScene.finished(dial, .answered))
            try await scene.hearing.hear(voice)
            #expect(try await scene.hearing.announced(CallbackAnswered.self).map(\.choice) == [.willCome])
        }
    }

    // MARK: Reminders

    @Test("A reminder is due the day before the visit; 2 asks for the cancellation, silence does not")
    func reminders() async throws {
        try await CallbackScene.run { scene in
            let bookings = [try Self.confirmed(), try Self.confirmed(), try Self.confirmed()]
            for booking in bookings { try await scene.hearing.hear(booking) }
            let due = try #require(try await scene.store.nextDue(.voice))
            #expect(abs(due.timeIntervalSince(bookings[0].visit.startsAt) + 86_400) < 1)
            try await scene.store.database.execute(
                "UPDATE dial_attempt SET due_at = now(), place_at = least(place_at, now())")
            let dials = try await scene.claimDue(.voice)
            #expect(dials.count == 3 && dials.allSatisfy { $0.script?.questions.count == 1 })
            try await Self.speak(scene, dials[0], .completed, [("visit", "2")])
            try await Self.speak(scene, dials[1], .silent)
            // Who hung up may not have heard it.
            try await Self.speak(scene, dials[2], .hungUp)
            let told = try await scene.hearing.announced(CallbackAnswered.self)
            #expect(told.map(\.choice) == [.cancels, .heard])
            #expect(Set(told.compactMap(\.bookingID)).isSubset(of: Set(bookings.map(\.bookingID))))
            #expect(try await scene.store.nextDue(.voice) != nil)
        }
    }

    @Test("A visit that is cancelled is not reminded of; a key pressed too late still counts")
    func cancelledVisit() async throws {
        try await CallbackScene.run { scene in
            let booking = try Self.confirmed()
            try await scene.hearing.hear(booking)
            let dial = try await scene.claimNext(.voice)
            try await scene.hearing.hear(
                BookingCancelled(
                    bookingID: booking.bookingID, appealID: booking.appealID, operatorID: "operator1",
                    visit: booking.visit, patientPhone: booking.patientPhone, cancelledAt: Date()))
            let finished = try #require(try await scene.hearing.announced(CallbackFinished.self).first)
            #expect(finished.state == .withdrawn && finished.reason == "booking-cancelled")
            // The telephone was ringing already.
            try await Self.speak(scene, dial, .completed, [("visit", "2")])
            #expect(try await scene.hearing.announced(CallbackAnswered.self).map(\.choice) == [.cancels])
        }
    }

    @Test("X-04 A visit that a person has to cancel in the МИС is not reminded of")
    func cancelledByHand() async throws {
        try await CallbackScene.run { scene in
            let booking = try Self.confirmed()
            try await scene.hearing.hear(booking)
            var failed = BookingFailed(
                bookingID: booking.bookingID, appealID: booking.appealID, operatorID: "operator1", state: .manual,
                refusal: nil, failedAt: Date())
            failed.isCancelling = true
            try await scene.hearing.hear(failed)
            #expect(try await scene.isAnythingDue == false)
            #expect(try await scene.hearing.announced(CallbackFinished.self).map(\.reason) == ["booking-cancelled"])
        }
    }

    @Test("A cancellation that overtakes the booking leaves nothing to remind of")
    func cancelledFirst() async throws {
        try await CallbackScene.run { scene in
            let booking = try Self.confirmed()
            let cancelled = BookingCancelled(
                bookingID: booking.bookingID, appealID: booking.appealID, operatorID: "operator1",
                visit: booking.visit, patientPhone: booking.patientPhone, cancelledAt: Date())
            let told = try await scene.hearing.envelopes([booking, cancelled])
            try await scene.hearing.take([told[1]])
            try await scene.hearing.take([told[0]])
            #expect(try await scene.store.list(ListCallbacks()).isEmpty)
        }
    }

    @Test("A reminder that nobody answered is written, with the visit")
    func reminderByMessage() async throws {
        try await CallbackScene.run { scene in
            let booking = try Self.confirmed()
            try await scene.hearing.hear(booking)
            for _ in 0..<2 {
                try await scene.hearing.hear(CallbackScene.finished(try await scene.claimNext(.voice), .noAnswer))
            }
            let finished = try #require(try await scene.hearing.announced(CallbackFinished.self).first)
            #expect(finished.state == .exhausted && finished.isToldByMessage == true)
            #expect(finished.visit?.slotID == booking.visit.slotID)
        }
    }

    @Test("X-01 The board sees callbacks by people, not the voices that are to speak some day")
    func board() async throws {
        try await CallbackScene.run { scene in
            let broken = CallbackScene.ended(from: "+79990000031")
            try await scene.hearing.hear(broken)
            try await scene.hearing.hear(try Self.confirmed())
            #expect(try await scene.store.list(ListCallbacks()).count == 2)
            let shown = try await scene.store.list(ListCallbacks(needsOperator: true))
            #expect(shown.map(\.callID) == [broken.callID])
        }
    }

    // MARK: Offers

    private static func offer(minutes: Double = 10) throws -> OfferVisit {
        OfferVisit(
            callbackID: UUID(), bookingID: UUID(), appealID: nil, number: try PhoneNumber(parsing: "+79990000003"),
            visit: try VoiceRulesTests.visit(at: Date().addingTimeInterval(86_400)),
            until: Date().addingTimeInterval(minutes * 60))
    }

    private static func offer(_ scene: CallbackScene, _ request: OfferVisit) async throws -> CallbackView {
        let requests = scene.requests()
        return try await scene.store.database.transaction { try await requests.offer(request, in: $0) }
    }

    @Test("X-04 A visit is offered at once; its answer is told, and the end of the hold ends the offer")
    func offers() async throws {
        try await CallbackScene.run { scene in
            let taken = try Self.offer()
            #expect(try await Self.offer(scene, taken).state == .open)
            #expect(try await Self.offer(scene, taken).callbackID == taken.callbackID)
            let dial = try #require(try await scene.claimDue(.voice).first)
            try await Self.speak(scene, dial, .completed, [("offer", "1")])
            let answered = try #require(try await scene.hearing.announced(CallbackAnswered.self).first)
            #expect(answered.choice == .accepts && answered.bookingID == taken.bookingID)
            let missed = try Self.offer()
            _ = try await Self.offer(scene, missed)
            let end = try #require(try await scene.store.nextExpiry())
            #expect(abs(end.timeIntervalSince(missed.until)) < 0.01)
            try await scene.store.expire(rules: CallbackScene.rules())
            #expect(try await scene.hearing.announced(CallbackFinished.self).count == 1)
            try await scene.store.database.execute("UPDATE callback SET until = now() WHERE id = \(missed.callbackID)")
            try await scene.store.expire(rules: CallbackScene.rules())
            let finished = try #require(try await scene.hearing.announced(CallbackFinished.self).last)
            #expect(finished.callbackID == missed.callbackID && finished.reason == "expired")
            #expect(try await scene.isAnythingDue == false)
        }
    }

    @Test("X-04 An offer that cannot be made is refused and says why")
    func badOffers() async throws {
        try await CallbackScene.run { scene in
            var hidden = try Self.offer()
            hidden.number = try PhoneNumber(parsing: "112")
            for (request, reason) in [
                (try Self.offer(minutes: 1), "past"), (try Self.offer(minutes: 90), "too-long"),
                (hidden, "number-not-dialable"),
            ] {
                let refusal = await #expect(throws: Refusal.self) { try await Self.offer(scene, request) }
                #expect(refusal?.errorID == reason)
            }
            #expect(try await scene.store.list(ListCallbacks()).isEmpty)
        }
    }

    // MARK: Surveys

    @Test("C-06 Answers are tied to appeal, organization and operator; refusals and partial answers are kept")
    func surveys() async throws {
        try await CallbackScene.run { scene in
            let runs: [(phone: String, end: VoiceEnd, keys: [(String, String)], state: SurveyState, isLow: Bool)] = [
                (
                    "+79990000011", .completed,
                    [("consent", "1"), ("resolved", "1"), ("operator", "5"), ("organization", "4")], .completed, false
                ),
                ("+79990000012", .hungUp, [("consent", "1"), ("resolved", "3")], .partial, true),
                ("+79990000013", .completed, [("consent", "2")], .refused, false),
            ]
            for run in runs {
                let appeal = try Self.closed(phone: run.phone)
                try await scene.hearing.hear(appeal)
                let dial = try await scene.claimNext(.voice)
                #expect(dial.kind == .survey && dial.script == Questionnaire.standard.script)
                try await Self.speak(scene, dial, run.end, run.keys)
                // Told again, it changes nothing.
                try await scene.hearing.hear(try Self.voice(dial, .completed, [("consent", "1"), ("operator", "1")]))
                let told = try #require(try await scene.hearing.announced(SurveyFinished.self).last)
                #expect(told.appealID == appeal.appealID && told.state == run.state && told.isLow == run.isLow)
            }
            let nobody = try Self.closed(phone: "+79990000014")
            try await scene.hearing.hear(nobody)
            for _ in 0..<2 {
                try await scene.hearing.hear(CallbackScene.finished(try await scene.claimNext(.voice), .noAnswer))
            }
            #expect(try await scene.hearing.announced(SurveyFinished.self).map(\.state).last == .notReached)
            let day = GetSurveyResults(from: Date().addingTimeInterval(-3600), to: Date().addingTimeInterval(3600))
            let results = try #require(try await scene.store.surveyResults(day).first)
            #expect(results.questionnaire == "2026-1" && results.low == 1)
            #expect(results.states == ["completed": 1, "partial": 1, "refused": 1, "notReached": 1])
            #expect(results.questions.map(\.name) == ["resolved", "operator", "organization"])
            #expect(results.questions[0].marks.map(\.count) == [1, 0, 1] && results.questions[0].mean == nil)
            #expect(results.questions[1].mean == 5)
            var others = day
            others.operatorID = "operator2"
            #expect(try await scene.store.surveyResults(others).isEmpty)
            others.operatorID = "operator1"
            others.organizationID = "clinic1"
            #expect(try await scene.store.surveyResults(others).first == results)
        }
    }

    @Test("C-06 A number is asked once within the pause, and an appeal once at all")
    func surveyPause() async throws {
        try await CallbackScene.run { scene in
            let appeal = UUID()
            try await scene.hearing.hear(try Self.closed(appeal))
            try await scene.hearing.hear(try Self.closed())
            try await scene.hearing.hear(try Self.closed(appeal, phone: "+79990000009"))
            try await scene.hearing.hear(try Self.closed(phone: nil))
            #expect(try await scene.store.list(ListCallbacks()).count == 1)
            try await scene.store.database.execute("UPDATE callback SET broken_at = now() - interval '31 days'")
            try await scene.hearing.hear(try Self.closed())
            #expect(try await scene.store.list(ListCallbacks()).count == 2)
        }
    }

    @Test("C-06 C-07 Who asks not to be called is not surveyed any more, and the survey says so")
    func listedMeanwhile() async throws {
        try await CallbackScene.run { scene in
            try await scene.hearing.hear(try Self.closed())
            let requests = scene.requests()
            let number = try PhoneNumber(parsing: "+79990000001")
            _ = try await scene.store.database.transaction {
                try await requests.setDoNotCall(
                    SetDoNotCall(number: number, isListed: true, operatorID: "operator1"), in: $0)
            }
            #expect(try await scene.isAnythingDue == false)
            #expect(try await scene.hearing.announced(SurveyFinished.self).map(\.state) == [.notReached])
            // Nor is a number that the line refuses.
            try await scene.hearing.hear(try Self.closed(phone: "+79990000009"))
            let dial = try await scene.claimNext(.voice)
            try await scene.store.withdraw(dial, reason: "own-number", rules: CallbackScene.rules())
            #expect(try await scene.hearing.announced(SurveyFinished.self).map(\.state).last == .notReached)
            #expect(try await scene.hearing.announced(SurveyFinished.self).count == 2)
            #expect(try await scene.store.doNotCall().map(\.number) == [number])
        }
    }

    @Test("C-06 What was answered counts, also when the survey was withdrawn meanwhile")
    func withdrawnMeanwhile() async throws {
        try await CallbackScene.run { scene in
            var dials: [DialCitizen] = []
            for phone in ["+79990000001", "+79990000002"] {
                try await scene.hearing.hear(try Self.closed(phone: phone))
                let dial = try await scene.claimNext(.voice)
                try await scene.hearing.hear(CallbackScene.finished(dial, .answered))
                let requests = scene.requests()
                _ = try await scene.store.database.transaction {
                    try await requests.setDoNotCall(
                        SetDoNotCall(number: dial.number, isListed: true, operatorID: "operator1"), in: $0)
                }
                dials.append(dial)
            }
            #expect(try await scene.hearing.announced(SurveyFinished.self).map(\.state) == [.notReached, .notReached])
            try await scene.hearing.hear(try Self.voice(dials[0], .hungUp, [("consent", "1"), ("resolved", "3")]))
            try await scene.hearing.hear(try Self.voice(dials[1], .hungUp, []))
            let told = try await scene.hearing.announced(SurveyFinished.self)
            #expect(told.count == 3 && told.last?.state == .partial && told.last?.isLow == true)
        }
    }

    @Test("C-06 A version is asked as it was registered: other questions need another version")
    func versions() async throws {
        try await CallbackScene.run { scene in
            let changed = Questionnaire(
                version: Questionnaire.standard.version,
                questions: Array(Questionnaire.standard.questions.prefix(2)), farewell: ["goodbye"])
            let isAccepted = try await CallbackStore.register(changed, in: scene.store.database)
            #expect(!isAccepted)
            let new = Questionnaire(version: "2027-1", questions: changed.questions, farewell: changed.farewell)
            for next in [new, .standard] {
                let isAccepted = try await CallbackStore.register(next, in: scene.store.database)
                #expect(isAccepted)
            }
        }
    }
}
