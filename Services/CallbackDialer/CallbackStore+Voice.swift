import Contracts
import Foundation
import Messaging
import Postgres

/// What calls that speak by themselves came to, and surveys (C-06).
extension CallbackStore {
    /// The attempt of a voice and the callback that it belongs to.
    private struct Spoken {
        let callback: UUID
        let kind: CallbackKind
        let number: Int
        let appealID: UUID?
        let bookingID: UUID?
    }

    /// Voices have said what they could: keeps the answers, ends what is over, plans the rest.
    static func spoken(
        _ voices: [VoiceFinished], rules: CallbackRules, in transaction: Transaction
    ) async throws -> [any Event] {
        let attempts = try await self.attempts(of: voices, in: transaction)
        var events: [any Event] = []
        var over: Set<UUID> = []
        var again: [Failed] = []
        var choices: [(callback: UUID, choice: VoiceChoice)] = []
        for voice in voices {
            guard let attempt = attempts[voice.attemptID] else { continue }
            let decision = VoiceDecision.of(attempt.kind, try voice.$end.known(), voice.answers)
            if let choice = decision.choice {
                choices.append((attempt.callback, choice))
                events.append(
                    CallbackAnswered(
                        callbackID: attempt.callback, kind: attempt.kind, appealID: attempt.appealID,
                        bookingID: attempt.bookingID, choice: choice, answeredAt: voice.finishedAt))
            }
            if decision.isOver {
                over.insert(attempt.callback)
            } else if voice.end != .toOperator {
                again.append(
                    Failed(
                        callback: attempt.callback, number: attempt.number, outcome: .noAnswer, at: voice.finishedAt))
            }
        }
        try transaction.queue([
            """
            UPDATE dial_attempt SET voice = new.voice
            FROM unnest(\(voices.map(\.attemptID)), \(voices.map(\.$end.word))) AS new (id, voice)
            WHERE dial_attempt.id = new.id
            """,
            """
            UPDATE callback SET choice = new.choice
            FROM unnest(\(choices.map(\.callback)), \(choices.map(\.choice.rawValue))) AS new (id, choice)
            WHERE callback.id = new.id
            """,
        ])
        let surveys = voices.filter { attempts[$0.attemptID]?.kind == .survey }
        events += try await self.keepSurveys(surveys, in: transaction)
        events += try await self.end(over, .reached, reason: nil, in: transaction)
        return events + (try await self.failed(again, rules: rules, in: transaction))
    }

    /// - Throws: `RetryLater` while the answer of a dial is not known: two subjects tell of one call.
    private static func attempts(
        of voices: [VoiceFinished], in transaction: Transaction
    ) async throws -> [UUID: Spoken] {
        let rows = try await transaction.query(
            """
            SELECT dial_attempt.id, callback.id, kind, dial_attempt.number, appeal_id, booking_id
            FROM dial_attempt JOIN callback ON callback.id = callback_id
            WHERE dial_attempt.id = ANY(\(voices.map(\.attemptID))) AND dial_attempt.state = 'finished'
            """)
        let known = try rows.compactMap { row -> (UUID, Spoken)? in
            let (id, callback, kind, number, appealID, bookingID) = try row.decode(
                UUID.self, UUID.self, String.self, Int32.self, UUID?.self, UUID?.self)
            guard let kind = CallbackKind(rawValue: kind) else { return nil }
            return (
                id,
                Spoken(callback: callback, kind: kind, number: Int(number), appealID: appealID, bookingID: bookingID)
            )
        }
        guard known.count == Set(voices.map(\.attemptID)).count else {
            throw RetryLater(reason: "the answer of the dial is not known yet", after: .seconds(1))
        }
        return Dictionary(known, uniquingKeysWith: { first, _ in first })
    }

    // MARK: Surveys

    /// Keeps the questions under their version.
    /// - Returns: false when the version was used for other questions.
    static func register(_ questionnaire: Questionnaire, in database: PostgresPool) async throws -> Bool {
        try await database.execute(
            """
            INSERT INTO questionnaire (version, content) VALUES (\(questionnaire.version), \(PostgresJSON(questionnaire)))
            ON CONFLICT DO NOTHING
            """)
        let row = try await database.query(
            "SELECT content FROM questionnaire WHERE version = \(questionnaire.version)"
        ).first
        return try row?.decode("content", as: PostgresJSON<Questionnaire>.self).value == questionnaire
    }

    /// Opens the surveys of callbacks that were opened.
    static func openSurveys(
        _ closed: [(callback: UUID, appeal: AppealClosed)], _ questionnaire: Questionnaire, in transaction: Transaction
    ) throws {
        guard !closed.isEmpty else { return }
        try transaction.queue([
            """
            INSERT INTO survey (callback_id, questionnaire, appeal_id, operator_id, organization_id, topic)
            SELECT id, \(questionnaire.version), appeal_id, operator_id, organization_id, topic
            FROM unnest(\(closed.map(\.callback)), \(closed.map(\.appeal.appealID)), \(closed.map(\.appeal.operatorID)),
                \(closed.map(\.appeal.organizationID)), \(closed.map(\.appeal.$topic.word)))
                AS new (id, appeal_id, operator_id, organization_id, topic)
            ON CONFLICT DO NOTHING
            """
        ])
    }

    private static func keepSurveys(
        _ voices: [VoiceFinished], in transaction: Transaction
    ) async throws -> [any Event] {
        guard !voices.isEmpty else { return [] }
        let rows = try await transaction.query(
            """
            SELECT callback_id, appeal_id, content, state IS NOT NULL FROM survey
            JOIN questionnaire ON version = questionnaire
            WHERE callback_id = ANY(\(voices.map(\.callbackID))) AND (state IS NULL OR state = 'notReached')
            """)
        let byCallback = Dictionary(voices.map { ($0.callbackID, $0) }, uniquingKeysWith: { first, _ in first })
        let finished = try rows.compactMap { row -> (survey: SurveyFinished, answers: [VoiceAnswer])? in
            let (callback, appeal, content, isOver) = try row.decode(
                UUID.self, UUID.self, PostgresJSON<Questionnaire>.self, Bool.self)
            guard let voice = byCallback[callback] else { return nil }
            // Withdrawn while the citizen was answering: what was answered counts, silence changes nothing.
            if isOver, content.value.results(voice.answers).isEmpty { return nil }
            let survey = SurveyFinished(
                callbackID: callback, appealID: appeal, state: content.value.state(voice.answers),
                isLow: content.value.isLow(voice.answers), finishedAt: voice.finishedAt)
            return (survey, voice.answers)
        }
        let answers = finished.flatMap { entry in entry.answers.map { (entry.survey.callbackID, $0) } }
        try transaction.queue([
            """
            INSERT INTO survey_answer (callback_id, question, key, answered_at)
            SELECT * FROM unnest(\(answers.map(\.0)), \(answers.map(\.1.question)), \(answers.map(\.1.key)),
                \(answers.map(\.1.at)))
            ON CONFLICT DO NOTHING
            """
        ])
        try self.finish(finished.map(\.survey), in: transaction)
        return finished.map(\.survey)
    }

    /// Those of the callbacks that were surveys: nobody answered the telephone, or they were withdrawn.
    static func endSurveys(
        notReached callbacks: Set<UUID>, in transaction: Transaction
    ) async throws -> [any Event] {
        let rows = try await transaction.query(
            """
            UPDATE survey SET state = 'notReached', finished_at = now()
            WHERE callback_id = ANY(\(Array(callbacks))) AND state IS NULL RETURNING callback_id, appeal_id, finished_at
            """)
        return try rows.map { row in
            let (callback, appeal, at) = try row.decode(UUID.self, UUID.self, Date.self)
            return SurveyFinished(
                callbackID: callback, appealID: appeal, state: .notReached, isLow: false, finishedAt: at)
        }
    }

    private static func finish(_ surveys: [SurveyFinished], in transaction: Transaction) throws {
        try transaction.queue([
            """
            UPDATE survey SET state = new.state, is_low = new.is_low, finished_at = new.at
            FROM unnest(\(surveys.map(\.callbackID)), \(surveys.map(\.$state.word)), \(surveys.map(\.isLow)),
                \(surveys.map(\.finishedAt))) AS new (id, state, is_low, at)
            WHERE callback_id = new.id
            """
        ])
    }

    // MARK: Ends that come by themselves

    /// Withdraws what was to be said about visits that are cancelled.
    static func withdraw(bookings: [UUID], in transaction: Transaction) async throws -> [any Event] {
        let rows = try await transaction.query(
            "SELECT id FROM callback WHERE state = 'open' AND booking_id = ANY(\(bookings))")
        return try await self.end(
            try self.ids(rows), .withdrawn, reason: "booking-cancelled", in: transaction)
    }

    /// Ends what is too late now. Who could not be reminded by voice is written to.
    func expire(rules: CallbackRules) async throws {
        try await self.database.transaction { transaction in
            let rows = try await transaction.query(
                """
                SELECT id, kind = 'appointmentReminder' AS is_reminder FROM callback
                WHERE state = 'open' AND until <= now() ORDER BY until LIMIT 500 FOR UPDATE SKIP LOCKED
                """)
            let reminders = try rows.filter { try $0.decode("is_reminder", as: Bool.self) }
            let others = try rows.filter { try !$0.decode("is_reminder", as: Bool.self) }
            try transaction.outbox.append(
                try await Self.end(try Self.ids(others), .withdrawn, reason: "expired", in: transaction))
            try transaction.outbox.append(
                try await Self.end(try Self.ids(reminders), .exhausted, reason: nil, in: transaction)
                    .map(rules.givingUp))
        }
    }

    func nextExpiry() async throws -> Date? {
        try await self.database.query(
            "SELECT until FROM callback WHERE state = 'open' AND until IS NOT NULL ORDER BY until LIMIT 1"
        ).first?.decode("until", as: Date.self)
    }
}
