import Postgres
import TestSupport
import Testing

@Suite struct RestartTests {
    @Test(.timeLimit(.minutes(10)))
    func aKilledServerIsReportedAndFoundAgain() async throws {
        let server = try PrivatePostgres()
        let pool = PostgresPool(try server.settings, logger: quietLogger())
        let running = Task { try await pool.run() }
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await self.exercise(server, pool)) } catch { outcome = .failure(error) }
        running.cancel()
        try await running.value
        try server.remove()
        try outcome.get()
    }

    private func exercise(_ server: PrivatePostgres, _ pool: PostgresPool) async throws {
        try await pool.execute("CREATE TABLE item (id bigint PRIMARY KEY)", deadline: .seconds(30))
        var heard = pool.notifications(on: ["news"]).makeAsyncIterator()
        #expect(await heard.next() == .reconnected)
        let sleeping = Task { try await pool.execute("SELECT pg_sleep(30)") }
        let transaction = Task {
            try await pool.transaction { transaction -> Int in
                try await transaction.execute("INSERT INTO item VALUES (1)")
                return try await transaction.execute("SELECT pg_sleep(30)")
            }
        }
        // Both are under way when the server itself shows them.
        while try await pool.query("SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'").count < 2 {}
        try server.killHard()
        for task in [sleeping, transaction] {
            await #expect { _ = try await task.value } throws: { error in
                let error = error as? PostgresError
                return error?.isRetryable == true && error?.outcomeIsUnknown == true
            }
        }
        await #expect { _ = try await pool.query("SELECT 1", deadline: .milliseconds(300)) } throws: {
            ($0 as? PostgresError)?.isRetryable == true
        }
        #expect(!pool.isReady)

        try server.start()
        // This caller waits for the connection rather than fail.
        let left = try await pool.query("SELECT count(*) FROM item", deadline: .seconds(20))[0].decode(Int.self)
        #expect(left == 0)
        #expect(pool.isReady)
        #expect(await heard.next() == .reconnected)
    }
}
