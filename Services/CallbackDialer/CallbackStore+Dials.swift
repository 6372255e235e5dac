import Contracts
import Foundation
import Messaging
import Postgres
import Vocabulary

/// The attempts to reach citizens.
extension CallbackStore {
    /// A replica that asked for a dial and died is replaced after this many seconds; the attempt keeps its id, and
    /// call-intake dials it once.
    private static let claimSeconds = 10.0

    // MARK: What happened

    struct Attempt: Sendable {
        let id: UUID
        let callback: UUID
        let number: Int
        let due: Date
        let lane: DialLane
        /// When the line decided by itself to dial.
        var startedAt: Date?
    }

    static func schedule(_ attempts: [Attempt], in transaction: Transaction) async throws {
        guard !attempts.isEmpty else { return }
        try transaction.queue([
            """
            INSERT INTO dial_attempt (id, callback_id, number, state, started_at, decided_at, due_at, place_at, lane)
            SELECT new.id, callback_id, new.number, CASE WHEN started IS NULL THEN 'scheduled' ELSE 'requested' END,
                started, started, due,
                -- Nobody waits for a voice: what is to be said some day must not stand before what is due now. What has
                -- an end, a reminder or an offer, stands before what can be said tomorrow.
                CASE WHEN new.lane = 'voice'
                    THEN due - CASE WHEN until IS NULL THEN interval '0' ELSE interval '1 hour' END ELSE least(due, coalesce(callback.place_at, broken_at)) END,
                new.lane
            FROM unnest(\(attempts.map(\.id)), \(attempts.map(\.callback)),
                \(attempts.map { Int32(clamping: $0.number) }), \(attempts.map(\.due)),
                \(attempts.map(\.lane.rawValue)), \(attempts.map(\.startedAt)))
                AS new (id, callback_id, number, due, lane, started)
            JOIN callback ON callback.id = callback_id
            ON CONFLICT DO NOTHING
            """,
            "SELECT pg_notify(\(Self.channel), '')",
        ])
    }

    /// Notes that the exchange has taken dials. The first attempt after a break, which call-intake makes by itself, may not be
    /// known yet: then its outcome brings the same stamps.
    static func started(_ dials: some Collection<DialStarted>, in transaction: Transaction) async throws {
        // Of one attempt the last word: it has all that the first one had.
        let dials = Dictionary(dials.map { ($0.attemptID, $0) }, uniquingKeysWith: { $1 }).values
        try await transaction.execute(
            """
            UPDATE dial_attempt AS known SET started_at = new.at, decided_at = coalesce(new.decided, decided_at),
                -- An older call-intake does not say when the exchange had it, but told of the order at once.
                accepted_at = least(accepted_at, coalesce(new.accepted, new.at)),
                state = CASE WHEN state = 'finished' THEN state ELSE 'requested' END
            FROM unnest(\(dials.map(\.attemptID)), \(dials.map(\.startedAt)), \(dials.map(\.acceptedAt)),
                \(dials.map(\.decidedAt))) AS new (id, at, accepted, decided)
            WHERE known.id = new.id
            """)
    }

    /// Notes outcomes and does what the rules decide. A citizen who answered is reached when an operator is there.
    static func finished(
        _ dials: some Collection<DialFinished>, rules: CallbackRules, in transaction: Transaction
    ) async throws -> [any Event] {
        try dials.forEach { try $0.$outcome.known() }
        let byAttempt = Dictionary(dials.map { ($0.attemptID, $0) }, uniquingKeysWith: { _, last in last })
        let known = try await transaction.query("SELECT id FROM dial_attempt WHERE id = ANY(\(Array(byAttempt.keys)))")
        // call-intake starts the first attempt by itself: its outcome may overtake the call that it belongs to.
        guard known.count == byAttempt.count else {
            throw RetryLater(reason: "the callback is not opened yet", after: .seconds(1))
        }
        let rows = try await transaction.query(
            """
            UPDATE dial_attempt AS known
            SET state = 'finished', outcome = new.outcome, started_at = coalesce(new.started, known.started_at),
                accepted_at = least(known.accepted_at, new.accepted), ringing_at = new.ringing,
                finished_at = new.finished, call_id = new.call_id, claimed_until = NULL
            FROM unnest(\(dials.map(\.attemptID)), \(dials.map(\.$outcome.word)), \(dials.map(\.startedAt)),
                \(dials.map(\.acceptedAt)), \(dials.map(\.ringingAt)), \(dials.map(\.finishedAt)),
                \(dials.map(\.callID))) AS new (id, outcome, started, accepted, ringing, finished, call_id)
            WHERE known.id = new.id AND known.state <> 'finished'
            RETURNING known.id, known.callback_id, known.number
            """)
        let failed = try rows.compactMap { row -> Failed? in
            let (attempt, callback, number) = try row.decode(UUID.self, UUID.self, Int32.self)
            guard let dial = byAttempt[attempt], let outcome = dial.outcome, outcome != .answered else { return nil }
            return Failed(callback: callback, number: Int(number), outcome: outcome, at: dial.finishedAt)
        }
        return try await self.failed(failed, rules: rules, in: transaction)
    }

    /// Citizens answered and left before an operator was there: as if nobody had answered.
    static func leftAlone(
        _ calls: [(callbackID: UUID, callID: UUID, at: Date)], rules: CallbackRules, in transaction: Transaction
    ) async throws -> [any Event] {
        guard !calls.isEmpty else { return [] }
        let rows = try await transaction.query(
            """
            SELECT call_id, number FROM dial_attempt WHERE call_id = ANY(\(calls.map(\.callID)))
            """)
        let numbers = Dictionary(
            try rows.map { try $0.decode(UUID.self, Int32.self) }, uniquingKeysWith: { first, _ in first })
        guard numbers.count == calls.count else {
            throw RetryLater(reason: "the answer of the dial is not known yet", after: .seconds(1))
        }
        return try await self.failed(
            calls.compactMap { call in
                numbers[call.callID].map {
                    Failed(callback: call.callbackID, number: Int($0), outcome: .noAnswer, at: call.at)
                }
            }, rules: rules, in: transaction)
    }

    struct Failed {
        let callback: UUID
        let number: Int
        let outcome: DialOutcome
        let at: Date
    }

    /// The next attempt of each, or its end.
    static func failed(
        _ attempts: [Failed], rules: CallbackRules, in transaction: Transaction
    ) async throws -> [any Event] {
        guard !attempts.isEmpty else { return [] }
        let rows = try await transaction.query(
            """
            UPDATE callback SET attempts = (
                SELECT count(*) FROM dial_attempt
                WHERE callback_id = callback.id AND dial_attempt.state = 'finished' AND outcome <> 'unknown')
            WHERE id = ANY(\(attempts.map(\.callback))) AND state = 'open'
            RETURNING callback.id, call_id, kind, operator_id, broken_at, attempts, allowed_attempts, until
            """)
        let byCallback = Dictionary(
            attempts.map { ($0.callback, $0) }, uniquingKeysWith: { $0.number > $1.number ? $0 : $1 })
        var next: [Attempt] = []
        /// The ends of those that are over, by reason: nil for attempts that are used up.
        var over: [String?: Set<UUID>] = [:]
        for row in rows {
            let (id, callID, kind, operatorID, brokenAt, made, allowed, until) = try row.decode(
                UUID.self, UUID.self, String.self, String?.self, Date.self, Int32.self, Int32?.self, Date?.self)
            guard let kind = CallbackKind(rawValue: kind), let attempt = byCallback[id] else { continue }
            switch rules.attempted(
                kind, attempt.number, made: Int(made), attempt.outcome, at: attempt.at, arisenAt: brokenAt,
                allowed: allowed.map(Int.init), until: until)
            {
            case .dial(let number, let due):
                let subject = self.subject(kind, callback: id, call: callID)
                next.append(
                    Attempt(
                        id: CallbackIdentity.attempt(of: subject, number), callback: id, number: number, due: due,
                        lane: DialLane(kind, operatorID: operatorID)))
            case .finish(_, let reason): over[reason, default: []].insert(id)
            case .nothing: break
            }
        }
        try await self.schedule(next, in: transaction)
        var events: [any Event] = []
        for (reason, ids) in over {
            events += try await self.end(
                ids, reason == nil ? .exhausted : .withdrawn, reason: reason, in: transaction
            ).map(rules.givingUp)
        }
        return events
    }

    // MARK: Dialling

    enum ClaimOrder {
        /// Who has waited longest comes first.
        case place
        /// Whoever was asked about longest ago comes first.
        case lastAsked

        fileprivate var sql: String {
            switch self {
            case .place: "dial_attempt.place_at"
            case .lastAsked: "claimed_until NULLS FIRST, dial_attempt.place_at"
            }
        }
    }

    /// Claims attempts that are due; replicas share them.
    /// - Parameters:
    ///   - scripts: what a voice says.
    ///   - personalWait: seconds after the promised time within which a promise waits for its operator.
    func claimDue(
        _ lane: DialLane, limit: Int, order: ClaimOrder = .place, scripts: VoiceScripts, personalWait: TimeInterval
    ) async throws -> [DialCitizen] {
        try await self.database.query(
            """
            WITH due AS (
                SELECT dial_attempt.id FROM dial_attempt JOIN callback ON callback.id = callback_id
                WHERE dial_attempt.state IN ('scheduled', 'requested') AND started_at IS NULL
                  AND lane = \(lane.rawValue) AND dial_attempt.place_at <= now()
                  AND coalesce(claimed_until, due_at) <= now() AND callback.state = 'open'
                ORDER BY \(unsafeSQL: order.sql) LIMIT \(Int64(limit)) FOR UPDATE OF dial_attempt SKIP LOCKED
            )
            UPDATE dial_attempt AS attempt
            SET state = 'requested', claimed_until = now() + make_interval(secs => \(Self.claimSeconds))
            FROM due, callback
            WHERE attempt.id = due.id AND callback.id = attempt.callback_id
            RETURNING attempt.id, callback.id, callback.number, callback.extension, callback.operator_id, callback.call_id, callback.kind,
                callback.place_at, callback.visit::text, callback.appeal_id IS NOT NULL, (SELECT content::text FROM questionnaire JOIN survey
                    ON questionnaire = version WHERE callback_id = callback.id)
            """
        ).compactMap { row in
            let (
                attempt, callback, number, tones, operatorID, callID, kind, placeAt, visit, hasCard, questions
            ) =
                try row.decode(
                    UUID.self, UUID.self, String?.self, String?.self, String?.self, UUID.self, String.self, Date?.self,
                    String?.self, Bool.self, String?.self)
            guard let number = Self.number(number, extension: tones) else { return nil }
            let known = CallbackKind(rawValue: kind)
            var dial = DialCitizen(
                attemptID: attempt, callbackID: callback, number: number, preferredOperatorID: operatorID,
                originalCallID: callID, kind: known, placeAt: placeAt,
                script: try known.flatMap { try Self.script($0, visit, hasCard: hasCard, questions, scripts) })
            if known == .deferredAnswer, operatorID != nil {
                dial.waitsForOperatorUntil = placeAt?.addingTimeInterval(personalWait)
            }
            return dial
        }.sorted { ($0.placeAt ?? .distantPast) < ($1.placeAt ?? .distantPast) }
    }

    /// What a voice says; nil where an operator speaks.
    private static func script(
        _ kind: CallbackKind, _ visit: String?, hasCard: Bool, _ questions: String?, _ scripts: VoiceScripts
    ) throws -> VoiceScript? {
        func read<Value: Decodable>(_ type: Value.Type, _ json: String?) throws -> Value {
            try MessageCoding.decoder.decode(type, from: Data((json ?? "").utf8))
        }
        return switch kind {
        case .brokenCall, .requested, .abandonedWait, .deferredAnswer: nil
        case .appealOutcome: scripts.appealOutcome
        case .survey: try read(Questionnaire.self, questions).script
        case .appointmentReminder: scripts.reminder(of: try read(Visit.self, visit), hasCard: hasCard)
        case .waitingListOffer: scripts.offer(of: try read(Visit.self, visit))
        }
    }

    /// Nothing was dialled: the same attempt is asked for again after `delay`.
    func postpone(_ attempt: UUID, delay: Duration) async throws {
        let seconds = Double(delay.components.seconds) + Double(delay.components.attoseconds) / 1e18
        try await self.database.execute(
            """
            UPDATE dial_attempt SET state = 'scheduled', claimed_until = now() + make_interval(secs => \(seconds))
            WHERE id = \(attempt) AND state = 'requested' AND started_at IS NULL
            """)
    }

    /// The exchange will never dial this number.
    func withdraw(_ dial: DialCitizen, reason: String, rules: CallbackRules) async throws {
        try await self.database.transaction { transaction in
            try transaction.outbox.append(
                try await Self.end([dial.callbackID], .withdrawn, reason: reason, in: transaction).map(rules.givingUp))
        }
    }

    /// When an attempt is to be looked at next.
    func nextDue(_ lane: DialLane) async throws -> Date? {
        try await self.database.query(
            """
            SELECT coalesce(claimed_until, due_at) AS next
            FROM dial_attempt JOIN callback ON callback.id = callback_id
            WHERE dial_attempt.state IN ('scheduled', 'requested') AND started_at IS NULL
              AND lane = \(lane.rawValue) AND callback.state = 'open'
            ORDER BY coalesce(claimed_until, due_at) LIMIT 1
            """
        ).first?.decode("next", as: Date.self)
    }
}
