public import Foundation
public import Logging
public import Postgres

/// The superuser URL of a running server, from `LINE122_TEST_POSTGRES_URL`.
public func testPostgresURL() throws -> URLComponents {
    guard let text = ProcessInfo.processInfo.environment["LINE122_TEST_POSTGRES_URL"],
        let url = URLComponents(string: text)
    else { throw TestPostgresMissing() }
    return url
}

/// Says what a test run needs.
public struct TestPostgresMissing: Error, CustomStringConvertible {
    public var description: String { "set LINE122_TEST_POSTGRES_URL to the superuser URL of a running PostgreSQL" }
}

/// Settings for a database of the test server.
public func testPostgresSettings(database: String) throws -> PostgresSettings {
    var url = try testPostgresURL()
    url.path = "/" + database
    var settings = try PostgresSettings(url: url.string ?? "")
    // Hundreds of tests at once on a small machine: what they wait for is the machine.
    settings.connectTimeout = .seconds(30)
    return settings
}

/// A logger for tests that speaks only of critical things.
public func quietLogger() -> Logger {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return logger
}

/// Gives `body` a pool on a new, empty database and drops it afterwards, also when `body` fails.
/// - Parameters:
///   - migrations: applied before `body` runs.
///   - configure: changes the pool's settings.
@discardableResult
public func withTestDatabase<Outcome: Sendable>(
    migrations: [MigrationSet] = [], configure: (inout PostgresSettings) -> Void = { _ in },
    _ body: (PostgresPool) async throws -> Outcome
) async throws -> Outcome {
    var administration = try testPostgresSettings(database: "postgres")
    administration.maximumConnections = 1
    await TestPlaces.databases.take()
    let result: Result<Outcome, any Error>
    do {
        result = .success(try await withPlace(administration, migrations, configure, body))
    } catch {
        result = .failure(error)
    }
    await TestPlaces.databases.give()
    return try result.get()
}

private func withPlace<Outcome: Sendable>(
    _ administration: PostgresSettings, _ migrations: [MigrationSet],
    _ configure: (inout PostgresSettings) -> Void, _ body: (PostgresPool) async throws -> Outcome
) async throws -> Outcome {
    let server = PostgresPool(administration, logger: quietLogger())
    let name = "test_" + UUID().uuidString.lowercased().replacing("-", with: "")
    do {
        try await server.execute("CREATE DATABASE \(unsafeSQL: name)")
    } catch {
        await server.close()
        throw error
    }
    var settings = try testPostgresSettings(database: name)
    configure(&settings)
    let pool = PostgresPool(settings, logger: quietLogger())
    let outcome: Result<Outcome, any Error>
    do {
        if !migrations.isEmpty { try await PostgresMigrator(pool: pool, logger: quietLogger()).migrate(migrations) }
        outcome = .success(try await body(pool))
    } catch {
        outcome = .failure(error)
    }
    await pool.close()
    // Not in this task: a cancelled or failed test still has to clean up.
    let drop = Task { try await server.execute("DROP DATABASE IF EXISTS \(unsafeSQL: name) WITH (FORCE)") }
    let dropped = await drop.result
    await server.close()
    let value = try outcome.get()
    _ = try dropped.get()
    return value
}
