import Contracts
import Foundation
import Messaging
import MessagingTestSupport
import Postgres
import Testing
import Vocabulary

@testable import Journal

/// Telling citizens what was done, closing cards, surveys and tasks.
@Suite(.timeLimit(.minutes(10))) struct OutcomeTests {
    private static func answered(_ id: UUID, _ choice: VoiceChoice, telling: Int = 1) -> CallbackAnswered {
        CallbackAnswered(
            callbackID: CallbackIdentity.callback(.appealOutcome, about: id, telling), kind: .appealOutcome,
            appealID: id, bookingID: nil, choice: choice, answeredAt: Date())
    }

    private static func finished(_ id: UUID, _ state: CallbackState = .exhausted, opensTask: Bool, telling: Int = 1)
        -> CallbackFinished
    {
        var event = CallbackFinished(
            callbackID: CallbackIdentity.callback(.appealOutcome, about: id, telling), callID: id, number: nil,
            operatorID: "operator1", state: state, reason: nil,
            attempts: 3, finishedAt: Date(), kind: .appealOutcome)
        event.appealID = id
        event.opensTask = opensTask
        return event
    }

    @Test("C-05 A card is not closed before the citizen was told; how and when is on the card")
    func closing() async throws {
        try await JournalScene.run { scene in
            let card = try await scene.done()
            #expect(try await scene.refusal { try await scene.close(card.appealID) } == "not-told")
            let told = try await scene.tell(card.appealID, .conversation)
            #expect(told.outcome?.channel == .conversation && told.outcome?.toldAt != nil)
            #expect(told.history.last?.text == "О принятых мерах сообщено в разговоре")
            let closed = try await scene.close(card.appealID)
            #expect(closed.state == .closed && closed.history.last?.by == "admin1")
            let event = try #require(try await scene.hearing.announced(AppealClosed.self).first)
            #expect(event.phone == AppealCard.sample.phone && event.operatorID == "operator1")
            for refused in [
                try await scene.refusal { try await scene.close(card.appealID) },
                try await scene.refusal { try await scene.tell(card.appealID, .letter) },
                try await scene.refusal { try await scene.save(card.appealID, revision: closed.revision) },
            ] { #expect(refused == "appeal-closed") }
        }
    }

    @Test("C-05 The table itself keeps a card from being closed untold")
    func constraint() async throws {
        try await JournalScene.run { scene in
            let card = try await scene.done()
            let error = await #expect(throws: PostgresError.self) {
                try await scene.database.execute("UPDATE appeal SET state = 'closed' WHERE id = \(card.appealID)")
            }
            #expect(error?.constraintName == "appeal_closed_when_told")
        }
    }

    @Test("C-05 A voice has told it when the citizen has understood, not when the call was made")
    func voice() async throws {
        try await JournalScene.run { scene in
            let card = try await scene.done()
            let asked = try await scene.tell(card.appealID, .voice)
            #expect(asked.outcome?.channel == .voice && asked.outcome?.toldAt == nil)
            #expect(try await scene.refusal { try await scene.close(card.appealID) } == "not-told")
            try await scene.hearing.hear(Self.answered(card.appealID, .asksOperator))
            #expect(try await scene.refusal { try await scene.close(card.appealID) } == "not-told")
            try await scene.hearing.hear(Self.answered(card.appealID, .understood))
            #expect(try await scene.close(card.appealID).outcome?.toldAt != nil)
            // Asked once more, it is another telling.
            let ready = try await scene.hearing.announced(AppealOutcomeReady.self)
            #expect(ready.map(\.revision) == [1] && ready.first?.phone == AppealCard.sample.phone)
        }
    }

    @Test("C-05 What was told no longer holds when the measures change")
    func changedMeasures() async throws {
        try await JournalScene.run { scene in
            let card = try await scene.done()
            _ = try await scene.tell(card.appealID, .letter)
            var fields = card.card
            fields.address = "ул. Ленина, 1"
            let same = try await scene.save(card.appealID, revision: 1, fields, measuresDone: true)
            #expect(same.outcome?.channel == .letter)
            fields.measures = "Приём перенесён"
            let changed = try await scene.save(card.appealID, revision: 2, fields, measuresDone: true)
            #expect(changed.outcome == nil && changed.state == .measuresTaken)
            _ = try await scene.tell(card.appealID, .voice)
            let again = try await scene.save(card.appealID, revision: 3, fields)
            #expect(again.outcome == nil && again.state == .inWork)
            // The citizen presses 1 for measures that are not those of the card any more.
            try await scene.hearing.hear(Self.answered(card.appealID, .understood))
            let view: AppealView = try await scene.hearing.ask(GetAppeal(appealID: card.appealID))
            #expect(view.outcome == nil)
            let withdrawn = try await scene.hearing.announced(AppealOutcomeWithdrawn.self)
            #expect(withdrawn.map(\.appealID) == [card.appealID] && withdrawn.map(\.revision) == [1])
        }
    }

    @Test(
        "C-05 A voice is withdrawn when it is told otherwise or the number changes; an old answer counts for nothing new"
    )
    func withdrawnVoice() async throws {
        try await JournalScene.run { scene in
            let card = try await scene.done()
            func told() async throws -> AppealView.Outcome? {
                let view: AppealView = try await scene.hearing.ask(GetAppeal(appealID: card.appealID))
                return view.outcome
            }
            _ = try await scene.tell(card.appealID, .voice)
            #expect(try await scene.refusal { try await scene.tell(card.appealID, .voice) } == "voice-pending")
            // The number was wrong: whoever has it does not confirm for the citizen.
            var fields = card.card
            fields.phone = try PhoneNumber(parsing: "+79990000055")
            let changed = try await scene.save(card.appealID, revision: 1, fields, measuresDone: true)
            #expect(changed.outcome == nil)
            _ = try await scene.tell(card.appealID, .voice)
            try await scene.hearing.hear(Self.answered(card.appealID, .understood, telling: 1))
            #expect(try await told()?.toldAt == nil)
            // The operator speaks with the citizen before the voice does.
            _ = try await scene.tell(card.appealID, .conversation)
            let withdrawn = try await scene.hearing.announced(AppealOutcomeWithdrawn.self)
            #expect(withdrawn.map(\.revision) == [1, 2])
            #expect(try await scene.hearing.announced(AppealOutcomeReady.self).map(\.phone.e164).last == "+79990000055")
            #expect(try await told()?.channel == .conversation)
            #expect(try await scene.refusal { try await scene.tell(card.appealID, .voice) } == "already-told")
            #expect(try await told()?.toldAt != nil)
        }
    }

    @Test("C-05 After a voice that told nobody it is chosen again how it is told")
    func voiceThatToldNobody() async throws {
        try await JournalScene.run { scene in
            let card = try await scene.done().appealID
            _ = try await scene.tell(card, .voice)
            try await scene.hearing.hear(Self.finished(card, opensTask: true))
            let view: AppealView = try await scene.hearing.ask(GetAppeal(appealID: card))
            #expect(view.outcome == nil && view.state == .measuresTaken)
            _ = try await scene.tell(card, .voice)
            // Told late, it says nothing of the second voice.
            try await scene.hearing.hear(Self.finished(card, opensTask: false))
            let again: AppealView = try await scene.hearing.ask(GetAppeal(appealID: card))
            #expect(again.outcome?.channel == .voice)
            #expect(try await scene.hearing.announced(AppealOutcomeReady.self).map(\.revision) == [1, 2])
        }
    }

    @Test("C-05 Telling that makes no sense is refused and says what to do")
    func refusals() async throws {
        try await JournalScene.run { scene in
            let draft = try await scene.open().appealID
            #expect(try await scene.refusal { try await scene.tell(draft, .letter) } == "not-registered")
            let work = try await scene.registered().appealID
            #expect(try await scene.refusal { try await scene.tell(work, .letter) } == "measures-missing")
            let noPhone = try await scene.done { $0.phone = nil }.appealID
            #expect(try await scene.refusal { try await scene.tell(noPhone, .voice) } == "phone-missing")
            #expect(try await scene.tell(noPhone, .nobody).outcome?.toldAt != nil)
            let named = try await scene.done().appealID
            #expect(try await scene.refusal { try await scene.tell(named, .nobody) } == "somebody-to-tell")
            #expect(try await scene.refusal { try await scene.tell(UUID(), .letter) } == "no-such-appeal")
            let anonymous = try await scene.done {
                $0.isAnonymous = true
                $0.applicant = nil
            }.appealID
            #expect(try await scene.tell(anonymous, .nobody).outcome?.channel == .nobody)
            // Who did not say a name is not called by a survey.
            _ = try await scene.close(anonymous)
            #expect(try await scene.hearing.announced(AppealClosed.self).first?.phone == nil)
        }
    }

    // MARK: Surveys

    @Test("R-704 C-06 A low mark leaves the card closed, as it was, and is a task for the administrator")
    func lowMark() async throws {
        try await JournalScene.run { scene in
            let closed = [try await scene.closed(), try await scene.closed()]
            let before = try await Self.row(closed[0].appealID, scene)
            for (card, isLow) in zip(closed, [true, false]) {
                try await scene.hearing.hear(
                    SurveyFinished(
                        callbackID: UUID(), appealID: card.appealID, state: .completed, isLow: isLow,
                        finishedAt: Date()))
            }
            #expect(try await Self.row(closed[0].appealID, scene) == before)
            let low = try await scene.hearing.ask(GetAppeal(appealID: closed[0].appealID))
            #expect(low.state == .closed && low.outcome?.channel == .conversation)
            #expect(
                low.history.suffix(2).map(\.text) == ["Опрос: низкая оценка", "Задача: Низкая оценка в опросе"])
            let good = try await scene.hearing.ask(GetAppeal(appealID: closed[1].appealID))
            #expect(good.state == .closed && good.history.last?.text == "Опрос пройден")
            // Whoever has it open learns of it; nothing was changed.
            let noted = try await scene.hearing.announced(AppealNoted.self).suffix(2)
            #expect(noted.map(\.appealID) == closed.map(\.appealID))
            #expect(try await scene.hearing.announced(AppealChanged.self).isEmpty)
            let tasks = try await scene.hearing.ask(ListTasks())
            #expect(tasks.map(\.kind) == [.lowMark] && tasks.map(\.appealID) == [closed[0].appealID])
            #expect(tasks.first?.operatorID == nil)
            #expect(try await scene.hearing.ask(ListTasks(operatorID: "operator1")).isEmpty)
            // Nobody writes in it, whoever has the telephone.
            #expect(
                try await scene.refusal { try await scene.save(closed[0].appealID, revision: low.revision) }
                    == "appeal-closed")
        }
    }

    /// All columns of a card.
    private static func row(_ id: UUID, _ scene: JournalScene) async throws -> String {
        try #require(
            try await scene.database.query("SELECT to_jsonb(appeal)::text AS row FROM appeal WHERE id = \(id)").first
        ).decode("row")
    }

    // MARK: Tasks

    @Test("C-02 C-05 Who was not reached becomes a task, which only its operator or one in charge finishes")
    func tasks() async throws {
        try await JournalScene.run { scene in
            let card = try await scene.done().appealID
            try await scene.hearing.hear(Self.finished(card, opensTask: true))
            try await scene.hearing.hear(Self.finished(card, opensTask: false))
            let tasks: [TaskView] = try await scene.hearing.ask(ListTasks(operatorID: "operator1"))
            #expect(tasks.map(\.kind) == [.callCitizen])
            let task = try #require(tasks.first?.taskID)
            func finish(_ id: UUID, _ operatorID: String, isInCharge: Bool = false) async throws -> String? {
                do {
                    _ = try await scene.hearing.ask(
                        FinishTask(taskID: id, operatorID: operatorID, isInCharge: isInCharge))
                    return nil
                } catch let refusal as Refusal {
                    return refusal.errorID
                }
            }
            #expect(try await finish(task, "operator2") == "not-yours")
            #expect(try await finish(UUID(), "operator1") == "no-such-task")
            #expect(try await finish(task, "operator2", isInCharge: true) == nil)
            #expect(try await finish(task, "operator1") == nil)
            let left: [TaskView] = try await scene.hearing.ask(ListTasks())
            #expect(left.isEmpty)
            let view: AppealView = try await scene.hearing.ask(GetAppeal(appealID: card))
            #expect(view.history.count(where: { $0.text == "Задача выполнена: Дозвониться до гражданина" }) == 1)
        }
    }

    @Test("C-02 The task is whose the card is by now, not whose it was")
    func taskFollowsCard() async throws {
        try await JournalScene.run { scene in
            let card = try await scene.done().appealID
            let call = SampleCall(callbackID: UUID(), originalCallID: card)
            try await scene.hearing.hear(call.answered(by: "operator9"))
            try await scene.hearing.hear(Self.finished(card, opensTask: true))
            let tasks: [TaskView] = try await scene.hearing.ask(ListTasks(operatorID: "operator9"))
            #expect(tasks.map(\.appealID) == [card])
            // It goes on with the card: who has lost it could not do it.
            try await scene.hearing.hear(
                SampleCall(callbackID: UUID(), originalCallID: card).answered(by: "operator7"))
            let left: [TaskView] = try await scene.hearing.ask(ListTasks(operatorID: "operator9"))
            let now: [TaskView] = try await scene.hearing.ask(ListTasks(operatorID: "operator7"))
            #expect(left.isEmpty && now.map(\.operatorID) == ["operator7"])
            let id = try #require(now.first).taskID
            let refusal = await #expect(throws: Refusal.self) {
                let _: Done = try await scene.hearing.ask(
                    FinishTask(taskID: id, operatorID: "operator9", isInCharge: false))
            }
            #expect(refusal?.errorID == "not-yours")
            let _: Done = try await scene.hearing.ask(
                FinishTask(taskID: id, operatorID: "operator7", isInCharge: false))
        }
    }

    @Test("C-05 What was told is what the operator saw: a card that somebody else has changed is told anew")
    func toldOfFormerMeasures() async throws {
        try await JournalScene.run { scene in
            let card = try await scene.done()
            var fields = card.card
            fields.measures = "Приём перенесён"
            let changed: AppealView = try await scene.hearing.ask(
                SaveAppeal(
                    appealID: card.appealID, revision: card.revision, card: fields, measuresDone: true,
                    operatorID: "admin1", isInCharge: true))
            let noted = try await scene.hearing.announced(AppealNoted.self)
            #expect(noted.map(\.operatorID) == ["operator1"], "whose card it is sees what somebody else saved")
            func tell(_ revision: Int) async throws -> AppealView {
                try await scene.tell(card.appealID, .conversation, revision: revision)
            }
            #expect(try await scene.refusal { try await tell(card.revision) } == "revision-differs")
            #expect(try await tell(changed.revision).outcome?.toldAt != nil)
        }
    }

    @Test(
        "C-05 A voice that led to an operator has told nothing: how it is told is chosen again, and the page learns it")
    func operatorInsteadOfVoice() async throws {
        try await JournalScene.run { scene in
            let card = try await scene.done().appealID
            _ = try await scene.tell(card, .voice)
            try await scene.hearing.hear(Self.answered(card, .asksOperator))
            #expect(try await scene.refusal { try await scene.tell(card, .voice) } == "voice-pending")
            let before = try await scene.hearing.announced(AppealNoted.self).count
            try await scene.hearing.hear(Self.finished(card, .reached, opensTask: false))
            let view: AppealView = try await scene.hearing.ask(GetAppeal(appealID: card))
            #expect(view.outcome == nil)
            #expect(try await scene.hearing.announced(AppealNoted.self).count > before)
            #expect(try await scene.tell(card, .conversation).outcome?.toldAt != nil)
        }
    }

    @Test("B-03 X-04 A visit that the МИС does not cancel is a task on its card")
    func visitNotCancelled() async throws {
        try await JournalScene.run { scene in
            let card = try await scene.registered().appealID
            var failed = BookingFailed(
                bookingID: UUID(), appealID: card, operatorID: "operator1", state: .manual, refusal: nil,
                failedAt: Date())
            failed.isCancelling = true
            try await scene.hearing.hear(failed)
            let tasks: [TaskView] = try await scene.hearing.ask(ListTasks(operatorID: "operator1"))
            #expect(tasks.map(\.kind) == [.cancelVisit])
            let view: AppealView = try await scene.hearing.ask(GetAppeal(appealID: card))
            #expect(
                view.history.suffix(2).map(\.text) == [
                    "МИС не подтвердила отмену записи: отмените её вручную", "Задача: Отменить запись в МИС",
                ])
        }
    }

    @Test("C-03 Who speaks about a card that is closed gets a new one, for nothing can be written in the old")
    func callbackAboutClosedCard() async throws {
        try await JournalScene.run { scene in
            let call = SampleCall()
            try await scene.hearing.hear(call.received, call.answered(), call.ended(.completedByCaller))
            let summary = try #require(try await scene.hearing.ask(ListAppeals(callID: call.id)).first)
            var fields = AppealCard.sample
            fields.measures = "Записана к терапевту"
            let card = try await scene.save(summary.appealID, fields, measuresDone: true)
            _ = try await scene.tell(card.appealID, .conversation)
            let closed = try await scene.close(card.appealID)
            // A reminder names the call of the card, one without a call the card itself.
            for original in [call.id, card.appealID] {
                let callback = SampleCall(callbackID: UUID(), originalCallID: original)
                try await scene.hearing.hear(callback.answered(by: "operator9"))
                let own = try await scene.hearing.ask(ListAppeals(operatorID: "operator9", callID: callback.id))
                #expect(own.count == 1 && own.first?.state == .draft)
                let view: AppealView = try await scene.hearing.ask(
                    GetAppeal(appealID: try #require(own.first).appealID))
                #expect(
                    view.history.map(\.text) == ["Карточка открыта: перезвон, прежняя № \(card.number ?? "") закрыта"])
                #expect(view.aboutID == card.appealID && view.aboutNumber == card.number)
            }
            let after = try await scene.hearing.ask(GetAppeal(appealID: card.appealID))
            #expect(after.history.count == closed.history.count + 2 && after.history.last?.text == AppealStore.linked)
            #expect(try await scene.count("appeal") == 3)
        }
    }

    @Test("A voice that led to an operator goes on with the card, also one that no call opened")
    func operatorAfterVoice() async throws {
        try await JournalScene.run { scene in
            let card = try await scene.done().appealID
            let call = SampleCall(callbackID: UUID(), originalCallID: card)
            try await scene.hearing.hear(call.answered(by: "operator9"))
            let view: AppealView = try await scene.hearing.ask(GetAppeal(appealID: card))
            #expect(view.operatorID == "operator9" && view.history.last?.text == "Разговор продолжен: перезвон")
            #expect(try await scene.count("appeal") == 1)
        }
    }

    @Test("What a voice heard is on the card; a reminder without a card is nobody's entry")
    func history() async throws {
        try await JournalScene.run { scene in
            let card = try await scene.registered().appealID
            for appeal in [card, nil] {
                var requested = CallbackRequested(
                    callbackID: UUID(), callID: UUID(), number: try PhoneNumber(parsing: "+79990000001"),
                    operatorID: nil, brokenAt: Date(), firstDialDue: Date(), kind: .appointmentReminder)
                requested.appealID = appeal
                try await scene.hearing.hear(requested)
                try await scene.hearing.hear(
                    CallbackAnswered(
                        callbackID: UUID(), kind: .appointmentReminder, appealID: appeal, bookingID: UUID(),
                        choice: .cancels, answeredAt: Date()))
            }
            let view: AppealView = try await scene.hearing.ask(GetAppeal(appealID: card))
            #expect(
                view.history.suffix(2).map(\.text) == [
                    "Назначено напоминание о приёме", "Напоминание: абонент отменяет запись",
                ])
        }
    }
}
