import Contracts
import Foundation
import Testing
import Vocabulary

@testable import CallbackDialer

/// What calls that speak by themselves say, and what their keys mean.
@Suite struct VoiceRulesTests {
    private let rules = CallbackScene.rules(hours: "09:00-21:00")
    /// Saturday 2026-11-21 at noon in Saratov (UTC+4).
    private let noon = Date(timeIntervalSince1970: 1_795_248_000)

    private func answers(_ keys: [(String, String)]) -> [VoiceAnswer] {
        keys.map { VoiceAnswer(question: $0.0, key: $0.1, at: self.noon) }
    }

    @Test(
        "A key means what was said, silence after a reminder is no cancellation, and who hung up is called again",
        arguments: [
            (CallbackKind.appointmentReminder, VoiceEnd.completed, "1", VoiceChoice.willCome, true),
            (.appointmentReminder, .completed, "2", .cancels, true),
            (.appointmentReminder, .silent, nil, .heard, true),
            (.appointmentReminder, .hungUp, nil, nil, false),
            (.appointmentReminder, .toOperator, "0", .asksOperator, false),
            (.appealOutcome, .completed, "1", .understood, true),
            (.appealOutcome, .silent, nil, nil, false),
            (.appealOutcome, .hungUp, nil, nil, false),
            (.appealOutcome, .toOperator, "0", .asksOperator, false),
            (.waitingListOffer, .completed, "1", .accepts, true),
            (.waitingListOffer, .completed, "2", .declines, true),
            (.waitingListOffer, .silent, nil, nil, false),
            (.survey, .completed, "2", nil, true),
            (.survey, .silent, nil, nil, true),
            (.survey, .hungUp, nil, nil, true),
        ] as [(CallbackKind, VoiceEnd, String?, VoiceChoice?, Bool)])
    func choices(kind: CallbackKind, end: VoiceEnd, key: String?, choice: VoiceChoice?, isOver: Bool) {
        let answers = key.map { self.answers([("any", $0)]) } ?? []
        #expect(VoiceDecision.of(kind, end, answers) == VoiceDecision(choice: choice, isOver: isOver))
    }

    @Test("C-06 The questionnaire tells completed, partial and refused apart, and low marks from others")
    func questionnaire() {
        let questions = Questionnaire.standard
        #expect(questions.fault == nil)
        let all = [("consent", "1"), ("resolved", "1"), ("operator", "5"), ("organization", "4")]
        #expect(questions.state(self.answers(all)) == .completed && !questions.isLow(self.answers(all)))
        #expect(questions.state(self.answers(Array(all.prefix(2)))) == .partial)
        for refusal in [[], [("consent", "2")], [("consent", "1")]] {
            #expect(questions.state(self.answers(refusal)) == .refused && !questions.isLow(self.answers(refusal)))
        }
        for low in [("resolved", "3"), ("operator", "1"), ("operator", "2"), ("organization", "2")] {
            #expect(questions.isLow(self.answers([("consent", "1"), low])))
        }
        #expect(!questions.isLow(self.answers([("consent", "1"), ("resolved", "2"), ("operator", "3")])))
    }

    @Test("C-06 An answer after which nothing more is asked completes the survey")
    func finalAnswer() {
        let questions = Questionnaire(
            version: "test",
            questions: [
                .init(
                    name: "resolved", title: "Решён", prompts: ["survey-resolved"], keys: ["1": "Да", "3": "Нет"],
                    final: ["1"]),
                .init(name: "why", title: "Почему", prompts: ["survey-operator"], keys: ["1": "1", "2": "2"]),
            ], farewell: [])
        #expect(questions.state(self.answers([("resolved", "1")])) == .completed)
        #expect(questions.state(self.answers([("resolved", "3")])) == .partial)
        #expect(questions.state(self.answers([("resolved", "3"), ("why", "1")])) == .completed)
    }

    @Test("C-06 The script asks what the questionnaire says and stops after a refusal")
    func surveyScript() {
        let script = Questionnaire.standard.script
        #expect(script.fault == nil && script.questions.map(\.name) == Questionnaire.standard.questions.map(\.name))
        #expect(script.questions[0].keys == ["1": .onward, "2": .end])
        #expect(script.questions[2].keys.count == 5 && script.questions[2].keys.values.allSatisfy { $0 == .onward })
    }

    @Test("A visit is named by the clock of the region")
    func moments() throws {
        // 2026-11-30 20:45 UTC is 2026-12-01 00:45 in Saratov.
        let visit = try Self.visit(at: Date(timeIntervalSince1970: 1_796_071_500))
        let said = CallbackScene.scripts.reminder(of: visit, hasCard: true).questions[0]
        #expect(
            said.prompts == [
                "reminder", "day-1", "month-12", "hour-0", "minute-45", "reminder-keys", "operator-key",
            ])
        #expect(said.keys == ["1": .end, "2": .end, "0": .toOperator])
        let noCard = CallbackScene.scripts.reminder(
            of: try Self.visit(at: Date(timeIntervalSince1970: 1_796_068_800)), hasCard: false
        ).questions[0]
        #expect(noCard.prompts == ["reminder", "day-1", "month-12", "hour-0", "reminder-keys"])
        #expect(noCard.keys == ["1": .end, "2": .end])
        for script in [CallbackScene.scripts.offer(of: visit), CallbackScene.scripts.appealOutcome] {
            #expect(script.fault == nil)
        }
    }

    @Test("Every word that a voice says has a prompt, for every moment of a year")
    func prompts() throws {
        struct Manifest: Decodable {
            struct Prompt: Decodable { let name: String }
            let prompts: [Prompt]
        }
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Services/Line122/Prompts/prompts.json")
        let known = Set(
            try JSONDecoder().decode(Manifest.self, from: Data(contentsOf: file)).prompts.map(\.name))
        var scripts = [CallbackScene.scripts.appealOutcome, Questionnaire.standard.script]
        for hour in 0..<(366 * 24) {
            let visit = try Self.visit(at: self.noon.addingTimeInterval(Double(hour) * 3600 + Double(hour % 60) * 60))
            scripts += [
                CallbackScene.scripts.reminder(of: visit, hasCard: true), CallbackScene.scripts.offer(of: visit),
            ]
        }
        let said = Set(scripts.flatMap { $0.questions.flatMap(\.prompts) + $0.farewell })
        #expect(said.subtracting(known).isEmpty)
        // All days, months, hours and minutes, and the words between.
        #expect(said.count > 31 + 12 + 24 + 59)
    }

    static func visit(at moment: Date) throws -> Visit {
        Visit(
            clinicID: "1", clinicName: "Поликлиника № 1", specialityID: "2", specialityName: "Терапевт", doctorID: "3",
            doctorName: "Иванова А. А.", slotID: "\(moment.timeIntervalSince1970)", startsAt: moment, room: "12")
    }

    @Test("A reminder comes the day before, in calling hours, not right after the booking, and not too late")
    func reminders() throws {
        let phone = try PhoneNumber(parsing: "+79990000001")
        func due(_ hours: Double, booked: Date? = nil) throws -> CallbackRules.Decision {
            self.rules.reminder(
                try Self.visit(at: self.noon.addingTimeInterval(hours * 3600)), phone, at: booked ?? self.noon,
                isListed: false)
        }
        #expect(try due(72) == .dial(attempt: 1, dueAt: self.noon.addingTimeInterval(48 * 3600)))
        // 24 hours before eight in the morning is before calling hours: at nine.
        #expect(try due(68) == .dial(attempt: 1, dueAt: self.noon.addingTimeInterval(45 * 3600)))
        // Booked for tomorrow at this hour: six hours after the booking.
        #expect(try due(20) == .dial(attempt: 1, dueAt: self.noon.addingTimeInterval(6 * 3600)))
        // Booked for this evening: who has just booked needs no reminder.
        #expect(try due(7) == .nothing)
        let listed = self.rules.reminder(
            try Self.visit(at: self.noon.addingTimeInterval(72 * 3600)), phone, at: self.noon, isListed: true)
        #expect(listed == .finish(.withdrawn, reason: "do-not-call"))
    }

    @Test("X-04 A reminder for which nobody may be called the day before comes earlier, or is written")
    func remindersOverDaysOff() throws {
        var rules = CallbackScene.rules(hours: "09:00-21:00", days: .working)
        let phone = try PhoneNumber(parsing: "+79990000001")
        let day: TimeInterval = 86_400
        func due(_ days: Double, booked: Double) throws -> CallbackRules.Decision {
            rules.reminder(
                try Self.visit(at: self.noon.addingTimeInterval(days * day - 7200)), phone,
                at: self.noon.addingTimeInterval(booked * day), isListed: false)
        }
        // Monday at ten, booked on Wednesday: Friday at ten.
        #expect(try due(2, booked: -3) == .dial(attempt: 1, dueAt: self.noon.addingTimeInterval(-day - 7200)))
        // Booked on Friday at noon: the same evening, six hours later.
        #expect(try due(2, booked: -1) == .dial(attempt: 1, dueAt: self.noon.addingTimeInterval(-day + 6 * 3600)))
        // Booked on Saturday: nobody may be called any more, so it is written.
        #expect(try due(2, booked: 0) == .finish(.exhausted, reason: nil))
        #expect(try due(2, booked: 1.7) == .nothing, "who has just booked needs no reminder")
        // The evening before is after hours: in the morning of that day.
        rules = CallbackScene.rules(hours: "09:00-21:00")
        rules.reminderLead = 12 * 3600
        #expect(try due(3, booked: 0) == .dial(attempt: 1, dueAt: self.noon.addingTimeInterval(2 * day - 10_800)))
    }

    @Test("X-04 Nobody is dialled when a hold is nearly over, at first or again")
    func holds() throws {
        let phone = try PhoneNumber(parsing: "+79990000001")
        let until = self.noon.addingTimeInterval(600)
        func arisen(_ seconds: TimeInterval) -> CallbackRules.Decision {
            let now = self.noon.addingTimeInterval(seconds)
            return self.rules.arisen(.waitingListOffer, phone, at: now, isListed: false, until: until)
        }
        #expect(arisen(0) == .dial(attempt: 1, dueAt: self.noon))
        #expect(arisen(520) == .nothing)
        func next(_ seconds: TimeInterval) -> CallbackRules.Decision {
            self.rules.attempted(
                .waitingListOffer, 1, made: 1, .busy, at: self.noon.addingTimeInterval(seconds),
                arisenAt: self.noon, until: until)
        }
        #expect(next(60) == .dial(attempt: 2, dueAt: self.noon.addingTimeInterval(180)))
        #expect(next(400) == .finish(.exhausted, reason: nil))
    }

    @Test("C-06 A survey is no duty: who is listed or cannot be called is not surveyed, silently")
    func surveysAreNoDuty() throws {
        let phone = try PhoneNumber(parsing: "+79990000001")
        #expect(self.rules.arisen(.survey, phone, at: self.noon, isListed: true) == .nothing)
        #expect(self.rules.arisen(.survey, nil, at: self.noon, isListed: false) == .nothing)
        // An hour after the card was closed; in the evening the next morning.
        #expect(
            self.rules.arisen(.survey, phone, at: self.noon, isListed: false)
                == .dial(attempt: 1, dueAt: self.noon.addingTimeInterval(3600)))
        #expect(
            self.rules.arisen(.survey, phone, at: self.noon.addingTimeInterval(8.5 * 3600), isListed: false)
                == .dial(attempt: 1, dueAt: self.noon.addingTimeInterval(21 * 3600)))
        // C-05: telling the outcome is one.
        #expect(
            self.rules.arisen(.appealOutcome, phone, at: self.noon, isListed: true)
                == .dial(attempt: 1, dueAt: self.noon))
        #expect(self.rules.rule(.appealOutcome).giveUp == .task)
    }
}
