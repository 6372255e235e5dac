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

    /// The calls whose appeal is not closed, or that have none.
    func openAppeals(_ request: GetOpenAppeals) async throws -> GetOpenAppeals.Answer {
        guard request.callIDs.count <= GetOpenAppeals.limit else {
            throw Refusal("too-many", "Спросите не больше чем о \(GetOpenAppeals.limit) звонках сразу.")
        }
        let rows = try await self.database.query(
            """
            SELECT id FROM unnest(\(request.callIDs)) AS asked (id)
            WHERE NOT EXISTS (
                SELECT FROM appeal_call JOIN appeal ON appeal.id = appeal_id
                WHERE appeal_call.call_id = asked.id AND state = 'closed')
            """)
        return GetOpenAppeals.Answer(callIDs: try rows.map { try $0.decode("id") })
    }

    static func view(_ id: UUID, in transaction: Transaction) async throws -> AppealView {
        guard let view = try await self.views([id], in: transaction)[id] else { throw Self.noSuchAppeal }
        return view
    }

    /// The cards of these that exist.
    static func views(_ ids: [UUID], in transaction: Transaction) async throws -> [UUID: AppealView] {
        let results = try await transaction.pipeline([
            "SELECT * FROM appeal WHERE id = ANY(\(ids))",
            """
            SELECT appeal_id, organization_id, organization_name, organization_email, comment, at
            FROM appeal_forwarding WHERE appeal_id = ANY(\(ids)) ORDER BY id
            """,
            "SELECT appeal_id, at, actor, text FROM appeal_history WHERE appeal_id = ANY(\(ids)) ORDER BY id",
        ])
        var forwardings: [UUID: [AppealView.Forwarding]] = [:]
        for row in results[1] {
            let (id, organization, name, email, comment, at) = try row.decode(
                UUID.self, String.self, String.self, String?.self, String.self, Date.self)
            forwardings[id, default: []].append(
                .init(
                    organization: Organization(organizationID: organization, name: name, email: email),
                    comment: comment, at: at))
        }
        var history: [UUID: [AppealView.HistoryEntry]] = [:]
        for row in results[2] {
            let (id, at, actor, text) = try row.decode(UUID.self, Date.self, String.self, String.self)
            history[id, default: []].append(.init(at: at, by: actor, text: text))
        }
        let views = try results[0].map { row in
            let id = try row.decode("id", as: UUID.self)
            return AppealView(
                appealID: id, number: try row.decode("number", as: String?.self), state: try Self.state(row),
                revision: Int(try row.decode("revision", as: Int32.self)),
                card: try row.decode("card", as: PostgresJSON<AppealCard>.self).value,
                callID: try row.decode("call_id", as: UUID?.self), operatorID: try row.decode("operator_id"),
                openedAt: try row.decode("opened_at"), registeredAt: try row.decode("registered_at", as: Date?.self),
                forwardings: forwardings[id] ?? [], history: history[id] ?? [])
        }
        return Dictionary(uniqueKeysWithValues: views.map { ($0.appealID, $0) })
    }

    static let noSuchAppeal = Refusal("no-such-appeal", "Такой карточки нет.")

    /// Locks the cards of these that exist until commit.
    static func lock(_ ids: [UUID], in transaction: Transaction) async throws -> [UUID: StoredAppeal] {
        let rows = try await transaction.query(
            """
            SELECT id, state, revision, number, call_id, organization_id, card ->> 'topic' AS topic FROM appeal
            WHERE id = ANY(\(ids)) ORDER BY id FOR UPDATE
            """)
        let stored = try rows.map { row in
            (
                try row.decode("id", as: UUID.self),
                StoredAppeal(
                    state: try self.state(row), revision: Int(try row.decode("revision", as: Int32.self)),
                    number: try row.decode("number", as: String?.self),
                    callID: try row.decode("call_id", as: UUID?.self),
                    organizationID: try row.decode("organization_id", as: String?.self),
                    topic: try row.decode("topic", as: String?.self).flatMap(AppealTopic.init(rawValue:)))
            )
        }
        return Dictionary(uniqueKeysWithValues: stored)
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
            try self.note(request.appealID, actor: request.operatorID, "Карточка открыта", in: transaction)
        }
    }

    /// A save that the rules allow.
    struct Save: Sendable {
        let request: SaveAppeal
        let state: AppealState
    }

    /// Keeps the fields and the history entries that hold them.
    static func save(_ saves: [Save], in transaction: Transaction) throws {
        let ids = saves.map(\.request.appealID)
        let cards = saves.map { PostgresJSON($0.request.card) }
        try transaction.queue([
            """
            UPDATE appeal SET card = new.card, revision = revision + 1, changed_at = now(),
                state = CASE WHEN appeal.state = 'draft' THEN appeal.state ELSE new.state END
            FROM unnest(\(ids), \(cards), \(saves.map(\.state.rawValue))) AS new (id, card, state)
            WHERE appeal.id = new.id
            """,
            """
            INSERT INTO appeal_history (appeal_id, at, actor, text, revision, card)
            SELECT id, now(), actor, text, revision, card
            FROM unnest(\(ids), \(saves.map(\.request.operatorID)), \(saves.map { $0.state == .measuresTaken
                ? "Сохранено: все меры приняты" : "Сохранено" }), \(saves.map { Int32($0.request.revision + 1) }),
                \(cards)) AS new (id, actor, text, revision, card)
            """,
        ])
    }

    /// What a draft got when it was registered.
    struct Registration: Sendable {
        let number: String
        let at: Date
    }

    /// Gives drafts their numbers, in the order given; the year is the region's at `moment`. Nothing that takes long
    /// may follow in the transaction, because whoever registers next waits for its end.
    static func register(
        _ drafts: [(id: UUID, state: AppealState, actor: String)], region: String, timeZone: String,
        at moment: Date = Date(), in transaction: Transaction
    ) async throws -> [UUID: Registration] {
        guard !drafts.isEmpty else { return [:] }
        let rows = try await transaction.query(
            """
            WITH taken AS (
                INSERT INTO appeal_number AS known (region, year, last)
                VALUES (\(region), extract(year FROM \(moment)::timestamptz AT TIME ZONE \(timeZone))::integer,
                    \(Int64(drafts.count)))
                ON CONFLICT (region, year) DO UPDATE SET last = known.last + EXCLUDED.last
                RETURNING region, year, last
            ), numbered AS (
                SELECT draft.*, region, year, last - \(Int64(drafts.count)) + place AS sequence
                FROM taken, unnest(\(drafts.map(\.id)), \(drafts.map(\.state.rawValue)), \(drafts.map(\.actor)))
                    WITH ORDINALITY AS draft (id, state, actor, place)
            ), registered AS (
                UPDATE appeal SET state = numbered.state, registered_at = \(moment), region = numbered.region,
                    year = numbered.year, sequence = numbered.sequence,
                    number = numbered.region || '-' || numbered.year || '-'
                        || lpad(numbered.sequence::text, greatest(6, length(numbered.sequence::text)), '0')
                FROM numbered WHERE appeal.id = numbered.id AND appeal.number IS NULL
                RETURNING appeal.id, appeal.number, appeal.registered_at, numbered.actor
            ), noted AS (
                INSERT INTO appeal_history (appeal_id, at, actor, text)
                SELECT id, now(), actor, 'Зарегистрировано под номером ' || number FROM registered
            )
            SELECT id, number, registered_at FROM registered
            """)
        // A number that nobody got would be a gap (J-02): all or nothing.
        guard rows.count == drafts.count else { throw RequestError(kind: .failed, request: "appeal.register") }
        return Dictionary(
            uniqueKeysWithValues: try rows.map { row in
                let (id, number, at) = try row.decode(UUID.self, String.self, Date.self)
                return (id, Registration(number: number, at: at))
            })
    }

    static func forward(_ request: ForwardAppeal, in transaction: Transaction) throws {
        let organization = request.organization
        try transaction.queue([
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

    static func note(_ id: UUID, actor: String, _ text: String, in transaction: Transaction) throws {
        try transaction.queue([
            "INSERT INTO appeal_history (appeal_id, at, actor, text) VALUES (\(id), now(), \(actor), \(text))"
        ])
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

    static func endCalls(_ calls: some Collection<CallEnded>, in transaction: Transaction) throws {
        let texts = calls.map { $0.outcome.isBroken ? "Связь прервалась" : "Разговор завершён" }
        try transaction.queue([
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
