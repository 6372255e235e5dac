import Contracts
import Foundation
import Messaging
import Postgres
import Vocabulary

/// Citizens who called in, or with whom an operator spoke, need no callback for what was before (C-03, C-07). Calls are
/// subjects of their own and are told in any order, so it is remembered for callbacks whose reason is told later.
extension CallbackStore {
    enum Contact: String {
        case calledIn = "called-in"
        case served
    }

    /// Ends the open callbacks to these numbers that arose before. Attempts that nobody has dialled yet are cancelled;
    /// one that is ringing goes on, and its outcome no longer matters. What was promised for a later time stays, and
    /// what a voice has to say.
    static func noteContact(
        _ contact: Contact, _ citizens: [(number: PhoneNumber, at: Date)], in transaction: Transaction
    ) async throws -> [any Event] {
        guard !citizens.isEmpty else { return [] }
        let numbers = citizens.map(\.number.e164)
        let moments = citizens.map(\.at)
        // The row is locked first: whoever opens a callback to the number meanwhile waits, or is waited for.
        try await transaction.execute(
            """
            INSERT INTO citizen_contact AS known (number, called_in_at, spoken_at)
            SELECT number, CASE WHEN \(contact == .calledIn) THEN at END, CASE WHEN \(contact == .served) THEN at END
            FROM (SELECT number, max(at) AS at FROM unnest(\(numbers), \(moments)) AS new (number, at) GROUP BY number)
                AS new
            ORDER BY number
            ON CONFLICT (number) DO UPDATE SET called_in_at = greatest(known.called_in_at, EXCLUDED.called_in_at),
                spoken_at = greatest(known.spoken_at, EXCLUDED.spoken_at), changed_at = now()
            """)
        let rows = try await transaction.query(
            """
            SELECT id FROM callback JOIN unnest(\(numbers), \(moments)) AS new (number, at) USING (number)
            WHERE state = 'open' AND kind IN ('brokenCall', 'requested', 'abandonedWait') AND coalesce(renewed_at, broken_at) <= new.at
            """)
        return try await self.end(try self.ids(rows), .withdrawn, reason: contact.rawValue, in: transaction)
    }

    /// When a citizen called in last and was spoken with last.
    struct Contacts {
        var calledInAt: Date?
        var spokenAt: Date?
    }

    /// Locks the rows of these numbers, before callbacks to them are opened: whoever notes a contact meanwhile waits, or
    /// was waited for.
    static func contacts(
        with numbers: [PhoneNumber], in transaction: Transaction
    ) async throws -> [String: Contacts] {
        guard !numbers.isEmpty else { return [:] }
        let rows = try await transaction.query(
            """
            INSERT INTO citizen_contact AS known (number)
            SELECT number FROM unnest(\(Array(Set(numbers.map(\.e164))))) AS new (number) ORDER BY number
            ON CONFLICT (number) DO UPDATE SET changed_at = now()
            RETURNING number, called_in_at, spoken_at
            """)
        return Dictionary(
            uniqueKeysWithValues: try rows.map { row in
                let (number, calledInAt, spokenAt) = try row.decode(String.self, Date?.self, Date?.self)
                return (number, Contacts(calledInAt: calledInAt, spokenAt: spokenAt))
            })
    }

    /// Ends those of the callbacks just opened that are needless already.
    static func endNeedless(
        _ opened: [NewCallback], _ contacts: [String: Contacts], in transaction: Transaction
    ) async throws -> [any Event] {
        var needless: [Contact: Set<UUID>] = [:]
        for new in opened where new.state == .open {
            guard let known = new.number.flatMap({ contacts[$0.e164] }) else { continue }
            if let at = known.calledInAt, at >= new.arisenAt {
                needless[.calledIn, default: []].insert(new.id)
            } else if let at = known.spokenAt, at >= new.arisenAt {
                needless[.served, default: []].insert(new.id)
            }
        }
        var events: [any Event] = []
        for (contact, ids) in needless {
            events += try await self.end(ids, .withdrawn, reason: contact.rawValue, in: transaction)
        }
        return events
    }

    /// Removes some of what was a week ago.
    static let forgetContacts: PostgresQuery = """
        DELETE FROM citizen_contact WHERE number = ANY(ARRAY(
            SELECT number FROM citizen_contact WHERE changed_at < now() - interval '7 days' LIMIT 1000))
            AND changed_at < now() - interval '7 days'
        """
}
