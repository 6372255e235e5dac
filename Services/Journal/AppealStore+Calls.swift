import Contracts
import Foundation
import Messaging
import Postgres
import Vocabulary

/// Calls that open cards, go on with them, and end.
extension AppealStore {
    /// Opens a draft for each answered call, or goes on with a card: with that of the call that it calls back after
    /// (C-03), or with its own when the caller has left a message before. A callback after a call that nobody had
    /// answered finds no card there: it opens one for both. So does one about a card that is closed, in which nothing can
    /// be written any more.
    /// - Returns: the events that tell of it.
    static func openDrafts(_ calls: some Collection<CallAnswered>, in transaction: Transaction) async throws
        -> [any Event]
    {
        let originals = calls.compactMap(\.originalCallID)
        let closed = try await self.closed(originals, in: transaction)
        let cardless = try await self.cardless(originals, in: transaction).union(closed.keys)
        let own = try await self.withCard(calls.map(\.callID), in: transaction)
        let resumed = calls.filter { own.contains($0.callID) }
        let others = calls.filter { !own.contains($0.callID) }
        let fresh = others.filter { call in call.originalCallID.map { cardless.contains($0) } ?? true }
        let callbacks = others.filter { call in call.originalCallID.map { !cardless.contains($0) } ?? false }
        let drafts = fresh.map { call in
            AppealDrafted(
                appealID: MessageID.next(), callID: call.callID, caller: call.caller, operatorID: call.operatorID,
                openedAt: call.answeredAt)
        }
        let withOriginal = zip(fresh, drafts).compactMap { call, draft in
            call.originalCallID.map { (callID: $0, appealID: draft.appealID) }
        }
        let about = fresh.map { $0.originalCallID.flatMap { closed[$0] } }
        let ended = zip(fresh, about).compactMap { call, about in about.map { (id: $0.id, at: call.answeredAt) } }
        // A caller whose number is known has it on the card already.
        let cards = fresh.map { call in PostgresJSON(AppealCard(phone: call.caller.number)) }
        let all = fresh + callbacks + resumed
        let going = callbacks + resumed
        let texts =
            zip(fresh, about).map { call, about in
                guard call.originalCallID != nil else { return "Карточка открыта: звонок принят" }
                return about.map { "Карточка открыта: перезвон, прежняя № \($0.number) закрыта" }
                    ?? "Карточка открыта: перезвон"
            }
            + callbacks.map { _ in "Разговор продолжен: перезвон" }
            + resumed.map { _ in "Разговор продолжен: звонок принят" }
        let results = try await transaction.pipeline([
            """
            INSERT INTO appeal (id, channel, state, card, call_id, operator_id, about_id, opened_at, changed_at)
            SELECT id, 'hotLine', 'draft', card, call_id, operator_id, about_id, at, at
            FROM unnest(\(drafts.map(\.appealID)), \(cards), \(drafts.map(\.callID)), \(drafts.map(\.operatorID)),
                \(about.map { $0?.id }), \(drafts.map(\.openedAt)))
                AS new (id, card, call_id, operator_id, about_id, at)
            """,
            // Its end may have been told of before.
            """
            INSERT INTO appeal_call AS known (call_id, appeal_id, answered_at, caller)
            SELECT * FROM unnest(\(drafts.map(\.callID)), \(drafts.map(\.appealID)), \(drafts.map(\.openedAt)),
                \(fresh.map { PostgresJSON($0.caller) }))
            ON CONFLICT (call_id) DO UPDATE SET appeal_id = EXCLUDED.appeal_id, answered_at = EXCLUDED.answered_at,
                caller = EXCLUDED.caller
            """,
            """
            UPDATE appeal_call SET appeal_id = new.appeal_id
            FROM unnest(\(withOriginal.map(\.callID)), \(withOriginal.map(\.appealID))) AS new (call_id, appeal_id)
            WHERE appeal_call.call_id = new.call_id AND appeal_call.appeal_id IS NULL
            """,
            """
            INSERT INTO appeal_call (call_id, appeal_id, answered_at, caller)
            SELECT new.call_id, original.appeal_id, new.at, new.caller
            FROM unnest(\(callbacks.map(\.callID)), \(callbacks.compactMap(\.originalCallID)),
                \(callbacks.map(\.answeredAt)), \(callbacks.map { PostgresJSON($0.caller) }))
                AS new (call_id, original_id, at, caller)
            JOIN (
                SELECT call_id, appeal_id FROM appeal_call
                -- a voice that spoke about a card without a call; a call is never another card's
                UNION ALL SELECT id, id FROM appeal
                WHERE NOT EXISTS (SELECT FROM appeal_call WHERE appeal_call.call_id = appeal.id)
            ) AS original ON original.call_id = new.original_id
            ON CONFLICT (call_id) DO UPDATE SET appeal_id = EXCLUDED.appeal_id, answered_at = EXCLUDED.answered_at,
                caller = EXCLUDED.caller
            """,
            // Who speaks with the citizen now works on the card and sees it (J-04).
            """
            UPDATE appeal SET operator_id = new.operator_id
            FROM unnest(\(going.map(\.callID)), \(going.map(\.operatorID))) AS new (call_id, operator_id)
            JOIN appeal_call USING (call_id)
            JOIN appeal AS before ON before.id = appeal_call.appeal_id
            WHERE appeal.id = appeal_call.appeal_id AND appeal.state <> 'closed'
            RETURNING appeal.id, new.call_id, before.operator_id
            """,
            """
            UPDATE appeal_call SET answered_at = coalesce(answered_at, new.at)
            FROM unnest(\(resumed.map(\.callID)), \(resumed.map(\.answeredAt))) AS new (call_id, at)
            WHERE appeal_call.call_id = new.call_id
            """,
            """
            INSERT INTO appeal_history (appeal_id, at, actor, text)
            SELECT appeal_id, at, actor, text
            FROM unnest(\(all.map(\.callID)), \(all.map(\.answeredAt)), \(all.map(\.operatorID)), \(texts))
                AS new (call_id, at, actor, text)
            JOIN appeal_call USING (call_id) JOIN appeal ON appeal.id = appeal_id WHERE state <> 'closed'
            """,
            """
            INSERT INTO appeal_history (appeal_id, at, actor, text, act)
            SELECT id, at, \(ServiceName.journal.rawValue), \(Self.linked), \(Act.linked.rawValue)
            FROM unnest(\(ended.map(\.id)), \(ended.map(\.at))) AS new (id, at)
            """,
        ])
        // The broken call has another subject: what opened its card may still be on its way.
        guard results[3].affected == callbacks.count else {
            throw RetryLater(reason: "the card of the broken call is not opened yet", after: .seconds(1))
        }
        let answered = Dictionary(going.map { ($0.callID, $0) }, uniquingKeysWith: { first, _ in first })
        let continued = try results[4].compactMap { row -> AppealContinued? in
            let (appealID, callID, former) = try row.decode(UUID.self, UUID.self, String?.self)
            guard let call = answered[callID] else { return nil }
            return AppealContinued(
                appealID: appealID, callID: callID, caller: call.caller, operatorID: call.operatorID,
                continuedAt: call.answeredAt, fromOperatorID: former)
        }
        return drafts.map { $0 as any Event } + continued
    }

    /// Those of the calls that have a card of their own already.
    private static func withCard(_ calls: [UUID], in transaction: Transaction) async throws -> Set<UUID> {
        let rows = try await transaction.query(
            "SELECT call_id FROM appeal_call WHERE call_id = ANY(\(calls)) AND appeal_id IS NOT NULL")
        return Set(try rows.map { try $0.decode("call_id", as: UUID.self) })
    }

    /// A card may be opened for it by a callback.
    private static func isCalledBack(_ outcome: CallOutcome?) -> Bool {
        switch outcome {
        case .callbackRequested, .abandonedInQueue, .abandonedRinging: true
        default: outcome?.isBroken == true
        }
    }

    /// Those of the calls that ended before anybody answered.
    private static func cardless(_ calls: [UUID], in transaction: Transaction) async throws -> Set<UUID> {
        guard !calls.isEmpty else { return [] }
        let rows = try await transaction.query(
            "SELECT call_id FROM appeal_call WHERE call_id = ANY(\(calls)) AND appeal_id IS NULL FOR UPDATE")
        return Set(try rows.map { try $0.decode("call_id", as: UUID.self) })
    }

    /// Those of the calls, and of the cards, whose card is closed, with that card.
    private static func closed(
        _ originals: [UUID], in transaction: Transaction
    ) async throws -> [UUID: (id: UUID, number: String)] {
        guard !originals.isEmpty else { return [:] }
        let rows = try await transaction.query(
            """
            SELECT appeal_call.call_id AS original, id, number FROM appeal_call JOIN appeal ON appeal.id = appeal_id
            WHERE appeal_call.call_id = ANY(\(originals)) AND state = 'closed'
            UNION SELECT id, id, number FROM appeal WHERE id = ANY(\(originals)) AND state = 'closed'
                AND NOT EXISTS (SELECT FROM appeal_call WHERE appeal_call.call_id = appeal.id)
            """)
        return Dictionary(
            try rows.map { row in
                let (original, id, number) = try row.decode(UUID.self, UUID.self, String.self)
                return (original, (id: id, number: number))
            }, uniquingKeysWith: { first, _ in first })
    }

    /// Ends the calls that have a card, with what was measured (T-13), and remembers those that have none and are
    /// called back.
    /// - Returns: the events that tell of it.
    static func endCalls(
        _ calls: some Collection<CallEnded>, in transaction: Transaction
    ) async throws -> [any Event] {
        try calls.forEach { try $0.$outcome.known() }
        let ended = calls.filter { $0.answeredAt != nil || $0.outcome == .messageLeft }
        // An observed exchange may tell of the message after the end of its call.
        let cardless = calls.filter {
            $0.answeredAt == nil && $0.callbackID == nil
                && (Self.isCalledBack($0.outcome) || $0.outcome == .messageLeft)
        }
        let spoken = ended.filter { $0.answeredAt != nil }
        if !cardless.isEmpty {
            try transaction.queue([
                """
                INSERT INTO appeal_call (call_id, caller, ended_at, outcome)
                SELECT * FROM unnest(\(cardless.map(\.callID)), \(cardless.map { PostgresJSON($0.caller) }),
                    \(cardless.map(\.endedAt)), \(cardless.map(\.$outcome.word)))
                ON CONFLICT (call_id) DO UPDATE SET ended_at = EXCLUDED.ended_at, outcome = EXCLUDED.outcome
                """
            ])
        }
        guard !ended.isEmpty else { return [] }
        return try await transaction.pipeline([
            """
            UPDATE appeal_call AS known SET ended_at = new.at, outcome = new.outcome, offered_to = NULL,
                questioning_seconds = new.questioning, consultation_seconds = new.consultation
            FROM unnest(\(ended.map(\.callID)), \(ended.map(\.endedAt)), \(ended.map(\.$outcome.word)),
                \(ended.map(\.times?.questioning)), \(ended.map(\.times?.consultation)))
                AS new (call_id, at, outcome, questioning, consultation)
            WHERE known.call_id = new.call_id
            """,
            """
            WITH noted AS (
                INSERT INTO appeal_history (appeal_id, at, actor, text)
                SELECT appeal_id, new.at, \(ServiceName.callIntake.rawValue), new.text
                FROM unnest(\(spoken.map(\.callID)), \(spoken.map(\.endedAt)), \(spoken.map(Self.text)))
                    AS new (call_id, at, text)
                JOIN appeal_call USING (call_id) JOIN appeal ON appeal.id = appeal_id WHERE state <> 'closed'
                RETURNING appeal_id, at
            )
            SELECT appeal_id, operator_id, max(at) AS at FROM noted JOIN appeal ON appeal.id = appeal_id GROUP BY 1, 2
            """,
        ])[1].map(Self.noted)
    }

    private static func text(_ call: CallEnded) -> String {
        let end = call.outcome?.isBroken == true ? "Связь прервалась" : "Разговор завершён"
        guard let times = call.times else { return end }
        return end + ": опрос \(RussianDuration.clock(times.questioning)), консультация "
            + RussianDuration.clock(times.consultation)
    }

    /// Adds an entry to the card of each call that has one.
    /// - Returns: how many calls are known, with a card or as calls that never had one.
    static func note(
        calls: [UUID], at: [Date], actor: ServiceName, texts: [String], in transaction: Transaction
    ) async throws -> Int {
        let rows = try await transaction.query(
            """
            WITH known AS (
                SELECT appeal_id, new.at, new.text, state
                FROM unnest(\(calls), \(at), \(texts)) AS new (call_id, at, text) JOIN appeal_call USING (call_id)
                LEFT JOIN appeal ON appeal.id = appeal_id
            ), noted AS (
                INSERT INTO appeal_history (appeal_id, at, actor, text)
                SELECT appeal_id, at, \(actor.rawValue), text FROM known WHERE state <> 'closed'
            )
            SELECT count(*) FROM known
            """)
        return Int(try rows.first?.decode("count", as: Int64.self) ?? 0)
    }
}
