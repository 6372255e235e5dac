import Contracts
import Foundation
import Messaging
import Postgres
import Vocabulary

/// The callbacks: opening, ending, scheduling and reading them. What is dialled is in `CallbackStore+Dials`.
struct CallbackStore: Sendable {
    /// The channel that wakes the dialling loop.
    static let channel = "dial_attempt"

    let database: PostgresPool

    // MARK: Opening

    struct NewCallback: Sendable {
        let id: UUID
        let kind: CallbackKind
        /// The call whose card goes on; the card itself for one without a call.
        let callID: UUID
        let number: PhoneNumber?
        /// Who is to speak with the citizen, if that matters.
        let operatorID: String?
        var promisedBy: String?
        let arisenAt: Date
        /// When the event of the break was heard; nil for other reasons.
        var heardAt: Date?
        /// Since when the citizen has waited.
        let placeAt: Date
        let decision: CallbackRules.Decision
        var allowedAttempts: Int?
        var instruction: String?
        /// When the line itself decided to dial for the first time.
        var dialledAt: Date?
        /// What a voice speaks about.
        var appealID: UUID?
        var bookingID: UUID?
        var visit: Visit?
        /// Nobody is dialled after.
        var until: Date?

        /// For a call that is over.
        init(_ kind: CallbackKind, after call: CallEnded, _ decision: CallbackRules.Decision) {
            self.id = CallbackIdentity.callback(of: call.callID)
            self.kind = kind
            self.callID = call.callID
            self.number = call.caller.number
            self.operatorID = call.operatorID
            self.arisenAt = CallbackRules.moment(of: call)
            self.heardAt = call.brokenHeardAt
            self.placeAt = call.receivedAt
            self.decision = decision
            self.dialledAt = kind == .brokenCall ? call.dialledBackAt : nil
        }

        /// For a promise.
        init(_ request: ScheduleCallback, at now: Date) {
            self.id = request.callbackID
            self.kind = .deferredAnswer
            self.callID = request.callID
            self.number = request.number
            self.operatorID = request.isPersonal ? request.operatorID : nil
            self.promisedBy = request.operatorID
            self.arisenAt = now
            self.placeAt = request.at
            self.decision = .dial(attempt: 1, dueAt: request.at)
            self.allowedAttempts = request.attempts
            let instruction = TypedText.visible(request.instruction ?? "").trimmingCharacters(
                in: .whitespacesAndNewlines)
            self.instruction = instruction.isEmpty ? nil : instruction
        }

        /// For a call that speaks by itself.
        init(
            _ kind: CallbackKind, id: UUID, callID: UUID, number: PhoneNumber?, operatorID: String?, at now: Date,
            _ decision: CallbackRules.Decision
        ) {
            self.id = id
            self.kind = kind
            self.callID = callID
            self.number = number
            self.operatorID = operatorID
            self.arisenAt = now
            self.placeAt = now
            self.decision = decision
        }

        var firstDue: Date? {
            guard case .dial(_, let due) = self.decision else { return nil }
            return due
        }

        var state: CallbackState {
            guard case .finish(let state, _) = self.decision else { return .open }
            return state
        }

        var reason: String? {
            guard case .finish(_, let reason) = self.decision else { return nil }
            return reason
        }

        /// nil when nobody is dialled.
        var firstAttempt: Attempt? {
            guard let firstDue else { return nil }
            let subject = CallbackStore.subject(self.kind, callback: self.id, call: self.callID)
            return Attempt(
                id: CallbackIdentity.attempt(of: subject, 1), callback: self.id, number: 1, due: firstDue,
                lane: DialLane(self.kind, operatorID: self.operatorID), startedAt: self.dialledAt)
        }

        /// The event that tells of it.
        var event: any Event {
            if let firstDue, let number {
                let limit = self.arisenAt.addingTimeInterval(CallbackRules.firstDialLimit)
                var event = CallbackRequested(
                    callbackID: self.id, callID: self.callID, number: number, operatorID: self.operatorID,
                    brokenAt: self.arisenAt, firstDialDue: self.kind == .brokenCall ? limit : firstDue, kind: self.kind)
                event.appealID = self.appealID
                return event
            }
            var event = CallbackFinished(
                callbackID: self.id, callID: self.callID, number: self.state == .exhausted ? self.number : nil,
                operatorID: self.operatorID, state: self.state, reason: self.reason, attempts: 0, finishedAt: Date(),
                kind: self.kind)
            event.appealID = self.appealID
            event.visit = self.visit
            return event
        }
    }

    /// What the ids of attempts are made of. call-intake dials the first one after a break by itself and names it by
    /// the call.
    static func subject(_ kind: CallbackKind, callback: UUID, call: UUID) -> UUID {
        switch kind {
        case .brokenCall, .requested, .abandonedWait: call
        default: callback
        }
    }

    /// Opens callbacks that are not known yet. One for a wait that was given up is not opened while the same number
    /// is to be called back anyway (C-07): the open one is for this wait too. A survey is not opened when the number was asked within `surveyPause` seconds.
    /// - Returns: those that were opened.
    static func open(
        _ new: [NewCallback], surveyPause: TimeInterval = 0, in transaction: Transaction
    ) async throws -> [NewCallback] {
        let new = Self.withoutNeedless(new)
        guard !new.isEmpty else { return [] }
        let fresh = try await Self.insert(new, surveyPause: surveyPause, in: transaction)
        let opened = new.filter { fresh.contains($0.id) }
        try Self.renew(for: new.filter { $0.kind == .abandonedWait && !fresh.contains($0.id) }, in: transaction)
        try await Self.schedule(opened.compactMap(\.firstAttempt), in: transaction)
        return opened
    }

    /// - Returns: the ids of those that are new.
    private static func insert(
        _ new: [NewCallback], surveyPause: TimeInterval, in transaction: Transaction
    ) async throws -> Set<UUID> {
        let visits = try new.map { try $0.visit.map(Self.json) }
        let allowed = new.map { $0.allowedAttempts.map(Int32.init(clamping:)) }
        let rows = try await transaction.query(
            """
            INSERT INTO callback (id, kind, call_id, number, extension, operator_id, state, reason, broken_at, place_at,
                first_due_at, allowed_attempts, instruction, promised_by, appeal_id, booking_id, visit, until, heard_at, finished_at)
            SELECT id, kind, call_id, number, extension, operator_id, state, reason, at, place_at, first_due, allowed, instruction,
                promised_by, appeal_id, booking_id, visit::jsonb, until, heard_at, CASE WHEN state <> 'open' THEN now() END
            FROM unnest(\(new.map(\.id)), \(new.map(\.kind.rawValue)), \(new.map(\.callID)),
                \(new.map(\.number?.e164)), \(new.map(\.number?.extensionDigits)), \(new.map(\.operatorID)), \(new.map(\.state.rawValue)),
                \(new.map(\.reason)), \(new.map(\.arisenAt)), \(new.map(\.placeAt)), \(new.map(\.firstDue)),
                \(allowed), \(new.map(\.instruction)), \(new.map(\.promisedBy)), \(new.map(\.appealID)), \(new.map(\.bookingID)), \(visits),
                \(new.map(\.until)), \(new.map(\.heardAt)))
                AS new (id, kind, call_id, number, extension, operator_id, state, reason, at, place_at, first_due, allowed,
                    instruction, promised_by, appeal_id, booking_id, visit, until, heard_at)
            WHERE NOT (kind = 'abandonedWait' AND EXISTS (
                    SELECT FROM callback AS other WHERE other.number = new.number AND other.state = 'open'
                        AND other.kind IN ('brokenCall', 'requested', 'abandonedWait')))
                AND NOT (kind = 'survey' AND EXISTS (
                    SELECT FROM callback AS other WHERE other.number = new.number AND other.kind = 'survey'
                        AND other.broken_at > now() - make_interval(secs => \(surveyPause))))
            ON CONFLICT DO NOTHING RETURNING id
            """)
        return try self.ids(rows)
    }

    /// The open callbacks to citizens who gave up waiting once more.
    private static func renew(for waits: [NewCallback], in transaction: Transaction) throws {
        guard !waits.isEmpty else { return }
        try transaction.queue([
            """
            UPDATE callback SET renewed_at = greatest(renewed_at, new.at)
            FROM unnest(\(waits.map { $0.number?.e164 }), \(waits.map(\.arisenAt))) AS new (number, at)
            WHERE callback.number = new.number AND state = 'open' AND broken_at < new.at
              AND kind IN ('brokenCall', 'requested', 'abandonedWait')
            """
        ])
    }

    private static func json(_ visit: Visit) throws -> String {
        String(decoding: try MessageCoding.encoder.encode(visit), as: UTF8.self)
    }

    /// Of waits that were given up, and of surveys, one for each number: two that arise in one transaction do not see
    /// each other in the table. The last one, since contacts in between may have made the others needless.
    private static func withoutNeedless(_ new: [NewCallback]) -> [NewCallback] {
        let new = new.filter { $0.decision != .nothing }
        var last: [CallbackKind: [String: NewCallback]] = [.abandonedWait: [:], .survey: [:]]
        for callback in new {
            guard let number = callback.number?.e164, let known = last[callback.kind] else { continue }
            if (known[number]?.arisenAt ?? .distantPast) < callback.arisenAt { last[callback.kind]?[number] = callback }
        }
        return new.filter { callback in
            guard let number = callback.number?.e164, let kept = last[callback.kind]?[number] else { return true }
            return kept.id == callback.id
        }
    }

    /// Which of the numbers are on the do-not-call list.
    static func listed(_ numbers: [PhoneNumber], in transaction: Transaction) async throws -> Set<String> {
        guard !numbers.isEmpty else { return [] }
        let rows = try await transaction.query(
            "SELECT number FROM do_not_call WHERE number = ANY(\(numbers.map(\.e164)))")
        return Set(try rows.map { try $0.decode("number", as: String.self) })
    }

    /// A number as the table keeps it; nil for none.
    static func number(_ e164: String?, extension tones: String?) -> PhoneNumber? {
        e164.flatMap { e164 in try? PhoneNumber(parsing: tones.map { "\(e164);ext=\($0)" } ?? e164) }
    }

    /// Of rows with a column `id`.
    static func ids(_ rows: some Sequence<PostgresRow>) throws -> Set<UUID> {
        Set(try rows.map { try $0.decode("id", as: UUID.self) })
    }

    /// The operator who promised a callback; nil for other kinds.
    static func promisedBy(_ id: UUID, in transaction: Transaction) async throws -> String? {
        try await transaction.query("SELECT promised_by FROM callback WHERE id = \(id)").first?.decode(
            "promised_by", as: String?.self)
    }

    // MARK: Ending

    /// A citizen does not want to be called.
    static func withdrawListed(
        _ number: PhoneNumber, kinds: [String], in transaction: Transaction
    ) async throws -> [any Event] {
        let rows = try await transaction.query(
            "SELECT id FROM callback WHERE state = 'open' AND number = \(number.e164) AND kind = ANY(\(kinds))")
        return try await self.end(try self.ids(rows), .withdrawn, reason: "do-not-call", in: transaction)
    }

    /// Citizens who were called back speak with operators: that is what their callbacks were for.
    static func joined(
        _ calls: [(callbackID: UUID, at: Date)], in transaction: Transaction
    ) async throws -> [any Event] {
        guard !calls.isEmpty else { return [] }
        let ids = Set(calls.map(\.callbackID))
        let known = try await transaction.query("SELECT id FROM callback WHERE id = ANY(\(Array(ids)))")
        // call-intake dials the first attempt by itself when the dialer is away: the conversation may be told first.
        guard known.count == ids.count else {
            throw RetryLater(reason: "the callback is not opened yet", after: .seconds(1))
        }
        try await transaction.execute(
            """
            UPDATE callback SET joined_at = new.at
            FROM unnest(\(calls.map(\.callbackID)), \(calls.map(\.at))) AS new (id, at)
            WHERE callback.id = new.id AND joined_at IS NULL
            """)
        return try await self.end(ids, .reached, reason: nil, in: transaction)
    }

    /// Ends those of the callbacks that are open.
    /// - Returns: the events that tell of it.
    static func end(
        _ ids: Set<UUID>, _ state: CallbackState, reason: String?, in transaction: Transaction
    ) async throws -> [any Event] {
        guard !ids.isEmpty else { return [] }
        let rows = try await transaction.query(
            """
            UPDATE callback SET state = \(state.rawValue), reason = \(reason), finished_at = now()
            WHERE state = 'open' AND id = ANY(\(Array(ids)))
            RETURNING id, call_id, number, extension, operator_id, kind, finished_at, appeal_id, visit::text,
                (SELECT count(*) FROM dial_attempt WHERE callback_id = callback.id AND started_at IS NOT NULL)
            """)
        // A statement of its own: whoever had the row before us may just have added an attempt, which the one above
        // does not see.
        try await transaction.execute(
            """
            UPDATE dial_attempt SET state = 'cancelled'
            WHERE callback_id = ANY(\(Array(ids))) AND state IN ('scheduled', 'requested') AND started_at IS NULL
            """)
        let surveys = state == .reached ? [] : try await self.endSurveys(notReached: ids, in: transaction)
        let finished = try rows.map { row in
            let (id, callID, number, tones, operatorID, kind, finishedAt, appealID, visit, attempts) = try row.decode(
                UUID.self, UUID.self, String?.self, String?.self, String?.self, String.self, Date.self, UUID?.self,
                String?.self,
                Int64.self)
            var event = CallbackFinished(
                callbackID: id, callID: callID, number: self.number(number, extension: tones),
                operatorID: operatorID, state: state, reason: reason, attempts: Int(attempts),
                finishedAt: finishedAt, kind: CallbackKind(rawValue: kind))
            event.appealID = appealID
            event.visit = try visit.map { try MessageCoding.decoder.decode(Visit.self, from: Data($0.utf8)) }
            return event
        }
        return surveys + finished
    }

    // MARK: Reading

    func list(_ filter: ListCallbacks) async throws -> [CallbackView] {
        // There are thousands of voices that are to speak some day, and few callbacks by people.
        let byPeople: PostgresQuery = """
            SELECT id FROM callback
            WHERE state = 'open' AND kind IN ('brokenCall', 'requested', 'abandonedWait', 'deferredAnswer')
            ORDER BY broken_at DESC LIMIT 200
            """
        let calls = (filter.callIDs ?? []) + (filter.callID.map { [$0] } ?? [])
        let rows = try await self.database.query(
            filter.needsOperator == true
                ? byPeople
                : """
                SELECT id FROM callback
                WHERE (\(calls.isEmpty) AND \(filter.appealID)::uuid IS NULL
                    OR call_id = ANY(\(calls)) OR appeal_id = \(filter.appealID))
                  AND (\(filter.state?.rawValue)::text IS NULL OR state = \(filter.state?.rawValue))
                ORDER BY broken_at DESC LIMIT 200
                """)
        let ids = try rows.map { try $0.decode("id", as: UUID.self) }
        let results = try await self.database.pipeline(Self.read(ids))
        return try Self.views(results[0], attempts: results[1])
    }

    static func view(_ id: UUID, in transaction: Transaction) async throws -> CallbackView? {
        let results = try await transaction.pipeline(self.read([id]))
        return try self.views(results[0], attempts: results[1]).first
    }

    private static func read(_ ids: [UUID]) -> [PostgresQuery] {
        [
            """
            SELECT id, call_id, kind, state, reason, operator_id, broken_at, heard_at, decided_at, joined_at, finished_at,
                appeal_id, choice
            FROM callback WHERE id = ANY(\(ids)) ORDER BY broken_at DESC
            """,
            """
            SELECT callback_id, number, due_at, decided_at, started_at, accepted_at, ringing_at, finished_at, outcome
            FROM dial_attempt
            WHERE callback_id = ANY(\(ids)) ORDER BY number
            """,
        ]
    }

    private static func views(_ rows: PostgresRows, attempts attemptRows: PostgresRows) throws -> [CallbackView] {
        var attempts: [UUID: [CallbackView.Attempt]] = [:]
        for row in attemptRows {
            let (callback, number, due, decided, started, accepted, ringing, finished, outcome) = try row.decode(
                UUID.self, Int32.self, Date.self, Date?.self, Date?.self, Date?.self, Date?.self, Date?.self,
                String?.self)
            var attempt = CallbackView.Attempt(
                number: Int(number), dueAt: due, startedAt: started, finishedAt: finished,
                outcome: outcome.flatMap(DialOutcome.init(rawValue:)))
            attempt.decidedAt = decided
            attempt.acceptedAt = accepted
            attempt.ringingAt = ringing
            attempts[callback, default: []].append(attempt)
        }
        return try rows.compactMap { row in
            let (
                id, callID, kind, state, reason, operatorID, brokenAt, heardAt, decidedAt, joinedAt, finishedAt,
                appealID, choice
            ) =
                try row.decode(
                    UUID.self, UUID.self, String.self, String.self, String?.self, String?.self, Date.self, Date?.self,
                    Date.self, Date?.self, Date?.self, UUID?.self, String?.self)
            guard let state = CallbackState(rawValue: state) else { return nil }
            var view = CallbackView(
                callbackID: id, callID: callID, state: state, reason: reason, brokenAt: brokenAt,
                attempts: attempts[id] ?? [])
            view.kind = CallbackKind(rawValue: kind)
            view.operatorID = operatorID
            view.heardAt = heardAt
            view.decidedAt = decidedAt
            view.joinedAt = joinedAt
            view.finishedAt = finishedAt
            view.appealID = appealID
            view.choice = choice.flatMap(VoiceChoice.init(rawValue:))
            return view
        }
    }
}
