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
}
