internal import Foundation
public import Postgres

extension Transaction {
    /// Where events are announced: they are published after this transaction has committed, or never.
    public var outbox: Outbox { Outbox(transaction: self) }
}

/// Writes events beside the change that they tell of.
public struct Outbox: Sendable {
    let transaction: Transaction

    /// The channel that wakes the relay.
    static let channel = "outbox"

    public func append(_ event: any Event) throws {
        try self.append([event])
    }

    /// Numbers the events of each subject in the order given and keeps them for the relay. Costs no flight of its own:
    /// it goes with the next statements, or with COMMIT.
    ///
    /// Locks the counters of the subjects until commit: append last, so that others wait little.
    public func append(_ events: some Sequence<any Event>) throws {
        let encoder = MessageCoding.encoder
        var rows = OutboxRows()
        for event in events {
            rows.add(event, body: try encoder.encode(event))
        }
        try self.append(rows)
    }

    /// As above, for events of one type.
    public func append<E: Event>(_ events: some Sequence<E>) throws {
        try self.append(events.map { $0 as any Event })
    }

    private func append(_ rows: OutboxRows) throws {
        guard !rows.ids.isEmpty else { return }
        let subjects = rows.counts.keys.sorted()
        let counts = subjects.map { rows.counts[$0] ?? 0 }
        // The counters first, in sorted order against deadlocks; each message then takes its own number back from
        // the end of its subject's new range. Only the first of a subject comes after a pause.
        try self.transaction.queue([
            """
            WITH counter AS (
                INSERT INTO outbox_subject AS known (subject, version)
                SELECT * FROM unnest(\(subjects), \(counts)) AS new (subject, version) ORDER BY subject
                ON CONFLICT (subject) DO UPDATE
                SET version = known.version + EXCLUDED.version, told_on = current_date,
                    after_pause = known.told_on < current_date - \(Retention.pauseDays)
                RETURNING subject, version, after_pause
            )
            INSERT INTO outbox_message (id, type, version, subject, subject_version, time, after_pause, body)
            SELECT m.id, m.type, m.version, m.subject, counter.version - m.later, now(),
                counter.after_pause AND m.ordinal = 1, m.body
            FROM unnest(\(rows.ids), \(rows.types), \(rows.versions), \(rows.subjects), \(rows.ordinals),
                \(rows.laterCounts(counts: rows.counts)), \(rows.bodies))
                WITH ORDINALITY AS m (id, type, version, subject, ordinal, later, body, place)
            JOIN counter USING (subject)
            ORDER BY m.place
            """,
            "SELECT pg_notify(\(Self.channel), '')",
        ])
    }
}

/// The columns of the rows to be, one array each.
private struct OutboxRows {
    var ids: [UUID] = []
    var types: [String] = []
    var versions: [Int16] = []
    var subjects: [String] = []
    var bodies: [Data] = []
    var ordinals: [Int64] = []
    var counts: [String: Int64] = [:]

    mutating func add(_ event: any Event, body: Data) {
        let type = Swift.type(of: event)
        let subject = event.subject
        self.ids.append(MessageID.next())
        self.types.append(type.type)
        self.versions.append(Int16(type.version))
        self.subjects.append(subject)
        self.bodies.append(body)
        let ordinal = self.counts[subject, default: 0] + 1
        self.counts[subject] = ordinal
        self.ordinals.append(ordinal)
    }

    /// How many events of the same subject come after each one.
    func laterCounts(counts: [String: Int64]) -> [Int64] {
        zip(self.subjects, self.ordinals).map { (counts[$0] ?? 0) - $1 }
    }
}
