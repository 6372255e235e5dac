import Contracts
import Foundation
import Messaging
import Postgres
import Vocabulary

/// Messages of the electronic secretary: each has one card, which is nobody's until somebody takes it (T-03).
extension AppealStore {
    // MARK: Reading

    /// What is due at `now` and not taken, the oldest first.
    func messages(_ request: ListSecretaryMessages, at now: Date = Date()) async throws -> ListSecretaryMessages.Answer
    {
        let results = try await self.database.pipeline([
            """
            SELECT \(unsafeSQL: Self.messageColumns) FROM appeal_message JOIN appeal_call USING (call_id)
            WHERE taken_at IS NULL AND due_at <= \(now)
            ORDER BY left_at, call_id LIMIT \(Int64(max(1, min(request.limit, 200))))
            """,
            """
            SELECT count(*) FILTER (WHERE due_at <= \(now)) AS due, min(due_at) FILTER (WHERE due_at > \(now)) AS next
            FROM appeal_message WHERE taken_at IS NULL
            """,
        ])
        guard let totals = results[1].first else {
            throw RequestError(kind: .failed, request: ListSecretaryMessages.type)
        }
        return ListSecretaryMessages.Answer(
            messages: try results[0].map(Self.message), count: Int(try totals.decode("due", as: Int64.self)),
            nextDueAt: try totals.decode("next", as: Date?.self))
    }

    static let messageColumns = """
        appeal_message.appeal_id, call_id, caller, recording_id, left_at, seconds, due_at, taken_by, taken_at
        """

    static func message(_ row: PostgresRow) throws -> SecretaryMessage {
        SecretaryMessage(
            appealID: try row.decode("appeal_id"), callID: try row.decode("call_id"), caller: try self.caller(row),
            recordingID: try row.decode("recording_id"), leftAt: try row.decode("left_at"),
            seconds: Int(try row.decode("seconds", as: Int32.self)), dueAt: try row.decode("due_at"),
            takenBy: try row.decode("taken_by", as: String?.self), takenAt: try row.decode("taken_at", as: Date?.self))
    }

    static func caller(_ row: PostgresRow) throws -> CallerNumber {
        try row.decode("caller", as: PostgresJSON<CallerNumber>?.self)?.value ?? .hidden
    }

    // MARK: Keeping

    /// Opens a draft for each message. A caller who spoke with an operator before has a card: the message goes to it, or,
    /// when it is closed, to one that goes on from it.
    /// - Returns: the events that tell of it; none for a message that is known.
    static func keepMessages(_ messages: some Collection<MessageLeft>, in transaction: Transaction) async throws
        -> [any Event]
    {
        let calls = messages.map(\.callID)
        // Locked, so that none of them is closed meanwhile.
        let rows = try await transaction.query(
            """
            SELECT appeal_call.call_id, appeal_call.appeal_id, state, EXISTS (
                SELECT FROM appeal_message WHERE appeal_message.call_id = appeal_call.call_id) AS is_told
            FROM appeal_call JOIN appeal ON appeal.id = appeal_call.appeal_id
            WHERE appeal_call.call_id = ANY(\(calls)) ORDER BY appeal.id FOR SHARE OF appeal
            """)
        var known: [UUID: UUID] = [:]
        var closed: [UUID: UUID] = [:]
        for row in rows {
            let (callID, appealID, state, isTold) = try row.decode(UUID.self, UUID.self, String.self, Bool.self)
            if state == AppealState.closed.rawValue, !isTold {
                closed[callID] = appealID
            } else {
                known[callID] = appealID
            }
        }
        let fresh = messages.filter { known[$0.callID] == nil }
        let opened = Dictionary(fresh.map { ($0.callID, MessageID.next()) }, uniquingKeysWith: { first, _ in first })
        let news = fresh.compactMap { message in opened[message.callID].map { (id: $0, message: message) } }
        let cards = news.map { PostgresJSON(AppealCard(phone: $0.message.caller.number)) }
        let callers = news.map { PostgresJSON($0.message.caller) }
        let appeals = messages.compactMap { known[$0.callID] ?? opened[$0.callID] }
        let texts = messages.map { "Сообщение электронному секретарю, \(RussianDuration.clock(Double($0.seconds)))" }
        let ended = news.compactMap { new in closed[new.message.callID].map { (id: $0, at: new.message.leftAt) } }
        let results = try await transaction.pipeline([
            // The call stays with the card that it opened.
            """
            INSERT INTO appeal (id, channel, state, card, call_id, about_id, opened_at, changed_at)
            SELECT id, 'secretary', 'draft', card, CASE WHEN about_id IS NULL THEN call_id END, about_id, at, at
            FROM unnest(\(news.map(\.id)), \(cards), \(news.map(\.message.callID)),
                \(news.map { closed[$0.message.callID] }), \(news.map(\.message.leftAt)))
                AS new (id, card, call_id, about_id, at)
            """,
            // Its end may have been told of before (T-03).
            """
            INSERT INTO appeal_call AS known (call_id, appeal_id, caller)
            SELECT * FROM unnest(\(news.map(\.message.callID)), \(news.map(\.id)), \(callers))
            ON CONFLICT (call_id) DO UPDATE SET appeal_id = EXCLUDED.appeal_id, caller = EXCLUDED.caller
                WHERE known.appeal_id IS NULL
            """,
            """
            INSERT INTO appeal_history (appeal_id, at, actor, text, act)
            SELECT id, at, \(ServiceName.journal.rawValue), \(Self.linked), \(Act.linked.rawValue)
            FROM unnest(\(ended.map(\.id)), \(ended.map(\.at))) AS new (id, at)
            """,
            """
            WITH kept AS (
                INSERT INTO appeal_message (call_id, appeal_id, recording_id, left_at, seconds, due_at)
                SELECT * FROM unnest(\(calls), \(appeals), \(messages.map(\.recordingID)), \(messages.map(\.leftAt)),
                    \(messages.map { Int32(clamping: max(0, $0.seconds)) }), \(messages.map(\.dueAt)))
                ON CONFLICT (call_id) DO NOTHING RETURNING call_id, appeal_id
            ), noted AS (
                INSERT INTO appeal_history (appeal_id, at, actor, text)
                SELECT kept.appeal_id, new.at, \(ServiceName.callIntake.rawValue), new.text
                FROM kept JOIN unnest(\(calls), \(messages.map(\.leftAt)), \(texts)) AS new (call_id, at, text)
                    USING (call_id)
            )
            SELECT call_id, appeal_id FROM kept
            """,
        ])
        let told = Dictionary(messages.map { ($0.callID, $0) }, uniquingKeysWith: { first, _ in first })
        return try results[3].compactMap { row in
            let (callID, appealID) = try row.decode(UUID.self, UUID.self)
            guard let message = told[callID] else { return nil }
            return SecretaryMessageKept(
                appealID: appealID, callID: callID, leftAt: message.leftAt, dueAt: message.dueAt)
        }
    }

    // MARK: Taking

    /// The first one who asks gets the card; whoever has it may ask again, while it is theirs.
    /// - Returns: what tells of it; nil when it was theirs already.
    static func take(_ request: TakeAppeal, in transaction: Transaction) async throws -> AppealContinued? {
        guard let stored = try await self.lock([request.appealID], in: transaction)[request.appealID] else {
            throw self.noSuchAppeal
        }
        let taken = try await transaction.query(
            """
            WITH taken AS (
                UPDATE appeal_message SET taken_at = now(), taken_by = \(request.operatorID)
                WHERE appeal_id = \(request.appealID) AND taken_at IS NULL RETURNING call_id, taken_at
            )
            SELECT call_id, taken_at, caller FROM taken JOIN appeal_call USING (call_id) ORDER BY call_id
            """)
        guard let message = taken.last else {
            let former = try await transaction.query(
                """
                SELECT taken_by FROM appeal_message WHERE appeal_id = \(request.appealID)
                ORDER BY taken_at DESC LIMIT 1
                """
            ).first
            guard let former else {
                throw Refusal("nothing-to-take", "По этой карточке нет сообщения, которое ждёт оператора.")
            }
            // Who took it once and has lost the card since may not read it this way.
            guard try former.decode("taken_by", as: String.self) == request.operatorID,
                stored.operatorID == request.operatorID
            else { throw Refusal("already-taken", "Это сообщение уже взял другой оператор.") }
            return nil
        }
        guard stored.state != .closed else { throw AppealRules.closed }
        let at = try message.decode("taken_at", as: Date.self)
        try transaction.queue([
            """
            UPDATE appeal SET operator_id = \(request.operatorID), changed_at = now() WHERE id = \(request.appealID)
            """
        ])
        try self.note(request.appealID, actor: request.operatorID, "Сообщение взято в работу", in: transaction)
        return AppealContinued(
            appealID: request.appealID, callID: try message.decode("call_id"), caller: try self.caller(message),
            operatorID: request.operatorID, continuedAt: at, fromOperatorID: stored.operatorID)
    }
}
