import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct PoolTests {
    @Test func fiveHundredQueriesShareEightConnections() async throws {
        try await withTestDatabase { pool in
            let sum = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<500 {
                    group.addTask { try await pool.query("SELECT \(number)")[0].decode(Int.self) }
                }
                return try await group.reduce(0, +)
            }
            #expect(sum == 500 * 499 / 2)
            let open = try await pool.query(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")[0].decode(Int.self)
            #expect(open <= 8)
        }
    }

    @Test func anErrorInAPipelineUndoesItAndLeavesTheConnectionUsable() async throws {
        try await withTestDatabase(configure: { $0.maximumConnections = 1 }) { pool in
            try await pool.execute("CREATE TABLE item (id bigint PRIMARY KEY)")
            await #expect {
                _ = try await pool.pipeline([
                    "INSERT INTO item VALUES (\(1))", "INSERT INTO item VALUES (\(1))", "SELECT \("never")",
                ])
            } throws: { error in
                let error = error as? PostgresError
                return error?.sqlState == .uniqueViolation && error?.statementIndex == 1
                    && error?.constraintName == "item_pkey" && error?.isRetryable == false
            }
            let answers = try await pool.pipeline(["SELECT count(*) FROM item", "SELECT \("later")"])
            #expect(try answers[0][0].decode(Int.self) == 0)
            #expect(try answers[1][0].decode(String.self) == "later")
        }
    }

    @Test func aDeferredConstraintFailsTheQueryThatBrokeIt() async throws {
        try await withTestDatabase(configure: { $0.maximumConnections = 1 }) { pool in
            try await pool.runScript(
                """
                CREATE TABLE a (id int PRIMARY KEY);
                CREATE TABLE b (a int REFERENCES a DEFERRABLE INITIALLY DEFERRED)
                """)
            await #expect { try await pool.execute("INSERT INTO b VALUES (7)") } throws: {
                ($0 as? PostgresError)?.sqlState == .foreignKeyViolation
            }
            let after = try await pool.query("SELECT 1").count
            #expect(after == 1)
        }
    }

    @Test func errorsDoNotDescribeValues() async throws {
        try await withTestDatabase { pool in
            await #expect { _ = try await pool.query("SELECT \("Иванов")::text::int") } throws: { error in
                guard let error = error as? PostgresError else { return false }
                return !error.description.contains("Иванов") && error.debugDescription.contains("Иванов")
                    && error.sqlState == .invalidTextRepresentation
            }
        }
    }

    @Test func cancellingATaskStopsTheServerAndKeepsTheConnection() async throws {
        try await withTestDatabase(configure: { $0.maximumConnections = 1 }) { pool in
            let before = try await pool.query("SELECT pg_backend_pid()")[0].decode(Int.self)
            for _ in 0..<5 {
                let task = Task { try await pool.query("SELECT pg_sleep(20)") }
                try await Task.sleep(for: .milliseconds(30))
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
                // A late cancel would hit this one.
                #expect(try await pool.query("SELECT pg_backend_pid()")[0].decode(Int.self) == before)
            }
        }
    }

    @Test func aDeadlineEndsTheQuery() async throws {
        try await withTestDatabase(configure: { $0.maximumConnections = 1 }) { pool in
            // Opened first: the deadline below is for the query, not for a busy test server's slow connect.
            try await pool.execute("SELECT 1")
            let start = ContinuousClock.now
            await #expect {
                _ = try await pool.query("SELECT pg_sleep(300)", deadline: .milliseconds(200))
            } throws: { ($0 as? PostgresError)?.kind == .timedOut }
            #expect(ContinuousClock.now - start < .seconds(200))
            let after = try await pool.query("SELECT 1").count
            #expect(after == 1)
        }
    }

    @Test func waitersAreBoundedAndRefusedClearly() async throws {
        try await withTestDatabase(configure: {
            $0.maximumConnections = 1
            $0.maximumWaiters = 2
        }) { pool in
            // The one connection is taken until all but two of those who ask have been refused.
            let refused = try await pool.transaction { transaction in
                try await transaction.execute("SELECT 1")
                return await withTaskGroup(of: PostgresError?.self) { group in
                    for _ in 0..<5 {
                        group.addTask {
                            do {
                                _ = try await pool.query("SELECT 1")
                                return nil
                            } catch { return error as? PostgresError }
                        }
                    }
                    var refused: [PostgresError?] = []
                    while refused.count < 3, let next = await group.next() { refused.append(next) }
                    group.cancelAll()
                    return refused
                }
            }
            #expect(refused.count == 3)
            #expect(refused.allSatisfy { $0?.kind == .poolExhausted && $0?.isRetryable == true })
        }
    }

    @Test func aWaiterGivesUpAtItsDeadline() async throws {
        try await withTestDatabase(configure: { $0.maximumConnections = 1 }) { pool in
            try await pool.transaction { transaction in
                try await transaction.execute("SELECT 1")
                await #expect {
                    _ = try await pool.query("SELECT 1", deadline: .milliseconds(100))
                } throws: { ($0 as? PostgresError)?.kind == .timedOut }
            }
        }
    }

    @Test func aServerThatIsAwayIsReportedAfterTheConnectTimeout() async throws {
        var settings = try PostgresSettings(url: "postgres://postgres@127.0.0.1:1/none")
        settings.connectTimeout = .milliseconds(300)
        let pool = PostgresPool(settings, logger: quietLogger())
        await #expect { _ = try await pool.query("SELECT 1") } throws: {
            ($0 as? PostgresError)?.kind == .connection && ($0 as? PostgresError)?.isRetryable == true
        }
        #expect(!pool.isReady)
        await pool.close()
        await #expect { _ = try await pool.query("SELECT 1") } throws: { ($0 as? PostgresError)?.kind == .closed }
    }

    @Test func alteredTablesDoNotBreakPreparedStatementsForGood() async throws {
        try await withTestDatabase(configure: { $0.maximumConnections = 1 }) { pool in
            try await pool.execute("CREATE TABLE item (id bigint)")
            try await pool.execute("SELECT * FROM item")
            try await pool.execute("ALTER TABLE item ADD COLUMN name text")
            await #expect { _ = try await pool.query("SELECT * FROM item") } throws: {
                ($0 as? PostgresError)?.isRetryable == true
            }
            #expect(try await pool.query("SELECT * FROM item").columns == ["id", "name"])
        }
    }

    @Test func theStatementCacheForgetsTheOldest() async throws {
        try await withTestDatabase(configure: {
            $0.maximumConnections = 1
            $0.preparedStatements = 4
        }) { pool in
            for number in 0..<40 { try await pool.execute("SELECT \(unsafeSQL: String(number))") }
            let held = try await pool.query("SELECT count(*) FROM pg_prepared_statements")[0].decode(Int.self)
            #expect(held <= 6)
        }
    }
}
