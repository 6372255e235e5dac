import Contracts
import Foundation
import Messaging
import Postgres

/// All SQL of exchanges that we do not drive: here what their events change.
struct ForeignStore: Sendable {
    /// The exchange waits for the answer.
    static let deadline: Duration = .seconds(5)

    let database: PostgresPool

    /// What became of one event.
    struct Taken: Sendable {
        let result: ForeignResult
        /// Of the call that this event ended.
        var outcome: CallOutcome?
    }

    /// Takes events in their order: what is known of them, the rows of their calls and what is announced are one
    /// transaction. The calls are locked, so that their events are taken one after the other on all replicas.
    /// - Returns: one for each event.
    func take(
        _ events: [ForeignEvent], from exchange: String, rules: ForeignRules, at now: Date
    ) async throws -> [Taken] {
        try await self.database.transaction(deadline: Self.deadline) { transaction in
            var known = try await Self.lock(events, from: exchange, in: transaction)
            var taken: [Taken] = []
            var rows: [(event: ForeignEvent, notes: [ForeignStep.Note])] = []
            var announced: [any Event] = []
            var changed: Set<UUID> = []
            for event in events {
                let callID = ForeignCall.id(of: event.call, at: exchange)
                guard known.events.insert(event.id).inserted else {
                    taken.append(Taken(result: .known(event.id)))
                    continue
                }
                do {
                    // Its state is forgotten: it ended days ago.
                    if known.over.contains(callID), known.calls[callID] == nil { throw ForeignRefusal.callOver }
                    let step = try ForeignCall.take(
                        event, known.calls[callID], from: exchange, rules: rules, receivedAt: now)
                    if step.call != known.calls[callID] { changed.insert(callID) }
                    known.calls[callID] = step.call
                    announced += step.events
                    rows.append((event, step.notes))
                    let isEnd = step.events.contains { $0 is CallEnded }
                    taken.append(
                        Taken(
                            result: .done(event.id, step.notes),
                            outcome: isEnd ? step.call.call.outcome : nil))
                } catch let refusal as ForeignRefusal {
                    // It may come again with the same id.
                    known.events.remove(event.id)
                    taken.append(Taken(result: .refused(event.id, refusal)))
                }
            }
            let calls = changed.compactMap { known.calls[$0] }
            _ = try await transaction.pipeline(
                try Self.statements(calls, rows, from: exchange, locked: known.locked, at: now))
            try transaction.outbox.append(announced)
            return taken
        }
    }

    private struct Known {
        /// The ids of events that were taken before.
        var events: Set<String>
        var calls: [UUID: ForeignCall] = [:]
        /// Calls whose rows say that they ended.
        var over: Set<UUID>
        var locked: [UUID]
    }

    private static func lock(
        _ events: [ForeignEvent], from exchange: String, in transaction: Transaction
    ) async throws -> Known {
        // In one order on all replicas, against deadlocks.
        let locked = Set(events.map { ForeignCall.id(of: $0.call, at: exchange) })
            .sorted { $0.uuidString < $1.uuidString }
        // Each statement sees what was committed before it began: what comes behind the lock is up to date.
        let results = try await transaction.pipeline([
            """
            INSERT INTO foreign_call (call_id, exchange, heard_at)
            SELECT id, \(exchange), now() FROM unnest(\(locked)) WITH ORDINALITY AS new (id, place) ORDER BY place
            ON CONFLICT DO NOTHING
            """,
            """
            SELECT call_id, kept::text AS kept FROM foreign_call WHERE call_id = ANY(\(locked))
            ORDER BY call_id FOR UPDATE
            """,
            "SELECT id FROM call WHERE id = ANY(\(locked)) AND state = 'ended'",
            "SELECT id FROM foreign_event WHERE exchange = \(exchange) AND id = ANY(\(events.map(\.id)))",
        ])
        var known = Known(
            events: Set(try results[3].map { try $0.decode("id", as: String.self) }),
            over: Set(try results[2].map { try $0.decode("id", as: UUID.self) }), locked: locked)
        for row in results[1] {
            let (id, kept) = try row.decode(UUID.self, String?.self)
            if let kept { known.calls[id] = try Self.read(kept) }
        }
        return known
    }

    private static func statements(
        _ calls: [ForeignCall], _ rows: [(event: ForeignEvent, notes: [ForeignStep.Note])], from exchange: String,
        locked: [UUID], at now: Date
    ) throws -> [PostgresQuery] {
        var statements: [PostgresQuery] = []
        if !calls.isEmpty {
            let kept = try calls.map { String(decoding: try MessageCoding.encoder.encode($0), as: UTF8.self) }
            statements.append(try LineStore.upsert(calls.map(\.call), exchange: exchange))
            statements.append(
                """
                UPDATE foreign_call SET kept = new.kept::jsonb, ended_at = new.ended_at
                FROM unnest(\(calls.map(\.call.id)), \(kept), \(calls.map(\.call.endedAt)))
                    AS new (call_id, kept, ended_at)
                WHERE foreign_call.call_id = new.call_id
                """)
        }
        let messages = rows.compactMap { row -> (call: UUID, id: UUID, seconds: Int, recording: String?)? in
            guard case .message(let seconds, let recording) = row.event.kind else { return nil }
            let callID = ForeignCall.id(of: row.event.call, at: exchange)
            return (
                callID, RecordingIdentity.recording(of: callID, .message, part: 1), seconds, recording
            )
        }
        if !messages.isEmpty {
            // Who asks for the sound is told where it lies; fetching it is not promised. The first message counts.
            statements.append(
                """
                INSERT INTO recording (id, exchange, name, call_id, kind, part, format, state, started_at, finished_at,
                    duration_ms, failure)
                SELECT id, \(exchange), coalesce('message-' || call_id || ' ' || recording, 'message-' || call_id),
                    call_id, 'message', 1, 'wav', 'failed', \(now), \(now), seconds * 1000,
                    'the sound stays at the exchange ' || \(exchange)
                FROM unnest(\(messages.map(\.id)), \(messages.map(\.call)), \(messages.map { Int64($0.seconds) }),
                    \(messages.map(\.recording))) AS new (id, call_id, seconds, recording)
                ON CONFLICT DO NOTHING
                """)
        }
        if !rows.isEmpty {
            let ids = rows.map { ForeignCall.id(of: $0.event.call, at: exchange) }
            statements.append(
                """
                INSERT INTO foreign_event (exchange, id, call_id, type, told_at, received_at, note)
                SELECT \(exchange), id, call_id, type, told_at, \(now), note
                FROM unnest(\(rows.map(\.event.id)), \(ids), \(rows.map(\.event.type)), \(rows.map(\.event.at)),
                    \(rows.map { $0.notes.isEmpty ? nil : $0.notes.map(\.rawValue).joined(separator: ",") }))
                    AS new (id, call_id, type, told_at, note)
                ORDER BY id
                """)
            statements.append("UPDATE foreign_call SET heard_at = \(now) WHERE call_id = ANY(\(ids))")
        }
        // What was locked for nothing but refusals.
        statements.append("DELETE FROM foreign_call WHERE call_id = ANY(\(locked)) AND kept IS NULL")
        return statements
    }

    static func read(_ kept: String) throws -> ForeignCall {
        do {
            return try MessageCoding.decoder.decode(ForeignCall.self, from: Data(kept.utf8))
        } catch is DecodingError {
            throw UnreadableRow(column: "foreign_call.kept")
        }
    }
}
