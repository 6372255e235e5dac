import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct MigrationTests {
    private func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("migrations-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(folder)) } catch { outcome = .failure(error) }
        try FileManager.default.removeItem(at: folder)
        try outcome.get()
    }

    private func write(_ sql: String, _ name: String, _ folder: URL) throws {
        try Data(sql.utf8).write(to: folder.appendingPathComponent(name))
    }

    @Test func eachFileRunsOnceAndDollarQuotesWork() async throws {
        try await self.withFolder { folder in
            try self.write(
                """
                CREATE TABLE item (id bigint);
                CREATE FUNCTION double(n bigint) RETURNS bigint LANGUAGE plpgsql AS $$
                BEGIN RETURN n * 2; END;
                $$;
                -- the last line has no semicolon
                INSERT INTO item VALUES (double(21))
                """, "0001_create_item.sql", folder)
            try await withTestDatabase { pool in
                let set = MigrationSet(component: "test", directory: folder)
                let migrator = PostgresMigrator(pool: pool, logger: quietLogger())
                try await migrator.migrate([set])
                try await migrator.migrate([set])
                let ids = try await pool.query("SELECT id FROM item").map { try $0.decode(Int.self) }
                #expect(ids == [42])
                let (version, name, size) = try await pool.query(
                    "SELECT version, name, length(checksum) FROM schema_migration")[0]
                    .decode(Int.self, String.self, Int.self)
                #expect(version == 1 && name == "create_item" && size == 64)
            }
        }
    }

    @Test func aChangedFileIsRefusedByName() async throws {
        try await self.withFolder { folder in
            try self.write("CREATE TABLE item (id bigint)", "0001_create_item.sql", folder)
            try await withTestDatabase { pool in
                let set = MigrationSet(component: "test", directory: folder)
                let migrator = PostgresMigrator(pool: pool, logger: quietLogger())
                try await migrator.migrate([set])
                try self.write("CREATE TABLE item (id text)", "0001_create_item.sql", folder)
                await #expect { try await migrator.migrate([set]) } throws: { error in
                    let error = error as? PostgresError
                    return error?.kind == .migration
                        && error?.description.contains("test/0001_create_item.sql was changed") == true
                }
            }
        }
    }

    @Test func aFailedFileLeavesNothingBehind() async throws {
        try await self.withFolder { folder in
            try self.write("CREATE TABLE item (id bigint); SELECT 1/0", "0001_create_item.sql", folder)
            try await withTestDatabase { pool in
                let migrator = PostgresMigrator(pool: pool, logger: quietLogger())
                await #expect(throws: PostgresError.self) {
                    try await migrator.migrate([MigrationSet(component: "test", directory: folder)])
                }
                let tables = try await pool.query("SELECT to_regclass('item') IS NULL")[0].decode(Bool.self)
                #expect(tables)
            }
        }
    }

    @Test func replicasThatStartTogetherMigrateOnce() async throws {
        try await self.withFolder { folder in
            try self.write("CREATE TABLE item (id bigint)", "0001_create_item.sql", folder)
            try await withTestDatabase { pool in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 {
                        group.addTask {
                            try await PostgresMigrator(pool: pool, logger: quietLogger())
                                .migrate([MigrationSet(component: "test", directory: folder)])
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(try await pool.query("SELECT * FROM schema_migration").count == 1)
            }
        }
    }

    @Test("C-214 An index is built while the table is written to; a step that failed is run again")
    func withoutTransaction() async throws {
        try await self.withFolder { folder in
            try self.write("CREATE TABLE item (id bigint)", "0001_create_item.sql", folder)
            try self.write(
                """
                -- migrate: no transaction
                -- What a run that failed has left.
                DROP INDEX CONCURRENTLY IF EXISTS item_id;
                -- migrate: next
                CREATE UNIQUE INDEX CONCURRENTLY item_id ON item (id);
                """, "0002_index_item.sql", folder)
            try await withTestDatabase { pool in
                let set = MigrationSet(component: "test", directory: folder)
                let migrator = PostgresMigrator(pool: pool, logger: quietLogger())
                // Nothing of the first file is needed for the second to fail: two rows that are the same.
                let first = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()[0]
                try await migrator.migrate([try Self.only(first, of: folder)])
                try await pool.execute("INSERT INTO item VALUES (1), (1)")
                await #expect(throws: PostgresError.self) { try await migrator.migrate([set]) }
                let invalid: PostgresQuery = "SELECT count(*) FROM pg_index WHERE NOT indisvalid"
                #expect(try await pool.query(invalid)[0].decode(Int.self) == 1)
                try await pool.execute("DELETE FROM item")
                // A transaction that reads does not stop it, and those that come together take turns without a deadlock.
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 { group.addTask { try await migrator.migrate([set]) } }
                    try await group.waitForAll()
                }
                #expect(try await pool.query(invalid)[0].decode(Int.self) == 0)
                let isThere = try await pool.query("SELECT to_regclass('item_id') IS NOT NULL")[0].decode(Bool.self)
                #expect(isThere)
                #expect(try await pool.query("SELECT * FROM schema_migration").count == 2)
            }
        }
    }

    /// A set of one of the files.
    private static func only(_ file: String, of folder: URL) throws -> MigrationSet {
        let part = folder.appendingPathComponent(".only")
        try FileManager.default.createDirectory(at: part, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            at: folder.appendingPathComponent(file), to: part.appendingPathComponent(file))
        return MigrationSet(component: "test", directory: part)
    }

    @Test("C-214 A file without a transaction that leaves one open is refused")
    func aTransactionLeftOpen() async throws {
        try await self.withFolder { folder in
            try self.write(
                "-- migrate: no transaction\nBEGIN; CREATE TABLE item (id bigint)", "0001_create_item.sql", folder)
            try await withTestDatabase { pool in
                await #expect {
                    try await PostgresMigrator(pool: pool, logger: quietLogger())
                        .migrate([MigrationSet(component: "test", directory: folder)])
                } throws: { ($0 as? PostgresError)?.kind == .migration }
                let isAbsent = try await pool.query("SELECT to_regclass('item') IS NULL")[0].decode(Bool.self)
                #expect(isAbsent)
            }
        }
    }
}
