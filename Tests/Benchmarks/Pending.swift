import AMQP
import ArgumentParser
import Contracts
import Foundation
import Messaging
import NIOConcurrencyHelpers
import Postgres

/// A dialer with many callbacks in hand, some of which fall due every second: how late each is asked for. This program
/// takes the place of call-intake.
struct Pending: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pending", abstract: "Lateness of callbacks that fall due among many that do not.")

    @Option(help: "Callbacks in hand.") var pending = 100_000
    @Option(help: "That fall due in a second.") var rate = 200
    @Option(help: "Seconds of measuring.") var seconds = 30

    func run() async throws {
        let logger = BenchSetup.logger()
        let database = PostgresPool(try PostgresSettings(url: BenchSetup.setting("POSTGRES_URL")), logger: logger)
        let broker = try BenchSetup.broker("bench-pending", topology: MessagingTopology(Contracts.registry).amqp)
        let asked = NIOLockedValueBox<[UUID: Date]>([:])
        let server = RequestServer(
            service: .callIntake, database: database, broker: broker, logger: logger, concurrency: 64,
            handlers: [
                .effect(DialCitizen.self) { request, _ in
                    let now = Date()
                    asked.withLockedValue { known in
                        if known[request.attemptID] == nil { known[request.attemptID] = now }
                    }
                    return Done()
                }
            ])
        try await withThrowingTaskGroup { group in
            group.addTask { try await database.run() }
            group.addTask { try await broker.run() }
            group.addTask { try await server.run() }
            try await broker.waitUntilReady(deadline: .seconds(10))
            let start = Date().addingTimeInterval(8)
            try await self.fill(database, start: start)
            try await Self.answer(database, asked, until: start.addingTimeInterval(Double(self.seconds) + 2))
            try await self.report(database, asked, start: start)
            group.cancelAll()
        }
    }

    /// Those that fall due in the time of measuring, evenly spread, and the others after it.
    private func fill(_ database: PostgresPool, start: Date) async throws {
        let (step, due) = (1 / Double(self.rate), Int64(self.rate * self.seconds))
        try await database.execute(
            """
            WITH new AS (
                SELECT gen_random_uuid() AS id, \(start) + make_interval(secs => CASE WHEN n <= \(due)
                    THEN n * \(step) ELSE 3600 + n * \(step) END) AS due
                FROM generate_series(1, \(Int64(self.pending))) AS n
            ), callbacks AS (
                INSERT INTO callback (id, kind, call_id, number, state, broken_at, place_at, first_due_at)
                SELECT id, 'deferredAnswer', id, '+79990000001', 'open', now(), due, due FROM new
            )
            INSERT INTO dial_attempt (id, callback_id, number, state, due_at, place_at, lane)
            SELECT gen_random_uuid(), id, 1, 'scheduled', due, due, 'operator' FROM new
            """)
        try await database.execute("ANALYZE callback")
        try await database.execute("ANALYZE dial_attempt")
        try await database.execute("SELECT pg_notify('dial_attempt', '')")
    }

    /// As call-intake's events do: what was asked for has been dialled.
    private static func answer(
        _ database: PostgresPool, _ asked: NIOLockedValueBox<[UUID: Date]>, until end: Date
    ) async throws {
        while Date() < end {
            try await Task.sleep(for: .milliseconds(500))
            let ids = Array(asked.withLockedValue { $0.keys })
            try await database.execute(
                "UPDATE dial_attempt SET started_at = now() WHERE id = ANY(\(ids)) AND started_at IS NULL")
        }
    }

    private func report(
        _ database: PostgresPool, _ asked: NIOLockedValueBox<[UUID: Date]>, start: Date
    ) async throws {
        let end = start.addingTimeInterval(Double(self.seconds))
        let rows = try await database.query("SELECT id, due_at FROM dial_attempt WHERE due_at <= \(end)")
        let known = asked.withLockedValue { $0 }
        var (late, missing) = ([Double](), 0)
        for row in rows {
            let (id, due) = try row.decode(UUID.self, Date.self)
            if let at = known[id] { late.append(at.timeIntervalSince(due)) } else { missing += 1 }
        }
        late.sort()
        func percentile(_ share: Double) -> String {
            guard !late.isEmpty else { return "–" }
            return "\(Double(Int(100_000 * late[min(late.count - 1, Int(Double(late.count) * share))])) / 100) ms"
        }
        print(
            "\(self.pending) callbacks in hand, \(self.rate) due a second, \(late.count) asked for: late by p50 "
                + "\(percentile(0.5)), p99 \(percentile(0.99)), max \(percentile(1))   (to reach: p99 100 ms); "
                + "not asked for: \(missing)")
    }
}
