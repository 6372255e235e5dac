import Contracts
import Foundation
import Messaging
import Postgres
import Vocabulary

/// Telling citizens what was done (C-05), closing cards, and tasks.
extension AppealStore {
    /// Whether the citizen left a message on this card that nobody has taken.
    static func isMessageWaiting(on id: UUID, in transaction: Transaction) async throws -> Bool {
        try await !transaction.query("SELECT FROM appeal_message WHERE appeal_id = \(id) AND taken_at IS NULL").isEmpty
    }

    /// Notes how it is told.
    /// - Returns: how often a voice was asked to.
    static func tell(_ request: TellOutcome, in transaction: Transaction) async throws -> Int {
        let isVoice = request.channel == .voice
        let rows = try await transaction.query(
            """
            UPDATE appeal SET told_through = \(request.channel.rawValue), told_by = \(request.operatorID),
                told_at = CASE WHEN \(isVoice) THEN NULL ELSE now() END,
                tellings = tellings + CASE WHEN \(isVoice) THEN 1 ELSE 0 END, changed_at = now()
            WHERE id = \(request.appealID) RETURNING tellings
            """)
        try self.note(
            request.appealID, actor: request.operatorID, AppealRules.text(request.channel), in: transaction)
        return Int(try rows.first?.decode("tellings", as: Int32.self) ?? 0)
    }

    static func close(_ request: CloseAppeal, in transaction: Transaction) throws {
        try transaction.queue([
            """
            UPDATE appeal SET state = 'closed', revision = revision + 1, changed_at = now() WHERE id = \(request.appealID)
            """
        ])
        try self.note(
            request.appealID, actor: request.operatorID, "Карточка закрыта", act: .closing, in: transaction)
    }

    /// What voices were still to tell of these cards, and is to be told no more as it was.
    static func withdrawn(
        _ pending: [(appealID: UUID, telling: Int)], in transaction: Transaction
    ) async throws -> [any Event] {
        guard !pending.isEmpty else { return [] }
        let rows = try await transaction.query(
            "SELECT id FROM appeal WHERE id = ANY(\(pending.map(\.appealID))) AND told_through IS NULL")
        let changed = Set(try rows.map { try $0.decode("id", as: UUID.self) })
        return pending.filter { changed.contains($0.appealID) }.map {
            AppealOutcomeWithdrawn(appealID: $0.appealID, revision: $0.telling, withdrawnAt: Date())
        }
    }

    /// Of these cards those that a voice has still to tell, with the callback that does it. What an earlier telling
    /// came to says nothing of what is to be told now.
    private static func pendingVoices(
        _ cards: [UUID], in transaction: Transaction
    ) async throws -> [UUID: UUID] {
        guard !cards.isEmpty else { return [:] }
        let stored = try await self.lock(cards, in: transaction)
        return Dictionary(
            uniqueKeysWithValues: stored.compactMap { card, appeal in
                appeal.pendingVoice.map { (card, CallbackIdentity.callback(.appealOutcome, about: card, $0)) }
            })
    }

    /// Voices that are over and have not been understood, also when the citizen asked for an operator: how it is told is
    /// to be chosen again.
    /// - Returns: the events that tell of it.
    static func notTold(_ callbacks: [CallbackFinished], in transaction: Transaction) async throws -> [any Event] {
        let ended = callbacks.filter { $0.kind == .appealOutcome }
        let pending = try await self.pendingVoices(ended.compactMap(\.appealID), in: transaction)
        let cards = ended.compactMap { callback in
            callback.appealID.flatMap { pending[$0] == callback.callbackID ? $0 : nil }
        }
        guard !cards.isEmpty else { return [] }
        try transaction.queue([
            "UPDATE appeal SET told_through = NULL, told_by = NULL, changed_at = now() WHERE id = ANY(\(cards))"
        ])
        return try await self.noted(cards, in: transaction)
    }

    /// Citizens have understood what a voice told them. What is told already stays as it was told.
    static func understood(_ answers: [CallbackAnswered], in transaction: Transaction) async throws {
        let pending = try await self.pendingVoices(answers.compactMap(\.appealID), in: transaction)
        let answers = answers.filter { answer in answer.appealID.map { pending[$0] == answer.callbackID } ?? false }
        guard !answers.isEmpty else { return }
        try await transaction.execute(
            """
            UPDATE appeal SET told_at = new.at
            FROM unnest(\(answers.compactMap(\.appealID)), \(answers.map(\.answeredAt))) AS new (id, at)
            WHERE appeal.id = new.id
            """)
    }

    /// Tells whoever has these cards that something stands in their history.
    static func noted(_ cards: [UUID], in transaction: Transaction) async throws -> [any Event] {
        guard !cards.isEmpty else { return [] }
        return try await transaction.query(
            "SELECT id AS appeal_id, operator_id, now() AS at FROM appeal WHERE id = ANY(\(cards))"
        ).map(self.noted)
    }

    // MARK: Tasks

    /// Whoever has the card is to call the citizen; a low mark is the administrator's.
    static func open(_ kind: TaskKind, on cards: [UUID], in transaction: Transaction) throws {
        guard !cards.isEmpty else { return }
        try transaction.queue([
            """
            INSERT INTO appeal_task (id, appeal_id, kind, operator_id, opened_at)
            SELECT new.id, appeal.id, \(kind.rawValue), CASE WHEN \(kind != .lowMark) THEN appeal.operator_id END, now()
            FROM unnest(\(cards.map { _ in MessageID.next() }), \(cards)) AS new (id, appeal_id)
            JOIN appeal ON appeal.id = new.appeal_id
            """,
            """
            INSERT INTO appeal_history (appeal_id, at, actor, text, act)
            SELECT appeal.id, now(), \(ServiceName.journal.rawValue), \("Задача: " + kind.title), \(Act.task.rawValue)
            FROM unnest(\(cards)) AS new (id) JOIN appeal USING (id)
            """,
        ])
    }

    /// The cards of these calls, nil for calls that have none, and these cards themselves.
    static func cards(of subjects: [UUID], in transaction: Transaction) async throws -> [UUID: UUID?] {
        guard !subjects.isEmpty else { return [:] }
        let rows = try await transaction.query(
            """
            SELECT call_id AS subject, appeal_id FROM appeal_call
            WHERE call_id = ANY(\(subjects))
            UNION ALL SELECT id, id FROM appeal WHERE id = ANY(\(subjects))
                AND NOT EXISTS (SELECT FROM appeal_call WHERE appeal_call.call_id = appeal.id)
            """)
        return Dictionary(
            try rows.map { try $0.decode(UUID.self, UUID?.self) }, uniquingKeysWith: { first, _ in first })
    }

    /// A task is whose the card is by now; one without an operator is the administrator's.
    func tasks(_ request: ListTasks) async throws -> ListTasks.Answer {
        try await self.database.query(
            """
            SELECT appeal_task.id, kind, appeal_id, number,
                CASE WHEN appeal_task.operator_id IS NOT NULL THEN appeal.operator_id END AS owner, appeal_task.opened_at
            FROM appeal_task JOIN appeal ON appeal.id = appeal_id
            WHERE done_at IS NULL
              AND (\(request.operatorID)::text IS NULL OR
                appeal_task.operator_id IS NOT NULL AND appeal.operator_id = \(request.operatorID))
            ORDER BY appeal_task.opened_at LIMIT 200
            """
        ).compactMap { row in
            let (id, kind, appeal, number, operatorID, at) = try row.decode(
                UUID.self, String.self, UUID.self, String?.self, String?.self, Date.self)
            return TaskKind(rawValue: kind).map {
                TaskView(taskID: id, kind: $0, appealID: appeal, number: number, operatorID: operatorID, openedAt: at)
            }
        }
    }

    static func finish(_ request: FinishTask, in transaction: Transaction) async throws {
        let row = try await transaction.query(
            """
            SELECT appeal_id, kind, CASE WHEN appeal_task.operator_id IS NOT NULL THEN appeal.operator_id END, done_at
            FROM appeal_task JOIN appeal ON appeal.id = appeal_id
            WHERE appeal_task.id = \(request.taskID) FOR UPDATE OF appeal_task
            """
        ).first
        guard let row else { throw Refusal("no-such-task", "Такой задачи нет.") }
        let (appeal, kind, operatorID, done) = try row.decode(UUID.self, String.self, String?.self, Date?.self)
        guard request.isInCharge || operatorID == request.operatorID else {
            throw Refusal("not-yours", "Это задача другого оператора или администратора.")
        }
        guard done == nil else { return }
        try transaction.queue([
            "UPDATE appeal_task SET done_at = now(), done_by = \(request.operatorID) WHERE id = \(request.taskID)"
        ])
        let title = TaskKind(rawValue: kind)?.title ?? kind
        try self.note(appeal, actor: request.operatorID, "Задача выполнена: \(title)", act: .task, in: transaction)
    }
}
