import AMQP
import ArgumentParser
import Foundation
import Messaging
import NIOConcurrencyHelpers
import Postgres
import ServiceLifecycle

/// Outbox → relay → quorum queue → inbox batch with a change of state → ack, as the services do it; beside it the
/// same bytes published with confirms and consumed without a database.
struct Events: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Events through outbox, relay, queue and inbox.")

    @Option(help: "How many events.") var count = 60_000
    @Option(help: "Events a transaction of the announcing service.") var batch = 100
    @Option(help: "How many entities the events are of.") var entities = 5_000

    func run() async throws {
        let raw = try await self.raw()
        print("raw: publish with confirms + consume, no database   \(Int(raw)) events/s")
        let full = try await self.full()
        print("events: outbox, relay, quorum queue, inbox, state   \(Int(full)) events/s")
        let ratio = Double(Int(full / raw * 1000)) / 1000
        print("ratio                                               \(ratio)   (to reach: 10000 events/s and 0.3)")
    }

    private var text: String { String(repeating: "x", count: 150) }

    // MARK: Without a database

    private func raw() async throws -> Double {
        let (publisher, consumer) = (try BenchSetup.broker("raw-out"), try BenchSetup.broker("raw-in"))
        return try await withThrowingTaskGroup { group in
            group.addTask { try await publisher.run() }
            group.addTask { try await consumer.run() }
            try await publisher.waitUntilReady(deadline: .seconds(10))
            try await consumer.waitUntilReady(deadline: .seconds(10))
            let deliveries = consumer.consume(queue: ServiceName.journal.eventQueue, prefetch: 1000)
            let body = try MessageCoding.encoder.encode(BenchEvent(entity: 1, number: 1, text: self.text))
            let started = ContinuousClock.now
            let count = self.count
            async let publishing: Void = {
                for start in stride(from: 0, to: count, by: 1000) {
                    let publications = (start..<min(start + 1000, count)).map { number in
                        let event = EventEnvelope(
                            id: MessageID.next(), source: "call-intake", type: BenchEvent.type, version: 1,
                            subject: "bench/\(number)", subjectVersion: 1, time: Date(), traceparent: nil,
                            body: Array(body))
                        return AMQPPublication(
                            exchange: MessagingTopology.eventExchange, routingKey: BenchEvent.routingKey,
                            message: event.message, isMandatory: true)
                    }
                    let outcomes = await publisher.publish(publications)
                    precondition(outcomes.allSatisfy { $0 == .confirmed }, "a publication was not confirmed")
                }
            }()
            var received = 0
            while received < count, let batch = try await deliveries.nextBatch(maximum: 500, linger: .milliseconds(2)) {
                received += batch.deliveries.count
                await batch.acknowledge()
            }
            await publishing
            let rate = Double(count) / Self.seconds(since: started)
            group.cancelAll()
            return rate
        }
    }

    // MARK: The services' way

    private func full() async throws -> Double {
        let (announcing, hearing) = (
            try await BenchSetup.database("bench_out"), try await BenchSetup.database("bench_in")
        )
        try await hearing.runScript(
            """
            CREATE TABLE entity (id bigint PRIMARY KEY, changes bigint NOT NULL, last bigint NOT NULL)
            WITH (fillfactor = 50)
            """)
        try await hearing.execute(
            "INSERT INTO entity SELECT id, 0, 0 FROM generate_series(0, \(Int64(self.entities))) AS s (id)")
        let (publisher, listener) = (try BenchSetup.broker("bench-out"), try BenchSetup.broker("bench-in"))
        let logger = BenchSetup.logger()
        let done = AsyncStream.makeStream(of: Int.self)
        let consumer = try EventConsumer(
            service: .journal, registry: BenchEvent.registry, database: hearing, broker: listener, logger: logger,
            handlers: [
                .every(BenchEvent.self) { events, transaction in
                    try await transaction.execute(
                        """
                        UPDATE entity SET changes = changes + new.count, last = greatest(entity.last, new.last)
                        FROM (
                            SELECT id, count(*) AS count, max(number) AS last
                            FROM unnest(\(events.map { Int64($0.entity) }), \(events.map { Int64($0.number) }))
                                AS heard (id, number) GROUP BY id
                        ) AS new WHERE entity.id = new.id
                        """)
                    done.continuation.yield(events.count)
                }
            ])
        let relay = OutboxRelay(
            service: .callIntake, registry: BenchEvent.registry, database: announcing, broker: publisher,
            logger: logger)
        return try await withThrowingTaskGroup { group in
            for service in [publisher, listener, relay, consumer] as [any Service] {
                group.addTask { try await service.run() }
            }
            try await publisher.waitUntilReady(deadline: .seconds(10))
            try await listener.waitUntilReady(deadline: .seconds(10))
            let started = ContinuousClock.now
            let (count, batch, entities, text) = (self.count, self.batch, self.entities, self.text)
            async let announced: Void = {
                for start in stride(from: 0, to: count, by: batch) {
                    let events = (start..<min(start + batch, count)).map {
                        BenchEvent(entity: $0 % entities, number: $0, text: text)
                    }
                    try await announcing.transaction { try $0.outbox.append(events) }
                }
            }()
            var heard = 0
            for await handled in done.stream {
                heard += handled
                if heard >= count { break }
            }
            let rate = Double(count) / Self.seconds(since: started)
            try await announced
            // The figure counts only when nothing was lost or doubled on the way.
            let total = try await hearing.query("SELECT sum(changes)::bigint AS total FROM entity").first?
                .decode("total", as: Int64.self)
            precondition(total == Int64(count), "\(total ?? -1) changes of \(count) events")
            group.cancelAll()
            await announcing.close()
            await hearing.close()
            return rate
        }
    }

    private static func seconds(since start: ContinuousClock.Instant) -> Double {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
