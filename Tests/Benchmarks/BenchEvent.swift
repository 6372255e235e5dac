import AMQP
import Foundation
import Logging
import Messaging
import Postgres

/// An event of the size that a card's events have: about 450 bytes with its attributes.
struct BenchEvent: Event {
    static let source = ServiceName.callIntake
    static let type = "bench.happened"
    var subject: String { "bench/\(self.entity)" }

    let entity: Int
    let number: Int
    let text: String

    static let registry = ContractRegistry(subscriptions: [.journal: [EventType(BenchEvent.self)]])
}

/// A question that costs one row.
struct BenchQuestion: Request {
    struct Answer: Codable, Sendable {
        let number: Int
    }
    static let receiver = ServiceName.journal
    static let type = "bench.ask"
    static let isRead = true
    let number: Int
}

enum BenchSetup {
    static func logger() -> Logger {
        var logger = Logger(label: "bench")
        logger.logLevel = .warning
        return logger
    }

    static func setting(_ name: String) throws -> String {
        guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else {
            throw MissingSetting(name: name)
        }
        return value
    }

    struct MissingSetting: Error, CustomStringConvertible {
        let name: String
        var description: String { "\(self.name) is not set: run `make bench`" }
    }

    static func broker(
        _ name: String, topology: AMQPTopology = MessagingTopology(BenchEvent.registry).amqp
    ) throws -> AMQPClient {
        var settings = try AMQPSettings(url: self.setting("LINE122_TEST_AMQP_URL"))
        settings.connectionName = name
        return AMQPClient(settings, topology: topology, logger: self.logger())
    }

    /// A new database with the tables of messaging.
    static func database(_ name: String) async throws -> PostgresPool {
        let url = try self.setting("LINE122_TEST_POSTGRES_URL")
        let administrator = PostgresPool(try PostgresSettings(url: url), logger: self.logger())
        try await administrator.runScript("DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
        try await administrator.runScript("CREATE DATABASE \(name)")
        await administrator.close()
        guard var parts = URLComponents(string: url) else { throw MissingSetting(name: "LINE122_TEST_POSTGRES_URL") }
        parts.path = "/\(name)"
        let pool = PostgresPool(try PostgresSettings(url: parts.string ?? url), logger: self.logger())
        try await PostgresMigrator(pool: pool, logger: self.logger()).migrate([.messaging])
        return pool
    }
}
