public import AMQP
internal import Foundation
public import Logging
internal import Metrics
public import Postgres
public import ServiceLifecycle

/// Publishes what is in the outbox and marks it when the broker has confirmed it.
///
/// Rows are claimed in a short transaction, published outside of any, and marked in another: a relay that dies in
/// between leaves a claim that ends by itself, and the event is published a second time with the same id. Any number
/// of relays may work on one database; a subject is claimed by one of them at a time. Woken by `NOTIFY`, and by time
/// for what a lost notification or a back-off left behind.
public final class OutboxRelay: Service {
    /// Rows a claim takes at most.
    private static let batchSize = 1000
    /// Longer than publishing a batch may take, confirms and a reconnection included.
    private static let claim: Duration = .seconds(30)
    private static let pollInterval: Duration = .seconds(1)
    /// Small batches follow each other no faster than this, so that a hundred events a second are not a hundred
    /// claims; the first event after a pause does not wait. Nor do empty ones: another replica's relay was faster.
    private static let pace: Duration = .milliseconds(10)
    private static let smallBatch = 100
    /// How long an event that no queue took waits for its next attempt.
    private static let backoff = Backoff(base: .seconds(1), limit: .seconds(60))

    private let service: ServiceName
    private let registry: ContractRegistry
    private let database: PostgresPool
    private let broker: AMQPClient
    private let logger: Logger
    private let published: Counter
    private let refused: Counter

    public init(
        service: ServiceName, registry: ContractRegistry, database: PostgresPool, broker: AMQPClient, logger: Logger
    ) {
        self.service = service
        self.registry = registry
        self.database = database
        self.broker = broker
        self.logger = logger
        self.published = Counter(label: "outbox_published_total")
        self.refused = Counter(label: "outbox_refused_total")
    }

    public func run() async throws {
        try await withGracefulShutdownHandler {
            try await cancelWhenGracefulShutdown {
                try await withThrowingTaskGroup { group in
                    let wakeUp = WakeUp()
                    group.addTask { await self.listen(wakeUp) }
                    // While batches are full, two at a time: one claims and marks while the broker works on the
                    // batch of the other.
                    let overflow = WakeUp()
                    group.addTask { try await self.work(wakeUp, whenFull: overflow) }
                    group.addTask { try await self.work(overflow, whenFull: nil) }
                    try await group.next()
                    group.cancelAll()
                }
            }
        } onGracefulShutdown: {
        }
    }

    private func listen(_ wakeUp: WakeUp) async {
        for await _ in self.database.notifications(on: [Outbox.channel]) { wakeUp.wake() }
    }

    private func work(_ wakeUp: WakeUp, whenFull overflow: WakeUp?) async throws {
        var failures = 0
        while !Task.isCancelled {
            do {
                let begun = ContinuousClock.now
                let found = try await self.publishBatch { overflow?.wake() }
                failures = 0
                if found < Self.smallBatch { try await Task.sleep(until: begun + Self.pace) }
                if found == 0 { try await wakeUp.wait(atMost: Self.pollInterval) }
            } catch is CancellationError {
                return
            } catch {
                if Task.isCancelled { return }
                failures += 1
                self.logger.warning("the outbox could not be relayed", metadata: ["error": "\(error)"])
                // Cancelled while it sleeps, the loop ends by its condition: stopping is no failure.
                try? await Task.sleep(for: Self.backoff.delay(afterAttempt: failures))
            }
        }
    }

    /// Claims, publishes and marks one batch.
    /// - Parameter whenFull: called when it claimed as much as it could, so that more may be there.
    /// - Returns: how many rows it claimed.
    func publishBatch(whenFull: () -> Void = {}) async throws -> Int {
        let rows = try await self.claimRows()
        guard !rows.isEmpty else { return 0 }
        if rows.count == Self.batchSize { whenFull() }
        Failpoint.relayClaimed.pass()
        let outcomes = await self.broker.publish(
            rows.map { row in
                AMQPPublication(
                    exchange: MessagingTopology.eventExchange, routingKey: row.event.routingKey,
                    message: row.event.message,
                    isMandatory: self.registry.hasListener(routingKey: row.event.routingKey))
            })
        Failpoint.relayPublished.pass()
        try await self.markWhenPossible(rows, outcomes)
        return rows.count
    }

    /// Marks; a database that is away is waited for while the claim lasts, or else the rows would lie until it ends.
    private func markWhenPossible(_ rows: [ClaimedRow], _ outcomes: [PublishOutcome]) async throws {
        let end = ContinuousClock.now.advanced(by: Self.claim - .seconds(10))
        var attempt = 0
        while true {
            do {
                // What was published must be marked also while the service stops.
                return try await Task.detached { try await self.mark(rows, outcomes) }.value
            } catch let error as PostgresError
                where error.isRetryable && ContinuousClock.now < end && !Task.isCancelled
            {
                attempt += 1
                let pause = Backoff(base: .milliseconds(50), limit: .seconds(2)).delay(afterAttempt: attempt)
                try? await Task.sleep(for: pause)
            }
        }
    }

    private struct ClaimedRow: Sendable {
        let event: EventEnvelope
        let attempt: Int
    }

    private func claimRows() async throws -> [ClaimedRow] {
        let source = self.service.rawValue
        // The advisory lock lets one claim finish before the next looks: only then "is a subject claimed" has an
        // answer. It is held for the length of this one statement.
        let rows = try await self.database.pipeline([
            "SELECT pg_advisory_xact_lock(hashtext('line122 outbox'))",
            """
            WITH claimable AS (
                SELECT id FROM outbox_message AS message
                WHERE state <> 'sent' AND (claimed_until IS NULL OR claimed_until < now())
                  AND NOT EXISTS (
                    SELECT FROM outbox_message AS earlier
                    WHERE earlier.state <> 'sent' AND earlier.subject = message.subject
                      AND earlier.position < message.position AND earlier.claimed_until >= now())
                ORDER BY position LIMIT \(Int64(Self.batchSize)) FOR UPDATE SKIP LOCKED
            )
            UPDATE outbox_message AS message
            SET claimed_until = now() + make_interval(secs => \(Double(Self.claim.components.seconds))),
                attempt = attempt + 1
            FROM claimable WHERE message.id = claimable.id
            RETURNING message.id, type, version, subject, subject_version, time, traceparent, body, attempt, position,
                after_pause
            """,
        ])[1]
        let claimed = try rows.map { row in
            let (id, type, version, subject, subjectVersion, time, traceparent, body, attempt, position, isAfterPause) =
                try row.decode(
                    UUID.self, String.self, Int16.self, String.self, Int64.self, Date.self, String?.self, Data.self,
                    Int32.self, Int64.self, Bool.self)
            let event = EventEnvelope(
                id: id, source: source, type: type, version: Int(version), subject: subject,
                subjectVersion: subjectVersion, time: time, traceparent: traceparent, body: Array(body),
                isAfterPause: isAfterPause)
            return (position, ClaimedRow(event: event, attempt: Int(attempt)))
        }
        return claimed.sorted { $0.0 < $1.0 }.map(\.1)
    }

    private func mark(_ rows: [ClaimedRow], _ outcomes: [PublishOutcome]) async throws {
        var sent: [UUID] = []
        var refusedRows: [(id: UUID, state: String, delay: Double)] = []
        for (row, outcome) in zip(rows, outcomes) {
            let delay = Double(milliseconds: Self.backoff.delay(afterAttempt: row.attempt)) / 1000
            switch outcome {
            case .confirmed: sent.append(row.event.id)
            case .unroutable: refusedRows.append((row.event.id, "unroutable", delay))
            case .rejected: refusedRows.append((row.event.id, "rejected", delay))
            // Unknown or not sent at all: again, as soon as there is a connection.
            case .failed: refusedRows.append((row.event.id, "available", min(delay, 1)))
            }
        }
        if !sent.isEmpty {
            try await self.database.execute(
                """
                UPDATE outbox_message SET state = 'sent', sent_at = now(), claimed_until = NULL
                WHERE id = ANY(\(sent)) AND state <> 'sent'
                """)
            self.published.increment(by: sent.count)
        }
        guard !refusedRows.isEmpty else { return }
        self.refused.increment(by: refusedRows.count)
        let unroutable = refusedRows.count { $0.state != "available" }
        if unroutable > 0 {
            self.logger.error(
                "events were not taken by any queue", metadata: ["count": "\(unroutable)"])
        }
        try await self.database.execute(
            """
            UPDATE outbox_message AS message
            SET state = refused.state, claimed_until = now() + make_interval(secs => refused.delay)
            FROM unnest(\(refusedRows.map(\.id)), \(refusedRows.map(\.state)), \(refusedRows.map(\.delay)))
                AS refused (id, state, delay)
            WHERE message.id = refused.id AND message.state <> 'sent'
            """)
    }
}

extension Double {
    init(milliseconds duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = Double(seconds) * 1000 + Double(attoseconds) / 1e15
    }
}
