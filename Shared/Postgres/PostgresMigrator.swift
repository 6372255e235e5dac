public import Logging
internal import NIOConcurrencyHelpers

/// Brings a database to the state that the program's migration files describe. Forward only.
///
/// Each file runs in a transaction of its own together with its row in `schema_migration`, under an advisory lock, so
/// that several replicas may start at once. A file that was applied must never change: its SHA-256 is compared.
///
/// A file whose first line is `-- migrate: no transaction` runs statement by statement (between lines `-- migrate: next`),
/// and is noted after the last. One that fails on the way is run again from its beginning, so each step must bear that:
/// ops/migrations.md.
public struct PostgresMigrator: Sendable {
    /// Any number that nothing else locks; the ASCII codes of "line122".
    private static let lockKey: Int64 = 0x6C_696E_6531_3232

    private static let pause: Duration = .milliseconds(100)

    private static func lock(_ connection: PostgresConnection) async throws -> Bool {
        try await connection.run(.batch(["SELECT pg_try_advisory_lock(\(Self.lockKey))"]), deadline: nil)[0][0]
            .decode(Bool.self)
    }

    private let pool: PostgresPool
    private let logger: Logger

    public init(pool: PostgresPool, logger: Logger) {
        self.pool = pool
        self.logger = logger
    }

    /// Applies what is missing, set by set in the given order.
    /// - Throws: `PostgresError` of kind `.migration` when a file contradicts the database, with nothing of that
    ///   file applied; otherwise what the server refused.
    public func migrate(_ sets: [MigrationSet]) async throws {
        let loaded = try sets.map { try $0.load() }
        try await self.pool.withDedicatedConnection { connection in
            // Asked for again and again: whoever waits inside a statement holds a snapshot, and CREATE INDEX CONCURRENTLY
            // in the replica that has the lock would wait for that, for ever.
            while try await !Self.lock(connection) { try await Task.sleep(for: Self.pause) }
            _ = try await connection.run(.script(Self.table), deadline: nil)
            // The lock goes with the connection, which is closed after use.
            for migrations in loaded { try await self.apply(migrations, on: connection) }
        }
    }

    private func apply(_ migrations: [Migration], on connection: PostgresConnection) async throws {
        guard let component = migrations.first?.component else { return }
        let rows = try await connection.run(
            .batch(["SELECT version, checksum FROM schema_migration WHERE component = \(component) ORDER BY version"]),
            deadline: nil)[0]
        var applied: [Int32: String] = [:]
        for row in rows {
            let (version, checksum) = try row.decode(Int32.self, String.self)
            applied[version] = checksum
        }
        let newest = applied.keys.max() ?? -1
        for migration in migrations {
            let label = "\(component)/\(migration.file)"
            if let checksum = applied[migration.version] {
                guard checksum == migration.checksum else {
                    throw PostgresError(
                        .migration, "migration \(label) was changed after it had been applied; add a new one instead")
                }
                continue
            }
            guard migration.version > newest else {
                throw PostgresError(
                    .migration, "migration \(label) is older than the newest applied one; give it a higher number")
            }
            try await self.apply(migration, label: label, on: connection)
        }
        let known = Set(migrations.map(\.version))
        let unknown = applied.keys.filter { !known.contains($0) }.count
        if unknown > 0 {
            // An older release during a rolling update; the newer schema must serve it.
            self.logger.warning(
                "the database knows migrations that this release lacks",
                metadata: ["component": "\(component)", "count": "\(unknown)"])
        }
    }

    private func apply(_ migration: Migration, label: String, on connection: PostgresConnection) async throws {
        do {
            if migration.isWithoutTransaction {
                for step in migration.steps { _ = try await connection.run(.script(step), deadline: nil) }
            } else {
                _ = try await connection.run(.script("BEGIN"), deadline: nil)
                _ = try await connection.run(.script(migration.sql), deadline: nil)
            }
        } catch let error as PostgresError {
            self.logger.error("a migration failed", metadata: ["migration": "\(label)", "reason": "\(error)"])
            throw error
        }
        switch (migration.isWithoutTransaction, connection.status.withLockedValue { $0.isInTransaction }) {
        case (false, false):
            throw PostgresError(.migration, "migration \(label) ends its own transaction; leave COMMIT out")
        case (true, true):
            throw PostgresError(.migration, "migration \(label) leaves a transaction open; leave BEGIN out")
        default: break
        }
        let record: PostgresQuery = """
            INSERT INTO schema_migration (component, version, name, checksum)
            VALUES (\(migration.component), \(migration.version), \(migration.name), \(migration.checksum))
            """
        _ = try await connection.run(
            .batch(migration.isWithoutTransaction ? [record] : [record, "COMMIT"]), deadline: nil)
        self.logger.notice("migration applied", metadata: ["migration": "\(label)"])
    }

    private static let table = """
        CREATE TABLE IF NOT EXISTS schema_migration (
            component text NOT NULL,
            version integer NOT NULL,
            name text NOT NULL,
            checksum text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (component, version)
        )
        """
}
