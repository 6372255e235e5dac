import Contracts
import Foundation
import Messaging
import Postgres
import Vocabulary

/// All SQL of the journal.
struct AppealStore: Sendable {
    let database: PostgresPool

    // MARK: Reading

    func appeal(_ id: UUID) async throws -> AppealView {
        try await self.database.transaction(isolation: .repeatableRead, readOnly: true) {
            try await Self.view(id, in: $0)
        }
    }

    func list(_ filter: ListAppeals) async throws -> [AppealSummary] {
        let limit = Int64(max(1, min(filter.limit, 200)))
        return try await self.database.query(
            """
            SELECT id, number, state, card, call_id, operator_id, organization_name, opened_at FROM appeal
            WHERE (\(filter.operatorID)::text IS NULL OR operator_id = \(filter.operatorID))
              AND (\(filter.organizationID)::text IS NULL OR organization_id = \(filter.organizationID))
              AND (\(filter.state?.rawValue)::text IS NULL OR state = \(filter.state?.rawValue))
              AND (\(filter.callID)::uuid IS NULL
                   OR id = (SELECT appeal_id FROM appeal_call WHERE call_id = \(filter.callID)))
            ORDER BY opened_at DESC LIMIT \(limit)
            """
        ).map { row in
            let card = try row.decode("card", as: PostgresJSON<AppealCard>.self).value
            return AppealSummary(
                appealID: try row.decode("id"), number: try row.decode("number", as: String?.self),
                state: try Self.state(row), applicant: card.applicant, topic: card.topic,
                callID: try row.decode("call_id", as: UUID?.self), operatorID: try row.decode("operator_id"),
                organizationName: try row.decode("organization_name", as: String?.self),
                openedAt: try row.decode("opened_at"))
        }
    }

    static func view(_ id: UUID, in transaction: Transaction) async throws -> AppealView {
        let results = try await transaction.pipeline([
            "SELECT * FROM appeal WHERE id = \(id)",
            """
            SELECT organization_id, organization_name, organization_email, comment, at FROM appeal_forwarding
            WHERE appeal_id = \(id) ORDER BY id
            """,
            "SELECT at, actor, text FROM appeal_history WHERE appeal_id = \(id) ORDER BY id",
        ])
        guard let row = results[0].first else {
            throw Refusal("no-such-appeal", "Такой карточки нет.")
        }
        return AppealView(
            appealID: id, number: try row.decode("number", as: String?.self), state: try Self.state(row),
            revision: Int(try row.decode("revision", as: Int32.self)),
            card: try row.decode("card", as: PostgresJSON<AppealCard>.self).value,
            callID: try row.decode("call_id", as: UUID?.self), operatorID: try row.decode("operator_id"),
            openedAt: try row.decode("opened_at"), registeredAt: try row.decode("registered_at", as: Date?.self),
            forwardings: try results[1].map { row in
                let (organization, name, email, comment, at) = try row.decode(
                    String.self, String.self, String?.self, String.self, Date.self)
                return .init(
                    organization: Organization(organizationID: organization, name: name, email: email),
                    comment: comment, at: at)
            },
            history: try results[2].map { row in
                let (at, actor, text) = try row.decode(Date.self, String.self, String.self)
                return .init(at: at, by: actor, text: text)
            })
    }

    /// Locks the card until commit.
    static func lock(_ id: UUID, in transaction: Transaction) async throws -> StoredAppeal {
        let row = try await transaction.query(
            """
            SELECT state, revision, number, call_id, organization_id, card ->> 'topic' AS topic FROM appeal
            WHERE id = \(id) FOR UPDATE
            """
        ).first
        guard let row else { throw Refusal("no-such-appeal", "Такой карточки нет.") }
        return StoredAppeal(
            state: try self.state(row), revision: Int(try row.decode("revision", as: Int32.self)),
            number: try row.decode("number", as: String?.self), callID: try row.decode("call_id", as: UUID?.self),
            organizationID: try row.decode("organization_id", as: String?.self),
            topic: try row.decode("topic", as: String?.self).flatMap(AppealTopic.init(rawValue:)))
    }

    private static func state(_ row: PostgresRow) throws -> AppealState {
        let text = try row.decode("state", as: String.self)
        guard let state = AppealState(rawValue: text) else {
            throw RequestError(kind: .malformed, request: "appeal state")
        }
        return state
    }

    // MARK: Cards

    static func open(_ request: OpenAppeal, in transaction: Transaction) async throws {
        let inserted = try await transaction.execute(
            """
            INSERT INTO appeal (id, state, card, operator_id, opened_at, changed_at)
            VALUES (\(request.appealID), 'draft', \(PostgresJSON(AppealCard())), \(request.operatorID), now(), now())
            ON CONFLICT (id) DO NOTHING
            """)
        if inserted == 1 {
            try await self.note(request.appealID, actor: request.operatorID, "Карточка открыта", in: transaction)
        }
    }

    /// Keeps the fields and the history entry that holds them.
    static func save(_ request: SaveAppeal, state: AppealState, in transaction: Transaction) async throws {
        let card = PostgresJSON(request.card)
        let text = state == .measuresTaken ? "Сохранено: все меры приняты" : "Сохранено"
        _ = try await transaction.pipeline([
            """
            UPDATE appeal SET card = \(card), revision = revision + 1, changed_at = now(),
                state = CASE WHEN state = 'draft' THEN state ELSE \(state.rawValue) END
            WHERE id = \(request.appealID)
            """,
            """
            INSERT INTO appeal_history (appeal_id, at, actor, text, revision, card)
            VALUES (\(request.appealID), now(), \(request.operatorID), \(text), \(Int32(request.revision + 1)), \(card))
            """,
        ])
    }

    /// Gives a draft its number; the year is the region's at `moment`. Nothing that takes long may follow in the
    /// transaction, because whoever registers next waits for its end.
    static func register(
        _ id: UUID, region: String, timeZone: String, at moment: Date = Date(), state: AppealState, actor: String,
        in transaction: Transaction
    ) async throws -> (number: String, at: Date) {
        let row = try await transaction.query(
            """
            WITH taken AS (
                INSERT INTO appeal_number AS known (region, year, last)
                VALUES (\(region), extract(year FROM \(moment)::timestamptz AT TIME ZONE \(timeZone))::integer, 1)
                ON CONFLICT (region, year) DO UPDATE SET last = known.last + 1
                RETURNING region, year, last
            ), registered AS (
                UPDATE appeal SET state = \(state.rawValue), registered_at = \(moment), region = taken.region,
                    year = taken.year, sequence = taken.last,
                    number = taken.region || '-' || taken.year || '-'
                        || lpad(taken.last::text, greatest(6, length(taken.last::text)), '0')
                FROM taken WHERE id = \(id) AND appeal.number IS NULL
                RETURNING appeal.id, appeal.number, appeal.registered_at
            ), noted AS (
                INSERT INTO appeal_history (appeal_id, at, actor, text)
                SELECT id, now(), \(actor), 'Зарегистрировано под номером ' || number FROM registered
            )
            SELECT number, registered_at FROM registered
            """
        ).first
        guard let row else { throw RequestError(kind: .failed, request: "appeal.register") }
        let (number, at) = try row.decode(String.self, Date.self)
        return (number, at)
    }

    static func forward(_ request: ForwardAppeal, in transaction: Transaction) async throws {
        let organization = request.organization
        _ = try await transaction.pipeline([
            """
            UPDATE appeal SET organization_id = \(organization.organizationID),
                organization_name = \(organization.name), revision = revision + 1, changed_at = now()
            WHERE id = \(request.appealID)
            """,
            """
            INSERT INTO appeal_forwarding
                (appeal_id, organization_id, organization_name, organization_email, comment, actor, at)
            VALUES (\(request.appealID), \(organization.organizationID), \(organization.name), \(organization.email),
                \(request.comment), \(request.operatorID), now())
            """,
            """
            INSERT INTO appeal_history (appeal_id, at, actor, text)
            VALUES (\(request.appealID), now(), \(request.operatorID), \("Передано: " + organization.name))
            """,
        ])
    }

    static func note(_ id: UUID, actor: String, _ text: String, in transaction: Transaction) async throws {
        try await transaction.execute(
            "INSERT INTO appeal_history (appeal_id, at, actor, text) VALUES (\(id), now(), \(actor), \(text))")
    }

    // MARK: What other services tell

    /// Opens a draft for each answered call, or goes on with the card of the broken one (C-03).
    /// - Returns: the events that tell of it.
    static func openDrafts(_ calls: some Collection<CallAnswered>, in transaction: Transaction) async throws
        -> [any Event]
    {
        let fresh = calls.filter { $0.originalCallID == nil }
        let callbacks = calls.filter { $0.originalCallID != nil }
        let drafts = fresh.map { call in
            AppealDrafted(
                appealID: MessageID.next(), callID: call.callID, caller: call.caller, operatorID: call.operatorID,
                openedAt: call.answeredAt)
        }
        // A caller whose number is known has it on the card already.
        let cards = fresh.map { call in PostgresJSON(AppealCard(phone: call.caller.number)) }
        let results = try await transaction.pipeline([
            """
            INSERT INTO appeal (id, state, card, call_id, operator_id, opened_at, changed_at)
            SELECT id, 'draft', card, call_id, operator_id, at, at
            FROM unnest(\(drafts.map(\.appealID)), \(cards), \(drafts.map(\.callID)), \(drafts.map(\.operatorID)),
                \(drafts.map(\.openedAt))) AS new (id, card, call_id, operator_id, at)
            """,
            """
            INSERT INTO appeal_call (call_id, appeal_id, answered_at)
            SELECT * FROM unnest(\(drafts.map(\.callID)), \(drafts.map(\.appealID)), \(drafts.map(\.openedAt)))
            """,
            """
            INSERT INTO appeal_call (call_id, appeal_id, answered_at)
            SELECT new.call_id, original.appeal_id, new.at
            FROM unnest(\(callbacks.map(\.callID)), \(callbacks.compactMap(\.originalCallID)),
                \(callbacks.map(\.answeredAt))) AS new (call_id, original_id, at)
            JOIN appeal_call AS original ON original.call_id = new.original_id
            """,
            // Who speaks with the citizen now works on the card and sees it (J-04).
            """
            UPDATE appeal SET operator_id = new.operator_id
            FROM unnest(\(callbacks.map(\.callID)), \(callbacks.map(\.operatorID))) AS new (call_id, operator_id)
            JOIN appeal_call USING (call_id)
            WHERE appeal.id = appeal_call.appeal_id AND state <> 'closed'
            RETURNING appeal.id, new.call_id
            """,
            """
            INSERT INTO appeal_history (appeal_id, at, actor, text)
            SELECT appeal_id, at, actor, text
            FROM unnest(\((fresh + callbacks).map(\.callID)), \((fresh + callbacks).map(\.answeredAt)),
                \((fresh + callbacks).map(\.operatorID)),
                \(fresh.map { _ in "Карточка открыта: звонок принят" } + callbacks.map { _ in "Разговор продолжен: перезвон" }))
                AS new (call_id, at, actor, text)
            JOIN appeal_call USING (call_id)
            """,
        ])
        // The broken call has another subject: what opened its card may still be on its way.
        guard results[2].affected == callbacks.count else {
            throw RetryLater(reason: "the card of the broken call is not opened yet", after: .seconds(1))
        }
        let answered = Dictionary(callbacks.map { ($0.callID, $0) }, uniquingKeysWith: { first, _ in first })
        let continued = try results[3].compactMap { row -> AppealContinued? in
            let (appealID, callID) = try row.decode(UUID.self, UUID.self)
            guard let call = answered[callID] else { return nil }
            return AppealContinued(
                appealID: appealID, callID: callID, caller: call.caller, operatorID: call.operatorID,
                continuedAt: call.answeredAt)
        }
        return drafts.map { $0 as any Event } + continued
    }

    static func endCalls(_ calls: some Collection<CallEnded>, in transaction: Transaction) async throws {
        let texts = calls.map { $0.outcome == .broken ? "Связь прервалась" : "Разговор завершён" }
        _ = try await transaction.pipeline([
            """
            UPDATE appeal_call AS known SET ended_at = new.at, outcome = new.outcome
            FROM unnest(\(calls.map(\.callID)), \(calls.map(\.endedAt)), \(calls.map(\.outcome.rawValue)))
                AS new (call_id, at, outcome)
            WHERE known.call_id = new.call_id
            """,
            Self.notesByCall(
                calls.map(\.callID), at: calls.map(\.endedAt),
                actor: ServiceName.callIntake.rawValue, texts: texts),
        ])
    }

    /// Adds an entry to the card of each call that has one.
    /// - Returns: how many had one.
    static func note(
        calls: [UUID], at: [Date], actor: ServiceName, texts: [String], in transaction: Transaction
    ) async throws -> Int {
        try await transaction.execute(Self.notesByCall(calls, at: at, actor: actor.rawValue, texts: texts))
    }

    /// Adds an entry to each card.
    static func note(
        appeals: [UUID], at: [Date], actor: ServiceName, texts: [String], in transaction: Transaction
    ) async throws -> Int {
        try await transaction.execute(
            """
            INSERT INTO appeal_history (appeal_id, at, actor, text)
            SELECT appeal.id, new.at, \(actor.rawValue), new.text
            FROM unnest(\(appeals), \(at), \(texts)) AS new (id, at, text) JOIN appeal USING (id)
            """)
    }

    private static func notesByCall(_ calls: [UUID], at: [Date], actor: String, texts: [String]) -> PostgresQuery {
        """
        INSERT INTO appeal_history (appeal_id, at, actor, text)
        SELECT appeal_id, new.at, \(actor), new.text
        FROM unnest(\(calls), \(at), \(texts)) AS new (call_id, at, text) JOIN appeal_call USING (call_id)
        """
    }
}
