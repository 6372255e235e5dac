import Contracts
import Foundation
import Messaging
import Postgres
import Vocabulary

/// All SQL of the journal.
struct AppealStore: Sendable {
    let database: PostgresPool

    // MARK: Reading

    /// - Throws: `no-such-appeal`, `not-yours`.
    func appeal(_ request: GetAppeal) async throws -> AppealView {
        let view = try await self.database.transaction(isolation: .repeatableRead, readOnly: true) {
            try await Self.view(request.appealID, in: $0)
        }
        guard request.asker?.maySee(view) ?? true else { throw AppealRules.notYours }
        return view
    }

    func list(_ filter: ListAppeals) async throws -> [AppealSummary] {
        let limit = Int64(max(1, min(filter.limit, 200)))
        let asker = filter.asker
        let seesAll = asker?.isInCharge ?? true
        return try await self.database.query(
            """
            SELECT id, number, state, card, appeal.call_id, operator_id, organization_name, opened_at, channel, caller
            FROM appeal LEFT JOIN appeal_call ON appeal_call.call_id = appeal.call_id
            WHERE (\(filter.operatorID)::text IS NULL OR operator_id = \(filter.operatorID))
              AND (\(filter.organizationID)::text IS NULL OR organization_id = \(filter.organizationID))
              AND (\(filter.state?.rawValue)::text IS NULL OR state = \(filter.state?.rawValue))
              AND (\(filter.callID)::uuid IS NULL
                   OR id = (SELECT appeal_id FROM appeal_call WHERE call_id = \(filter.callID)))
              -- as `AppealAsker.maySee`
              AND (\(seesAll) OR CASE WHEN \(asker?.organizationID)::text IS NOT NULL
                THEN organization_id = \(asker?.organizationID)
                ELSE operator_id = \(asker?.accountID) OR EXISTS (
                    SELECT FROM appeal_call AS offered WHERE offered.appeal_id = appeal.id
                        AND offered.ended_at IS NULL AND offered.offered_to = \(asker?.accountID)) END)
            ORDER BY opened_at DESC LIMIT \(limit)
            """
        ).map { row in
            let card = try row.decode("card", as: PostgresJSON<AppealCard>.self).value
            return AppealSummary(
                appealID: try row.decode("id"), number: try row.decode("number", as: String?.self),
                state: try Self.state(row), applicant: card.applicant, topic: card.topic,
                callID: try row.decode("call_id", as: UUID?.self),
                operatorID: try row.decode("operator_id", as: String?.self),
                organizationName: try row.decode("organization_name", as: String?.self),
                openedAt: try row.decode("opened_at"), channel: try Self.channel(row),
                caller: try row.decode("caller", as: PostgresJSON<CallerNumber>?.self)?.value)
        }
    }

    /// The calls whose appeal is not closed, or that have none. What is still worked on, as a task or in a card that goes
    /// on from the closed one, needs its calls too.
    func openAppeals(_ request: GetOpenAppeals) async throws -> GetOpenAppeals.Answer {
        guard request.callIDs.count <= GetOpenAppeals.limit else {
            throw Refusal("too-many", "Спросите не больше чем о \(GetOpenAppeals.limit) звонках сразу.")
        }
        let rows = try await self.database.query(
            """
            SELECT id FROM unnest(\(request.callIDs)) AS asked (id)
            WHERE NOT EXISTS (
                SELECT FROM appeal_call JOIN appeal ON appeal.id = appeal_id
                WHERE appeal_call.call_id = asked.id AND state = 'closed'
                    AND NOT EXISTS (SELECT FROM appeal_task WHERE appeal_task.appeal_id = appeal.id AND done_at IS NULL)
                    AND NOT EXISTS (SELECT FROM appeal AS next WHERE next.about_id = appeal.id AND next.state <> 'closed'))
            """)
        return GetOpenAppeals.Answer(callIDs: try rows.map { try $0.decode("id") })
    }

    static func view(_ id: UUID, in transaction: Transaction) async throws -> AppealView {
        guard let view = try await self.views([id], in: transaction)[id] else { throw Self.noSuchAppeal }
        return view
    }

    /// The cards of these that exist.
    static func views(_ ids: [UUID], in transaction: Transaction) async throws -> [UUID: AppealView] {
        guard !ids.isEmpty else { return [:] }
        let results = try await transaction.pipeline([
            """
            SELECT appeal.*, about.number AS about_number
            FROM appeal LEFT JOIN appeal AS about ON about.id = appeal.about_id WHERE appeal.id = ANY(\(ids))
            """,
            """
            SELECT appeal_id, organization_id, organization_name, organization_email, comment, at
            FROM appeal_forwarding WHERE appeal_id = ANY(\(ids)) ORDER BY id
            """,
            "SELECT appeal_id, at, actor, text, fields, number FROM appeal_history WHERE appeal_id = ANY(\(ids)) ORDER BY id",
            """
            SELECT \(unsafeSQL: Self.messageColumns) FROM appeal_message JOIN appeal_call USING (call_id)
            WHERE appeal_message.appeal_id = ANY(\(ids)) ORDER BY left_at, call_id
            """,
            // Reading ends with the call that was offered.
            """
            SELECT appeal_id, call_id, CASE WHEN ended_at IS NULL THEN offered_to END FROM appeal_call
            WHERE appeal_id = ANY(\(ids)) ORDER BY answered_at, call_id
            """,
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
            let (id, at, actor, text, fields, number) = try row.decode(
                UUID.self, Date.self, String.self, String.self, PostgresJSON<[String]>?.self, String?.self)
            var entry = AppealView.HistoryEntry(at: at, by: actor, text: text, fields: fields?.value)
            entry.number = number
            history[id, default: []].append(entry)
        }
        let messages = Dictionary(grouping: try results[3].map(Self.message), by: \.appealID)
        var offered: [UUID: [String]] = [:]
        var calls: [UUID: [UUID]] = [:]
        for row in results[4] {
            let (id, call, operatorID) = try row.decode(UUID.self, UUID.self, String?.self)
            calls[id, default: []].append(call)
            if let operatorID { offered[id, default: []].append(operatorID) }
        }
        let views = try results[0].map { row in
            let id = try row.decode("id", as: UUID.self)
            var view = AppealView(
                appealID: id, number: try row.decode("number", as: String?.self), state: try Self.state(row),
                revision: Int(try row.decode("revision", as: Int32.self)),
                card: try row.decode("card", as: PostgresJSON<AppealCard>.self).value,
                callID: try row.decode("call_id", as: UUID?.self),
                operatorID: try row.decode("operator_id", as: String?.self),
                openedAt: try row.decode("opened_at"), registeredAt: try row.decode("registered_at", as: Date?.self),
                forwardings: forwardings[id] ?? [], history: history[id] ?? [], channel: try Self.channel(row),
                messages: messages[id] ?? [], offeredTo: offered[id] ?? [])
            view.callIDs = calls[id] ?? []
            if let channel = try row.decode("told_through", as: String?.self).flatMap(OutcomeChannel.init(rawValue:)) {
                view.outcome = AppealView.Outcome(channel: channel, toldAt: try row.decode("told_at", as: Date?.self))
            }
            view.aboutID = try row.decode("about_id", as: UUID?.self)
            view.aboutNumber = try row.decode("about_number", as: String?.self)
            return view
        }
        return Dictionary(uniqueKeysWithValues: views.map { ($0.appealID, $0) })
    }

    static let noSuchAppeal = Refusal("no-such-appeal", "Такой карточки нет.")

    /// Locks the cards of these that exist until commit.
    static func lock(_ ids: [UUID], in transaction: Transaction) async throws -> [UUID: StoredAppeal] {
        let rows = try await transaction.query(
            """
            SELECT id, state, revision, number, call_id, organization_id, operator_id, card,
                told_at IS NOT NULL AS is_told,
                CASE WHEN told_through = 'voice' AND told_at IS NULL THEN tellings END AS pending_voice
            FROM appeal
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
                    operatorID: try row.decode("operator_id", as: String?.self),
                    card: try row.decode("card", as: PostgresJSON<AppealCard>.self).value,
                    isTold: try row.decode("is_told"),
                    pendingVoice: try row.decode("pending_voice", as: Int32?.self).map(Int.init))
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

    private static func channel(_ row: PostgresRow) throws -> AppealChannel? {
        AppealChannel(rawValue: try row.decode("channel"))
    }

    // MARK: Cards

    /// Opens a card without a call, or finds it opened. The asker chooses the id, so it may be anything: the id of
    /// somebody else's card, or of a call, which would then be taken for that call's card.
    /// - Throws: `key-reused` for every id that is not the asker's, in the words in which a key is refused.
    static func open(_ request: OpenAppeal, in transaction: Transaction) async throws {
        var card = AppealCard()
        var text = "Карточка открыта"
        if let aboutID = request.aboutID {
            guard let about = try await self.lock([aboutID], in: transaction)[aboutID] else { throw self.noSuchAppeal }
            try AppealRules.checkContinuing(request, of: about)
            card = AppealRules.continuing(about.card)
            text += ": продолжение закрытой № \(about.number ?? "")"
        }
        let inserted = try await transaction.execute(
            """
            INSERT INTO appeal (id, channel, state, card, operator_id, about_id, opened_at, changed_at)
            SELECT \(request.appealID), 'noCall', 'draft', \(PostgresJSON(card)), \(request.operatorID), \(request.aboutID),
                now(), now()
            WHERE NOT EXISTS (SELECT FROM appeal_call WHERE call_id = \(request.appealID))
            ON CONFLICT (id) DO NOTHING
            """)
        guard inserted == 0 else {
            try self.note(request.appealID, actor: request.operatorID, text, in: transaction)
            if let aboutID = request.aboutID {
                try self.note(
                    aboutID, actor: request.operatorID, Self.linked, act: .linked, in: transaction)
            }
            return
        }
        let known = try await self.lock([request.appealID], in: transaction)[request.appealID]
        guard let known, known.operatorID == request.operatorID else { throw Refusal.keyReused }
    }

    /// What a closed card says of the one in which work goes on.
    static let linked = "Работа продолжена в новой карточке"

    /// A save that the rules allow.
    struct Save: Sendable {
        let request: SaveAppeal
        /// As it is kept: tidied.
        let card: AppealCard
        let state: AppealState
        let isRegistering: Bool
        let fields: [AppealField]

        /// Changes nothing, so it leaves no trace.
        var isEmpty: Bool { !self.isRegistering && self.fields.isEmpty }
    }

    /// Keeps the fields and the history entries that hold them.
    static func save(_ saves: [Save], in transaction: Transaction) throws {
        let ids = saves.map(\.request.appealID)
        let cards = saves.map { PostgresJSON($0.card) }
        try transaction.queue([
            """
            UPDATE appeal SET card = new.card, revision = revision + 1, changed_at = now(),
                state = CASE WHEN appeal.state = 'draft' THEN appeal.state ELSE new.state END,
                -- what was told holds for those measures, and while all are taken (C-05)
                told_through = CASE WHEN holds THEN told_through END, told_by = CASE WHEN holds THEN told_by END,
                told_at = CASE WHEN holds THEN told_at END
            FROM (
                SELECT given.*, given.state = 'measuresTaken' AND given.card -> 'measures' = old.card -> 'measures'
                    -- and a voice speaks to that number
                    AND (old.told_at IS NOT NULL OR given.card -> 'phone' IS NOT DISTINCT FROM old.card -> 'phone') AS holds
                FROM unnest(\(ids), \(cards), \(saves.map(\.state.rawValue))) AS given (id, card, state)
                JOIN appeal AS old USING (id)
            ) AS new
            WHERE appeal.id = new.id
            """,
            """
            INSERT INTO appeal_history (appeal_id, at, actor, text, revision, card, fields)
            SELECT id, now(), actor, text, revision, card, fields
            FROM unnest(\(ids), \(saves.map(\.request.operatorID)), \(saves.map { $0.state == .measuresTaken
                ? "Сохранено: все меры приняты" : "Сохранено" }), \(saves.map { Int32($0.request.revision + 1) }),
                \(cards), \(saves.map { Self.names($0.fields) })) AS new (id, actor, text, revision, card, fields)
            """,
        ])
    }

    /// A draft that the rules allow to be kept.
    struct Kept: Sendable {
        let request: KeepDraft
        /// As it is kept: tidied.
        let card: AppealCard
    }

    /// Keeps the fields of a draft that is not registered yet. Workplaces do it every few seconds while somebody types:
    /// such a run is one entry of the history, with the fields with which it began. Entries are only added.
    static func keep(_ kept: Kept, in transaction: Transaction) throws {
        let (request, card) = (kept.request, PostgresJSON(kept.card))
        let text = "Черновик сохранён"
        try transaction.queue([
            """
            UPDATE appeal SET card = \(card), revision = revision + 1, changed_at = now()
            WHERE id = \(request.appealID)
            """,
            """
            INSERT INTO appeal_history (appeal_id, at, actor, text, revision, card)
            SELECT \(request.appealID), now(), \(request.operatorID), \(text), \(Int32(request.revision + 1)), \(card)
            WHERE NOT EXISTS (
                SELECT FROM (
                    SELECT actor, text FROM appeal_history WHERE appeal_id = \(request.appealID)
                    ORDER BY id DESC LIMIT 1) AS newest
                WHERE actor = \(request.operatorID) AND text = \(text))
            """,
        ])
    }

    private static func names(_ fields: [AppealField]) -> PostgresJSON<[String]> {
        PostgresJSON(fields.map(\.rawValue))
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

    static func forward(_ request: ForwardAppeal, comment: String, in transaction: Transaction) throws {
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
                \(comment), \(request.operatorID), now())
            """,
            """
            INSERT INTO appeal_history (appeal_id, at, actor, text)
            VALUES (\(request.appealID), now(), \(request.operatorID), \("Передано: " + organization.name))
            """,
        ])
    }

    /// What may follow in the history of a closed card: it tells what came of the card and changes nothing in it. All
    /// else that is told of a closed card stands where it belongs, with the visit, the callback or the message.
    enum Act: String, Sendable {
        case closing
        /// What the citizen said about it.
        case survey
        /// What somebody has to do about it, or has done.
        case task
        /// Work goes on in another card.
        case linked
    }

    static func note(
        _ id: UUID, actor: String, _ text: String, act: Act? = nil, in transaction: Transaction
    ) throws {
        try transaction.queue([
            """
            INSERT INTO appeal_history (appeal_id, at, actor, text, act)
            VALUES (\(id), now(), \(actor), \(text), \(act?.rawValue))
            """
        ])
    }

    // MARK: What other services tell

    /// Adds an entry to each card; to a closed one only an act.
    /// - Returns: how many of them belong to a card that is known.
    static func note(
        appeals: [UUID], at: [Date], actor: ServiceName, texts: [String], acts: [Act?]? = nil,
        in transaction: Transaction
    ) async throws -> Int {
        try await self.note(
            appeals: appeals, at: at, actors: appeals.map { _ in actor.rawValue }, texts: texts, acts: acts,
            in: transaction)
    }

    /// As above, each entry of somebody of its own: an operator's id or a service's name.
    static func note(
        appeals: [UUID], at: [Date], actors: [String], texts: [String], acts: [Act?]? = nil, in transaction: Transaction
    ) async throws -> Int {
        let acts = acts ?? appeals.map { _ in nil }
        let rows = try await transaction.query(
            """
            WITH known AS (
                SELECT appeal.id, state, new.at, new.actor, new.text, new.act
                FROM unnest(\(appeals), \(at), \(actors), \(texts), \(acts.map { $0?.rawValue })) AS new (id, at, actor, text, act)
                JOIN appeal USING (id)
            ), noted AS (
                INSERT INTO appeal_history (appeal_id, at, actor, text, act)
                SELECT id, at, actor, text, act FROM known WHERE state <> 'closed' OR act IS NOT NULL
            )
            SELECT count(*) FROM known
            """)
        return Int(try rows.first?.decode("count", as: Int64.self) ?? 0)
    }
}
