import Postgres
import TestSupport
import Testing

@Suite struct NotificationTests {
    @Test(.timeLimit(.minutes(1)))
    func notificationsArriveAndListeningSurvivesALostConnection() async throws {
        try await withTestDatabase { pool in
            var heard = pool.notifications(on: ["outbox"]).makeAsyncIterator()
            #expect(await heard.next() == .reconnected)
            try await pool.execute("SELECT pg_notify('outbox', \("first"))")
            #expect(await heard.next() == .received(channel: "outbox", payload: "first"))
            try await pool.execute(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND query LIKE 'LISTEN%'
                """)
            #expect(await heard.next() == .reconnected)
            try await pool.execute("SELECT pg_notify('outbox', \("second"))")
            #expect(await heard.next() == .received(channel: "outbox", payload: "second"))
            await pool.close()
            #expect(await heard.next() == nil)
        }
    }
}
