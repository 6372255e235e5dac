import Postgres
import TestSupport
import Testing

@Suite struct NotificationTests {
    @Test(.timeLimit(.minutes(10)))
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

    @Test(.timeLimit(.minutes(10)))
    func allWhoListenShareAConnectionThatClosesWithTheLast() async throws {
        try await withTestDatabase { pool in
            var first = Optional(pool.notifications(on: ["a"]).makeAsyncIterator())
            #expect(await first?.next() == .reconnected)
            var second = Optional(pool.notifications(on: ["b", "q\"x"]).makeAsyncIterator())
            #expect(await second?.next() == .reconnected)
            #expect(try await Self.listening(in: pool) == 1)
            for channel in ["a", "b", "q\"x"] { try await pool.execute("SELECT pg_notify(\(channel), '')") }
            #expect(await first?.next() == .received(channel: "a", payload: ""))
            #expect(await second?.next() == .received(channel: "b", payload: ""))
            #expect(await second?.next() == .received(channel: "q\"x", payload: ""))
            // Who has gone is not waited for, and who stays goes on.
            second = nil
            try await pool.execute("SELECT pg_notify('b', '')")
            try await pool.execute("SELECT pg_notify('a', 'again')")
            #expect(await first?.next() == .received(channel: "a", payload: "again"))
            first = nil
            while try await Self.listening(in: pool) > 0 {}
            var third = pool.notifications(on: ["a"]).makeAsyncIterator()
            #expect(await third.next() == .reconnected)
            try await pool.execute("SELECT pg_notify('a', 'new')")
            #expect(await third.next() == .received(channel: "a", payload: "new"))
        }
    }

    /// Connections of the database beside those that ask.
    private static func listening(in pool: PostgresPool) async throws -> Int {
        try await pool.query(
            """
            SELECT FROM pg_stat_activity
            WHERE datname = current_database() AND query SIMILAR TO '(UN)?LISTEN%' AND pid <> pg_backend_pid()
            """
        ).count
    }
}
