import AMQP
import Foundation
import Logging
import Messaging
import Postgres
import ServiceLifecycle
import TestSupport
import Testing

/// Whether the tests on servers run. With `LINE122_TEST_REQUIRED=1` they do, and fail when an address is missing.
let serversAreWanted =
    ProcessInfo.processInfo.environment["LINE122_TEST_REQUIRED"] == "1"
    || (TestRabbitMQ.isAvailable && ProcessInfo.processInfo.environment["LINE122_TEST_POSTGRES_URL"] != nil)

/// A database with the tables of messaging and a broker with the queues of `journal`, for one test.
///
/// Outbox and inbox are different tables, so the one database is both that of booking, which announces, and that of
/// journal, which hears.
struct MessagingScene: Sendable {
    let registry: ContractRegistry
    let database: PostgresPool
    let broker: AMQPClient
    /// Of the test's virtual host.
    let url: String
    let logger: Logger

    var virtualHost: String { String(self.url.split(separator: "/").last ?? "") }
    var parked: ParkedMessages { ParkedMessages(database: self.database) }
    var housekeeping: MessagingHousekeeping { MessagingHousekeeping(database: self.database, logger: self.logger) }

    var relay: OutboxRelay {
        OutboxRelay(
            service: .booking, registry: self.registry, database: self.database, broker: self.broker,
            logger: self.logger)
    }

    func consumer(_ handlers: [EventHandler]) throws -> EventConsumer {
        try EventConsumer(
            service: .journal, registry: self.registry, database: self.database, broker: self.broker,
            logger: self.logger, handlers: handlers)
    }

    /// Announces events, each list in a transaction of its own.
    func announce(_ events: any Event...) async throws {
        try await self.database.transaction { try $0.outbox.append(events) }
    }

    /// Puts events into journal's queue past the outbox, numbered by the caller.
    @discardableResult
    func deliver(_ envelopes: [EventEnvelope]) async throws -> [PublishOutcome] {
        try await self.deliver(envelopes.map(\.message), routingKeys: envelopes.map { "\($0.type).v\($0.version)" })
    }

    @discardableResult
    func deliver(_ messages: [AMQPMessage], routingKeys: [String]) async throws -> [PublishOutcome] {
        let outcomes = await self.broker.publish(
            zip(messages, routingKeys).map {
                AMQPPublication(exchange: MessagingTopology.eventExchange, routingKey: $1, message: $0)
            })
        for outcome in outcomes where outcome != .confirmed {
            throw NeverHappened(description: "a delivery was not taken: \(outcome)")
        }
        return outcomes
    }

    /// Puts a message into journal's queue by its name, whatever its type.
    func deliverUnrouted(_ message: AMQPMessage) async throws {
        let outcome = await self.broker.publish([
            AMQPPublication(exchange: "", routingKey: ServiceName.journal.eventQueue, message: message)
        ])
        try #require(outcome == [.confirmed])
    }

    func number(_ query: PostgresQuery) async throws -> Int64 { try await Ledger.number(query, in: self.database) }

    func lines(_ subject: String) async throws -> [String] {
        try await Ledger.lines(of: subject, in: self.database)
    }

    func waitForLedger(_ count: Int64, within limit: Duration = patience) async throws {
        try await eventually("\(count) events handled", within: limit) {
            try await Ledger.count(in: self.database) >= count
        }
    }

    func waitForParked(_ count: Int) async throws -> [ParkedMessages.Entry] {
        try await eventually("\(count) messages parked") { try await self.parked.list().count >= count }
        return try await self.parked.list()
    }
}

/// Runs services as a process does, and stops them as SIGTERM would.
func running(_ services: [any Service], _ body: () async throws -> Void) async throws {
    let group = ServiceGroup(services: services, logger: quietLogger())
    let task = Task { try await group.run() }
    let outcome: Result<Void, any Error>
    do {
        try await body()
        outcome = .success(())
    } catch {
        outcome = .failure(error)
    }
    await group.triggerGracefulShutdown()
    // A service that does not stop is a failure, not a test that hangs.
    try await within(patience, "the services stop") { try await task.value }
    try outcome.get()
}

/// The part of the suite's topology that journal needs.
func journalTopology(_ registry: ContractRegistry) -> AMQPTopology {
    var topology = MessagingTopology(registry).amqp
    let names = [ServiceName.journal.eventQueue, ServiceName.journal.deadQueue, ServiceName.journal.requestQueue]
    topology.queues.removeAll { !names.contains($0.name) }
    topology.bindings.removeAll { !names.contains($0.queue) }
    return topology
}

func withMessagingScene(
    _ registry: ContractRegistry = orderRegistry, topology: AMQPTopology? = nil,
    configure: (inout AMQPSettings) -> Void = { _ in },
    database configureDatabase: (inout PostgresSettings) -> Void = { _ in },
    _ body: (MessagingScene) async throws -> Void
) async throws {
    func few(_ settings: inout PostgresSettings) {
        // Several tests run at once on one server.
        settings.maximumConnections = 5
        configureDatabase(&settings)
    }
    try await withTestDatabase(migrations: [.messaging], configure: few) { database in
        try await Ledger.create(in: database)
        try await withTestVirtualHost { url in
            try await withTestClient(
                url, topology: topology ?? journalTopology(registry), configure: configure
            ) { broker in
                try await body(
                    MessagingScene(
                        registry: registry, database: database, broker: broker, url: url, logger: quietLogger()))
            }
        }
    }
}
