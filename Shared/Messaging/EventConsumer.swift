public import AMQP
internal import Foundation
public import Logging
internal import Metrics
public import Postgres
public import ServiceLifecycle

/// Hears the events of a service: takes what has arrived as a batch, runs it in one transaction, acknowledges after
/// commit.
///
/// A batch that fails is halved until the event that fails is alone; that one is tried again from PostgreSQL when
/// its failure may pass, else parked with the reason, and its neighbours are unharmed. Nothing is ever given back to
/// the queue by nack. While the database is away nothing is acknowledged, and the prefetch holds the rest back.
public final class EventConsumer: Service {
    private static let batchSize = 500
    private static let prefetch = 1000
    /// How long a batch that is not full waits for more: the price of a round trip to the disk, not more.
    private static let linger: Duration = .milliseconds(2)
    /// Small batches come no faster than this, so that a hundred events a second are not a hundred transactions; the
    /// first one after a pause does not wait.
    private static let pace: Duration = .milliseconds(20)
    private static let backoff = Backoff(base: .seconds(1), limit: .seconds(300))
    /// Attempts of an event that failed in a way that may pass, before it is parked: about a day with this back-off.
    private static let maximumAttempts = 300

    private let service: ServiceName
    private let inbox: Inbox
    private let database: PostgresPool
    private let broker: AMQPClient
    private let logger: Logger
    private let handled: Counter
    private let parked: Counter

    /// - Throws: `HandlerMismatch` when the handlers are not those that the contracts demand.
    public init(
        service: ServiceName, registry: ContractRegistry, database: PostgresPool, broker: AMQPClient, logger: Logger,
        handlers: [EventHandler]
    ) throws {
        self.service = service
        self.inbox = Inbox(database: database, handlers: try handlers.checked(for: service, against: registry))
        self.database = database
        self.broker = broker
        self.logger = logger
        self.handled = Counter(label: "inbox_handled_total")
        self.parked = Counter(label: "inbox_parked_total")
    }

    public func run() async throws {
        let events = self.broker.consume(queue: self.service.eventQueue, prefetch: Self.prefetch)
        let dead = self.broker.consume(queue: self.service.deadQueue, prefetch: 1)
        let wakeUp = WakeUp()
        try await withThrowingTaskGroup { group in
            group.addTask { try await self.consume(events, maximum: Self.batchSize) }
            // What crashed the service before comes singly, so that it can harm nobody but itself.
            group.addTask { try await self.consume(dead, maximum: 1) }
            group.addTask {
                await cancelWhenGracefulShutdown { await self.listen(wakeUp) }
            }
            group.addTask {
                await cancelWhenGracefulShutdown { await self.runPending(wakeUp) }
            }
            try await withGracefulShutdownHandler {
                try await group.waitForAll()
            } onGracefulShutdown: {
                // Intake first: what is in hand is finished and acknowledged, the rest goes back to the queue.
                Task {
                    await events.cancel()
                    await dead.cancel()
                }
            }
        }
    }

    // MARK: From the queue

    private func consume(_ consumer: AMQPConsumer, maximum: Int) async throws {
        var paced = ContinuousClock.now
        while let batch = try await consumer.nextBatch(
            maximum: maximum, linger: maximum == 1 ? .zero : max(Self.linger, ContinuousClock.now.duration(to: paced)))
        {
            paced = .now + Self.pace
            var events: [EventEnvelope] = []
            for delivery in batch.deliveries {
                do {
                    let event = try self.envelope(delivery)
                    if self.inbox.handlers[event.routingKey] == nil {
                        // With its place in its subject: dropped or, after an update, retried, it frees successors.
                        try await self.persist {
                            try await self.setAside(event, attempt: 1, error: Inbox.unknownType(event))
                        }
                    } else {
                        events.append(event)
                    }
                } catch let error as MalformedMessage {
                    try await self.persist { try await self.park(delivery, because: error) }
                }
            }
            try await self.process(events)
            Failpoint.consumerCommitted.pass()
            await batch.acknowledge()
        }
    }

    private func envelope(_ delivery: AMQPDelivery) throws -> EventEnvelope {
        guard !delivery.isOversized else {
            throw MalformedMessage(reason: "too-large", description: "the body is larger than the limit")
        }
        return try EventEnvelope(delivery.message)
    }

    /// Handles the events, halving on failure. Returns when each is handled, kept or parked.
    private func process(_ events: [EventEnvelope]) async throws {
        guard !events.isEmpty else { return }
        do {
            let count = try await self.takeWhenPossible(events)
            self.handled.increment(by: count)
        } catch {
            try Task.checkCancellation()
            if events.count > 1 {
                // In order of versions, so that no half meets the successor before the predecessor.
                let sorted = events.sorted { $0.subjectVersion < $1.subjectVersion }
                try await self.process(Array(sorted[..<(sorted.count / 2)]))
                try await self.process(Array(sorted[(sorted.count / 2)...]))
            } else {
                try await self.processAlone(events[0])
            }
        }
    }

    /// The last word on an event: what waited for it may have failed, so it is tried without that.
    private func processAlone(_ event: EventEnvelope) async throws {
        do {
            let count = try await self.takeWhenPossible([event], withSuccessors: false)
            self.handled.increment(by: count)
        } catch {
            try Task.checkCancellation()
            try await self.persist { try await self.setAside(event, attempt: 1, error: error) }
        }
    }

    /// Runs the transaction; a database that is away or a conflict between transactions is waited out, because it
    /// says nothing about the events.
    private func takeWhenPossible(_ events: [EventEnvelope], withSuccessors: Bool = true) async throws -> Int {
        try await self.persist {
            let count = try await self.inbox.take(events, withSuccessors: withSuccessors)
            Failpoint.consumerHandled.pass()
            return count
        }
    }

    private func persist<R>(_ body: () async throws -> R) async throws -> R {
        var attempt = 0
        while true {
            do {
                return try await body()
            } catch let error as PostgresError where error.isRetryable {
                attempt += 1
                self.logger.warning(
                    "the database did not take a batch", metadata: ["error": "\(error)", "attempt": "\(attempt)"])
                let backoff = Backoff(base: .milliseconds(20), limit: .seconds(5))
                try await Task.sleep(for: backoff.delay(afterAttempt: attempt))
            }
        }
    }

    // MARK: What failed

    private func setAside(_ event: EventEnvelope, attempt: Int, error: any Error) async throws {
        if let later = error as? RetryLater, attempt < Self.maximumAttempts {
            let delay = later.delay ?? Self.backoff.delay(afterAttempt: attempt)
            try await self.inbox.postpone(event, attempt: attempt, delay: delay, reason: later.reason)
            return
        }
        let problem =
            error as? MalformedMessage
            ?? MalformedMessage(reason: "handler-failed", description: Self.safeDescription(of: error))
        self.logger.error(
            "an event was parked",
            metadata: ["id": "\(event.id)", "type": "\(event.routingKey)", "reason": "\(problem.reason)"])
        self.parked.increment()
        try await ParkedMessages(database: self.database).park(event, because: problem)
    }

    private func park(_ delivery: AMQPDelivery, because problem: MalformedMessage) async throws {
        self.logger.error("a message was parked", metadata: ["reason": "\(problem.reason)"])
        self.parked.increment()
        try await ParkedMessages(database: self.database).park(delivery, because: problem)
    }

    /// Errors of our own clients describe themselves without data; of any other only its type is safe to keep.
    private static func safeDescription(of error: any Error) -> String {
        switch error {
        case let error as PostgresError: "\(error)"
        case let error as RetryLater: error.reason
        default: String(describing: type(of: error))
        }
    }

    // MARK: From PostgreSQL

    private func listen(_ wakeUp: WakeUp) async {
        for await _ in self.database.notifications(on: [Inbox.channel]) { wakeUp.wake() }
    }

    private func runPending(_ wakeUp: WakeUp) async {
        while !Task.isCancelled {
            do {
                try await self.drainPending()
                let now = Date()
                let next = try await self.inbox.nextRun()?.timeIntervalSince(now) ?? 10
                try await wakeUp.wait(atMost: .milliseconds(Int(max(0.01, min(next, 10)) * 1000)))
            } catch {
                if Task.isCancelled { return }
                self.logger.warning("pending events could not be looked at", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    private func drainPending() async throws {
        while true {
            do {
                var handled = try await self.inbox.takePending() == true ? 1 : 0
                handled += try await self.inbox.takeWaiting()
                guard handled > 0 else { return }
                self.handled.increment(by: handled)
            } catch let failure as Inbox.PendingFailure {
                if let cause = failure.cause as? PostgresError, cause.isRetryable { throw cause }
                try await self.setAside(failure.event, attempt: failure.attempt + 1, error: failure.cause)
            }
        }
    }
}
