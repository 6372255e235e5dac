public import Foundation
public import Postgres

/// Publishes again what was sent, for a broker that lost all it held. The inboxes absorb what they know already.
public enum Resend {
    /// Marks the events that were sent at or after `moment` as unsent; the running relay publishes them.
    /// - Returns: how many.
    public static func resend(since moment: Date, in database: PostgresPool) async throws -> Int {
        let count = try await database.execute(
            """
            UPDATE outbox_message SET state = 'available', sent_at = NULL, claimed_until = NULL, attempt = 0
            WHERE state = 'sent' AND sent_at >= \(moment)
            """)
        try await database.execute("SELECT pg_notify(\(Outbox.channel), '')")
        return count
    }
}
