import Contracts
import Foundation
import Messaging
import Postgres

/// All SQL of the notifier.
struct MessageStore: Sendable {
    /// The channel that wakes the delivery loop.
    static let channel = "message"
    /// Longer than a delivery may take.
    static let claimSeconds = 60.0

    let database: PostgresPool

    /// Finished messages are kept so long: a citizen may ask about them, and later on the card tells what became of them.
    static let old: [PostgresQuery] = [
        """
        DELETE FROM message WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM message WHERE finished_at < now() - interval '90 days' LIMIT 1000))
        """
    ]

    /// Adds messages to be delivered. One whose recipient cannot be reached is kept too, and failed from the beginning:
    /// whoever has the card reads so (E-405).
    static func add(_ messages: [OutgoingMessage], in transaction: Transaction) async throws {
        guard !messages.isEmpty else { return }
        let results = try await transaction.pipeline([
            """
            INSERT INTO message (id, template, channel, recipient, parameters, appeal_id, call_id, event_id, reason, state,
                finished_at)
            SELECT *, CASE WHEN problem IS NULL THEN 'available' ELSE 'failed' END,
                CASE WHEN problem IS NOT NULL THEN now() END
            FROM unnest(\(messages.map(\.id)), \(messages.map(\.template)),
                \(messages.map(\.channel.rawValue)), \(messages.map(\.recipient.address)),
                \(messages.map { PostgresJSON($0.parameters) }), \(messages.map(\.appealID)),
                \(messages.map(\.callID)), \(messages.map(\.eventID)),
                \(messages.map { $0.recipient.problem?.rawValue }))
                AS new (id, template, channel, recipient, parameters, appeal_id, call_id, event_id, problem)
            ON CONFLICT (event_id, template) DO NOTHING RETURNING id
            """,
            "SELECT pg_notify(\(Self.channel), '')",
        ])
        let added = Set(try results[0].map { try $0.decode("id", as: UUID.self) })
        try transaction.outbox.append(
            messages.filter { $0.recipient.problem != nil && added.contains($0.id) }.map { message in
                Self.event(Outcome(message: message, state: .failed, reason: message.recipient.problem?.rawValue))
            })
    }

    /// The numbers of the cards that these calls have, as far as their citizens were told them.
    static func appealNumbers(of calls: [UUID], in transaction: Transaction) async throws -> [UUID: String] {
        guard !calls.isEmpty else { return [:] }
        let rows = try await transaction.query(
            """
            SELECT call_id, parameters ->> 'number' AS number FROM message
            WHERE template = 'appeal-registered' AND call_id IS NOT NULL AND call_id = ANY(\(calls))
            """)
        return Dictionary(try rows.map { try $0.decode(UUID.self, String.self) }, uniquingKeysWith: { $1 })
    }

    struct Due: Sendable {
        let message: OutgoingMessage
        let attempt: Int
    }

    /// Claims what is due, as `sending`: from here on a crash leaves the outcome of an e-mail unknown.
    func claimDue(_ channel: OutgoingMessage.Channel, limit: Int) async throws -> [Due] {
        try await self.database.query(
            """
            WITH due AS (
                SELECT id FROM message
                WHERE state IN ('available', 'retryable') AND run_at <= now() AND channel = \(channel.rawValue)
                ORDER BY run_at LIMIT \(Int64(limit)) FOR UPDATE SKIP LOCKED
            )
            UPDATE message SET state = 'sending', attempt = attempt + 1,
                claimed_until = now() + make_interval(secs => \(Self.claimSeconds))
            FROM due WHERE message.id = due.id
            RETURNING message.id, template, channel, recipient, parameters, appeal_id, call_id, event_id, attempt
            """
        ).compactMap { row in
            let (id, template, channel, recipient, parameters, appealID, callID, eventID, attempt) = try row.decode(
                UUID.self, String.self, String.self, String.self, PostgresJSON<[String: String]>.self, UUID?.self,
                UUID?.self, UUID.self, Int32.self)
            guard let channel = OutgoingMessage.Channel(rawValue: channel) else { return nil }
            return Due(
                message: OutgoingMessage(
                    id: id, template: template, channel: channel, recipient: Recipient(known: recipient),
                    parameters: parameters.value, appealID: appealID, callID: callID, eventID: eventID),
                attempt: Int(attempt))
        }
    }

    /// What delivery came to.
    struct Outcome: Sendable {
        let message: OutgoingMessage
        let state: MessageState
        /// Safe to keep: a code, never an address or a text.
        var reason: String?
        /// Seconds until the next attempt, when `retryable`.
        var delay = 0.0
    }

    /// Notes outcomes and tells of those that are final.
    func finish(_ outcomes: [Outcome]) async throws {
        guard !outcomes.isEmpty else { return }
        try await self.database.transaction { transaction in
            let changed = try await transaction.query(
                """
                UPDATE message SET state = new.state, reason = new.reason, claimed_until = NULL,
                    run_at = now() + make_interval(secs => new.delay),
                    finished_at = CASE WHEN new.state <> 'retryable' THEN now() END
                FROM unnest(\(outcomes.map(\.message.id)), \(outcomes.map(\.state.rawValue)),
                    \(outcomes.map(\.reason)), \(outcomes.map(\.delay))) AS new (id, state, reason, delay)
                WHERE message.id = new.id AND message.state = 'sending' RETURNING message.id
                """)
            let ids = Set(try changed.map { try $0.decode("id", as: UUID.self) })
            try transaction.outbox.append(
                outcomes.filter { $0.state != .retryable && ids.contains($0.message.id) }.map(Self.event))
        }
    }

    /// Messages whose delivery was cut off by a crash: a file is written again under its own name, an e-mail may
    /// have been accepted and is never sent twice.
    func recoverCutOff() async throws {
        try await self.database.transaction { transaction in
            try await transaction.execute(
                """
                UPDATE message SET state = 'retryable', claimed_until = NULL, run_at = now()
                WHERE state = 'sending' AND claimed_until < now() AND channel = 'spool'
                """)
            let uncertain = try await transaction.query(
                """
                UPDATE message SET state = 'uncertain', claimed_until = NULL, finished_at = now(),
                    reason = 'cut-off'
                WHERE state = 'sending' AND claimed_until < now() AND channel = 'smtp'
                RETURNING id, template, channel, appeal_id, call_id
                """)
            try transaction.outbox.append(
                try uncertain.map { row in
                    let (id, template, channel, appealID, callID) = try row.decode(
                        UUID.self, String.self, String.self, UUID?.self, UUID?.self)
                    return MessageFinished(
                        messageID: id, template: template, channel: channel, state: .uncertain, appealID: appealID,
                        callID: callID, finishedAt: Date())
                })
        }
    }

    /// When something is due next, or a claim ends.
    func nextDue(_ channel: OutgoingMessage.Channel) async throws -> Date? {
        try await self.database.query(
            """
            SELECT least(
                (SELECT min(run_at) FROM message
                 WHERE state IN ('available', 'retryable') AND channel = \(channel.rawValue)),
                (SELECT min(claimed_until) FROM message WHERE state = 'sending')) AS next
            """
        ).first?.decode("next", as: Date?.self) ?? nil
    }

    private static func event(_ outcome: Outcome) -> MessageFinished {
        var event = MessageFinished(
            messageID: outcome.message.id, template: outcome.message.template,
            channel: outcome.message.channel.rawValue, state: outcome.state, appealID: outcome.message.appealID,
            callID: outcome.message.callID, finishedAt: Date())
        event.isNotSendable = outcome.message.recipient.problem != nil ? true : nil
        return event
    }
}
