import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct TransactionTests {
    struct Refused: Error {}

    private func count(_ pool: PostgresPool) async throws -> Int {
        try await pool.query("SELECT count(*) FROM item")[0].decode(Int.self)
    }

    @Test func whatIsThrownUndoesAll() async throws {
        try await withTestDatabase { pool in
            try await pool.execute("CREATE TABLE item (id bigint PRIMARY KEY)")
            await #expect(throws: Refused.self) {
                try await pool.transaction { transaction in
                    try await transaction.execute("INSERT INTO item VALUES (\(1))")
                    throw Refused()
                }
            }
            #expect(try await self.count(pool) == 0)
            try await pool.transaction { try await $0.execute("INSERT INTO item VALUES (\(1))") }
            #expect(try await self.count(pool) == 1)
        }
    }

    @Test func aSwallowedErrorDoesNotLookLikeACommit() async throws {
        try await withTestDatabase { pool in
            await #expect {
                try await pool.transaction { transaction in
                    _ = try? await transaction.execute("SELECT 1/0")
                }
            } throws: { ($0 as? PostgresError)?.kind == .transactionAborted }
        }
    }

    @Test func aSavepointUndoesOnlyItsOwn() async throws {
        try await withTestDatabase { pool in
            try await pool.execute("CREATE TABLE item (id bigint PRIMARY KEY)")
            try await pool.transaction { transaction in
                try await transaction.savepoint { _ = try await $0.execute("INSERT INTO item VALUES (1)") }
                await #expect(throws: PostgresError.self) {
                    try await transaction.savepoint { inner in
                        try await inner.execute("INSERT INTO item VALUES (2)")
                        try await inner.execute("INSERT INTO item VALUES (1)")
                    }
                }
                try await transaction.execute("INSERT INTO item VALUES (3)")
            }
            let ids = try await pool.query("SELECT id FROM item ORDER BY id").map { try $0.decode(Int.self) }
            #expect(ids == [1, 3])
        }
    }

    @Test func queuedStatementsTravelWithTheNextOnesOrWithCommit() async throws {
        try await withTestDatabase { pool in
            try await pool.execute("CREATE TABLE item (id bigint PRIMARY KEY)")
            try await pool.transaction { transaction in
                try transaction.queue(["INSERT INTO item VALUES (1)", "INSERT INTO item VALUES (2)"])
                #expect(try await transaction.query("SELECT count(*) FROM item")[0].decode(Int.self) == 2)
                try transaction.queue(["INSERT INTO item VALUES (3)"])
            }
            // Nothing but queued statements.
            try await pool.transaction { try $0.queue(["INSERT INTO item VALUES (4)"]) }
            #expect(try await self.count(pool) == 4)
            await #expect(throws: Refused.self) {
                try await pool.transaction { transaction in
                    try transaction.queue(["INSERT INTO item VALUES (5)"])
                    throw Refused()
                }
            }
            #expect(try await self.count(pool) == 4)
        }
    }

    @Test func aQueuedStatementThatFailsUndoesAllAndLeavesTheConnection() async throws {
        try await withTestDatabase(configure: { $0.maximumConnections = 1 }) { pool in
            try await pool.execute("CREATE TABLE item (id bigint PRIMARY KEY)")
            let backend = try await pool.query("SELECT pg_backend_pid()")[0].decode(Int.self)
            await #expect {
                try await pool.transaction { transaction in
                    try await transaction.execute("INSERT INTO item VALUES (1)")
                    try transaction.queue(["INSERT INTO item VALUES (1)"])
                }
            } throws: { error in
                let error = error as? PostgresError
                return error?.sqlState == .uniqueViolation && error?.outcomeIsUnknown == false
            }
            #expect(try await self.count(pool) == 0)
            #expect(try await pool.query("SELECT pg_backend_pid()")[0].decode(Int.self) == backend)
        }
    }

    @Test func aSavepointTakesItsQueuedStatementsWithIt() async throws {
        try await withTestDatabase { pool in
            try await pool.execute("CREATE TABLE item (id bigint PRIMARY KEY)")
            try await pool.transaction { transaction in
                try transaction.queue(["INSERT INTO item VALUES (1)"])
                // Never sent.
                await #expect(throws: Refused.self) {
                    try await transaction.savepoint { inner in
                        try inner.queue(["INSERT INTO item VALUES (2)"])
                        throw Refused()
                    }
                }
                // Sent, with more behind it.
                await #expect(throws: Refused.self) {
                    try await transaction.savepoint { inner in
                        try await inner.execute("INSERT INTO item VALUES (3)")
                        try inner.queue(["INSERT INTO item VALUES (4)"])
                        throw Refused()
                    }
                }
                try await transaction.savepoint { inner in
                    try await inner.execute("INSERT INTO item VALUES (5)")
                    try inner.queue(["INSERT INTO item VALUES (6)"])
                }
                try await transaction.savepoint { try $0.queue(["INSERT INTO item VALUES (7)"]) }
                // Fails only when it is sent, which is at the savepoint's end.
                await #expect(throws: PostgresError.self) {
                    try await transaction.savepoint { inner in
                        try await inner.execute("INSERT INTO item VALUES (8)")
                        try inner.queue(["INSERT INTO item VALUES (8)"])
                    }
                }
            }
            let ids = try await pool.query("SELECT id FROM item ORDER BY id").map { try $0.decode(Int.self) }
            #expect(ids == [1, 5, 6, 7])
        }
    }

    @Test func aConflictOfSerializableTransactionsIsRetryable() async throws {
        try await withTestDatabase { pool in
            try await pool.runScript("CREATE TABLE item (id bigint, n bigint); INSERT INTO item VALUES (1, 0)")
            await #expect {
                try await pool.transaction(isolation: .repeatableRead) { outer in
                    try await outer.execute("SELECT n FROM item")
                    try await pool.execute("UPDATE item SET n = n + 1")
                    try await outer.execute("UPDATE item SET n = n + 1")
                }
            } throws: { error in
                let error = error as? PostgresError
                return error?.sqlState == .serializationFailure && error?.isRetryable == true
            }
        }
    }

    @Test func aFailedRollbackPoisonsTheConnection() async throws {
        try await withTestDatabase(configure: { $0.maximumConnections = 1 }) { pool in
            let first = try await pool.query("SELECT pg_backend_pid()")[0].decode(Int.self)
            // Another pool ends the backend in the middle of the transaction, so ROLLBACK cannot reach it.
            let other = PostgresPool(try testPostgresSettings(database: "postgres"), logger: quietLogger())
            await #expect(throws: Refused.self) {
                try await pool.transaction { transaction in
                    try await transaction.execute("SELECT 1")
                    try await other.execute("SELECT pg_terminate_backend(\(Int32(first)), 5000)")
                    throw Refused()
                }
            }
            let second = try await pool.query("SELECT pg_backend_pid()")[0].decode(Int.self)
            #expect(second != first)
            await other.close()
        }
    }

    @Test func anOpenTransactionLeftByAQueryIsNotLentAgain() async throws {
        try await withTestDatabase(configure: { $0.maximumConnections = 1 }) { pool in
            let first = try await pool.query("SELECT pg_backend_pid()")[0].decode(Int.self)
            try await pool.execute("BEGIN")
            #expect(try await pool.query("SELECT pg_backend_pid()")[0].decode(Int.self) != first)
        }
    }

    @Test func aTransactionIsUselessAfterItsEnd() async throws {
        try await withTestDatabase { pool in
            let escaped = try await pool.transaction { transaction in
                try await transaction.execute("SELECT 1")
                return transaction
            }
            await #expect { try await escaped.execute("SELECT 1") } throws: {
                ($0 as? PostgresError)?.kind == .misuse
            }
        }
    }

    @Test func aCancelledTransactionIsRolledBack() async throws {
        try await withTestDatabase(configure: { $0.maximumConnections = 1 }) { pool in
            try await pool.execute("CREATE TABLE item (id bigint PRIMARY KEY)")
            let task = Task {
                try await pool.transaction { transaction in
                    try await transaction.execute("INSERT INTO item VALUES (1)")
                    try await transaction.execute("SELECT pg_sleep(20)")
                }
            }
            try await Task.sleep(for: .milliseconds(100))
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(try await self.count(pool) == 0)
        }
    }

    @Test func rowsAreCopiedInBinaryForm() async throws {
        try await withTestDatabase { pool in
            try await pool.execute("CREATE TABLE item (id bigint PRIMARY KEY, name text, at timestamptz)")
            let copied = try await pool.transaction { transaction in
                let rows = (0..<20_000).map { number -> [any PostgresEncodable] in
                    [number, number % 2 == 0 ? "строка \(number)" : String?.none, Date()]
                }
                let copied = try await transaction.copyIn(into: "item", columns: ["id", "name", "at"], rows: rows)
                try await transaction.execute("INSERT INTO item VALUES (\(-1))")
                return copied
            }
            #expect(copied == 20_000)
            let (all, named) = try await pool.query("SELECT count(*), count(name) FROM item")[0]
                .decode(Int.self, Int.self)
            #expect(all == 20_001 && named == 10_000)
        }
    }

    @Test func aFailedCopyLeavesTheConnectionUsable() async throws {
        try await withTestDatabase(configure: { $0.maximumConnections = 1 }) { pool in
            try await pool.execute("CREATE TABLE item (id bigint PRIMARY KEY)")
            await #expect {
                try await pool.transaction { try await $0.copyIn(into: "item", columns: ["id"], rows: [[1], [1]]) }
            } throws: { ($0 as? PostgresError)?.sqlState == .uniqueViolation }
            #expect(try await self.count(pool) == 0)
        }
    }

    @Test("C-215 A savepoint that never went out hides no error")
    func aSavepointThatNeverWentOut() async throws {
        try await withTestDatabase { pool in
            let task = Task {
                try await pool.transaction { transaction in
                    withUnsafeCurrentTask { $0?.cancel() }
                    try await transaction.savepoint { _ = try await $0.execute("SELECT 1") }
                }
            }
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    @Test("C-215 A statement before the savepoint that fails in the same flight is the error that is told")
    func aSavepointBehindAFailure() async throws {
        try await withTestDatabase(configure: { $0.maximumConnections = 1 }) { pool in
            try await pool.execute("CREATE TABLE item (id bigint PRIMARY KEY)")
            await #expect {
                try await pool.transaction { transaction in
                    try transaction.queue(["INSERT INTO item VALUES (1)", "INSERT INTO item VALUES (1)"])
                    try await transaction.savepoint { _ = try await $0.execute("INSERT INTO item VALUES (2)") }
                }
            } throws: { ($0 as? PostgresError)?.sqlState == .uniqueViolation }
            #expect(try await self.count(pool) == 0)
        }
    }

    @Test("C-215 What never went out goes with the next flight, so that nothing runs outside of the transaction")
    func whatNeverWentOutIsNotLost() async throws {
        struct Left: Error {}
        try await withTestDatabase(configure: { $0.maximumConnections = 1 }) { pool in
            try await pool.execute("CREATE TABLE item (id bigint PRIMARY KEY)")
            await #expect(throws: Left.self) {
                try await pool.transaction { transaction in
                    try transaction.queue(["INSERT INTO item VALUES (1)"])
                    // Cancelled before it is sent.
                    let cancelled = Task {
                        withUnsafeCurrentTask { $0?.cancel() }
                        _ = try await transaction.execute("INSERT INTO item VALUES (2)")
                    }
                    guard case .failure(is CancellationError) = await cancelled.result else { return }
                    try await transaction.execute("INSERT INTO item VALUES (3)")
                    let count = try await transaction.query("SELECT count(*) FROM item")[0].decode(Int.self)
                    guard count == 2 else { return }
                    throw Left()
                }
            }
            #expect(try await self.count(pool) == 0)
        }
    }
}
