import Contracts
import Foundation
import Messaging
import Postgres
import Vocabulary

/// What reports count, from the rows of the callbacks themselves.
extension CallbackStore {
    /// - Throws: `Refusal`; see `ReportPeriod`.
    func indicators(_ request: GetCallbackIndicators) async throws -> GetCallbackIndicators.Answer {
        let period = try ReportPeriod(from: request.from, to: request.to)
        let results = try await self.database.pipeline([
            """
            SELECT kind, count(*), count(*) FILTER (WHERE state = 'open'), count(*) FILTER (WHERE state = 'reached'),
                count(*) FILTER (WHERE state = 'exhausted'), count(*) FILTER (WHERE state = 'withdrawn'),
                count(*) FILTER (WHERE reason = 'called-in')
            FROM callback WHERE broken_at >= \(period.from) AND broken_at < \(period.to) GROUP BY kind ORDER BY kind
            """,
            // From the exchange's event to the moment at which it had taken the order. What it refused dialled nobody, and
            // of an attempt whose outcome nobody learned it is not known whether anything rang: neither is a dial (C-02).
            // A number that nobody can dial, and a citizen who called in, or was spoken with, within the 15 seconds and before
            // a dial, are no failure. Who is not dialled yet counts from the moment at which they are over.
            """
            WITH broken AS (
                SELECT callback.id, broken_at, joined_at, state, reason, finished_at,
                    coalesce(allowed_attempts, \(Int32(CallbackRules.minimumAttempts))) AS allowed,
                    (SELECT min(accepted_at) FROM dial_attempt WHERE callback_id = callback.id) AS dialled_at,
                    (SELECT count(*) FROM dial_attempt
                        WHERE callback_id = callback.id AND accepted_at IS NOT NULL AND outcome <> 'unknown') AS dials
                FROM callback
                WHERE kind = 'brokenCall' AND broken_at >= \(period.from) AND broken_at < \(period.to)
            ), due AS (
                SELECT *, state = 'exhausted' AND allowed >= \(Int32(CallbackRules.minimumAttempts))
                    OR state = 'reached' AND dials > 1 AS is_due_twice
                FROM broken WHERE dialled_at IS NOT NULL
                    OR state = 'exhausted'
                    -- an order that is on its way is judged by what becomes of it
                    OR state = 'open' AND broken_at + interval '15 seconds' < now() AND NOT EXISTS (
                        SELECT FROM dial_attempt WHERE callback_id = broken.id
                            AND dial_attempt.state = 'requested' AND dial_attempt.decided_at IS NOT NULL)
                    OR reason IN ('called-in', 'served') AND broken_at + interval '15 seconds' < finished_at
            )
            SELECT count(*), count(*) FILTER (WHERE dialled_at <= broken_at + interval '15 seconds'),
                count(*) FILTER (WHERE is_due_twice), count(*) FILTER (WHERE is_due_twice AND dials > 1),
                max(extract(epoch FROM dialled_at - broken_at))::float8,
                percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM joined_at - broken_at)::float8)
            FROM due
            """,
            // A promise is kept by the conversation; one that was taken back in time was none.
            """
            SELECT count(*), count(*) FILTER (WHERE joined_at IS NOT NULL) FROM callback
            WHERE kind = 'deferredAnswer' AND place_at >= \(period.from) AND place_at < \(period.to)
              AND place_at <= now() AND (state <> 'withdrawn' OR finished_at > place_at)
            """,
        ])
        let kinds = try results[0].compactMap { row -> GetCallbackIndicators.Kind? in
            let (kind, arisen, open, reached, exhausted, withdrawn, calledIn) = try row.decode(
                String.self, Int64.self, Int64.self, Int64.self, Int64.self, Int64.self, Int64.self)
            return CallbackKind(rawValue: kind).map {
                GetCallbackIndicators.Kind(
                    kind: $0, arisen: Int(arisen), open: Int(open), reached: Int(reached), exhausted: Int(exhausted),
                    withdrawn: Int(withdrawn), calledIn: Int(calledIn))
            }
        }
        guard let broken = results[1].first, let promises = results[2].first else {
            throw RequestError(kind: .malformed, request: GetCallbackIndicators.type)
        }
        let (count, inTime, dueTwice, twice, slowest, joined) = try broken.decode(
            Int64.self, Int64.self, Int64.self, Int64.self, Double?.self, Double?.self)
        let (due, kept) = try promises.decode(Int64.self, Int64.self)
        return GetCallbackIndicators.Answer(
            kinds: kinds, broken: Int(count), dialledInTime: Int(inTime), dueTwice: Int(dueTwice),
            dialledTwice: Int(twice), slowestDial: slowest, medianJoined: joined, promisesDue: Int(due),
            promisesKept: Int(kept))
    }

    /// - Throws: `Refusal`; see `ReportPeriod`.
    func surveyResults(_ request: GetSurveyResults) async throws -> GetSurveyResults.Answer {
        let period = try ReportPeriod(from: request.from, to: request.to)
        let (organization, person) = (request.organizationID, request.operatorID)
        let results = try await self.database.pipeline([
            """
            SELECT questionnaire, content, state, count(*), count(*) FILTER (WHERE is_low)
            FROM survey JOIN questionnaire ON version = questionnaire
            WHERE finished_at >= \(period.from) AND finished_at < \(period.to)
              AND (\(organization)::text IS NULL OR organization_id = \(organization))
              AND (\(person)::text IS NULL OR operator_id = \(person))
            GROUP BY questionnaire, content, state ORDER BY questionnaire
            """,
            """
            SELECT questionnaire, question, key, count(*) FROM survey JOIN survey_answer USING (callback_id)
            WHERE finished_at >= \(period.from) AND finished_at < \(period.to)
              AND (\(organization)::text IS NULL OR organization_id = \(organization))
              AND (\(person)::text IS NULL OR operator_id = \(person))
            GROUP BY questionnaire, question, key
            """,
        ])
        var counts: [String: [String: [String: Int]]] = [:]
        for row in results[1] {
            let (version, question, key, count) = try row.decode(String.self, String.self, String.self, Int64.self)
            counts[version, default: [:]][question, default: [:]][key] = Int(count)
        }
        var answer: [GetSurveyResults.Results] = []
        for row in results[0] {
            let (version, content, state, count, low) = try row.decode(
                String.self, PostgresJSON<Questionnaire>.self, String.self, Int64.self, Int64.self)
            if answer.last?.questionnaire != version {
                answer.append(
                    GetSurveyResults.Results(
                        questionnaire: version, states: [:], low: 0,
                        questions: content.value.results(counts[version] ?? [:])))
            }
            answer[answer.count - 1].states[state] = Int(count)
            answer[answer.count - 1].low += Int(low)
        }
        return answer
    }

    /// The numbers that are not to be called, newest first; at most 500.
    func doNotCall() async throws -> ListDoNotCall.Answer {
        try await self.database.query(
            "SELECT number, listed_at, listed_by FROM do_not_call ORDER BY listed_at DESC LIMIT 500"
        ).map { row in
            let (number, at, by) = try row.decode(String.self, Date.self, String.self)
            return ListDoNotCall.Entry(number: try PhoneNumber(parsing: number), listedAt: at, listedBy: by)
        }
    }
}

extension Questionnaire {
    /// Counted answers in the order of the questions.
    func results(_ counts: [String: [String: Int]]) -> [GetSurveyResults.Question] {
        self.questions.filter { $0.isConsent != true }.map { question in
            let marks = question.keys.sorted { $0.key < $1.key }.map { key, title in
                GetSurveyResults.Mark(key: key, title: title, count: counts[question.name]?[key] ?? 0)
            }
            let total = marks.reduce(0) { $0 + $1.count }
            let sum = marks.reduce(0) { $0 + (Int($1.key) ?? 0) * $1.count }
            return GetSurveyResults.Question(
                name: question.name, title: question.title, marks: marks,
                mean: question.isScale == true && total > 0 ? Double(sum) / Double(total) : nil)
        }
    }
}
