public import AMQP
internal import Foundation
public import Logging
internal import Metrics
public import Postgres
public import ServiceLifecycle

/// Hears the events of a service: takes what has arrived as a batch, runs it in one transaction, acknowledges after
/// commit.
///
/// A batch that fails, or runs out of time twice, is halved until the event that fails is alone; that one is tried
/// again from PostgreSQL for about a day when its failure may pass, else parked with the reason (`Fate`), and its
/// neighbours are unharmed. Nothing is ever given back to
/// the queue by nack. While the database is away nothing is acknowledged, and the prefetch holds the rest back.
public final class EventConsumer: Service {
    private static let batchSize = 500
    private static let prefetch = 1000
    /// How long a batch that is not full waits for more: the price of a round trip to the disk, not more.
    private static let linger: Duration = .milliseconds(2)
    /// Small batches come no faster than this, so that a hundred events a second are not a hundred transactions; the
    /// first one after a pause does not wait.
    private static let pace: Duration = .milliseconds(20)
    /// How often the same batch may run out of time before it is halved: the first time it may have been the machine.
    private static let timeouts = 2
    /// Kept events that are taken in one transaction.
    private static let pendingBatch = 100

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
                            try await self.setAside(event, because: Inbox.unknownType(event))
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
            try await self.persist { try await self.setAside(event, because: error) }
        }
    }

    /// Runs the transaction; a database that is away or a conflict between transactions is waited out, because it
    /// says nothing about the events.
    /// - Throws: also `PostgresError` when they have run out of time twice.
    private func takeWhenPossible(_ events: [EventEnvelope], withSuccessors: Bool = true) async throws -> Int {
        try await self.persist(timeouts: Self.timeouts) {
            let count = try await self.inbox.take(events, withSuccessors: withSuccessors)
            Failpoint.consumerHandled.pass()
            return count
        }
    }

    /// - Parameter timeouts: how often it may run out of time before that is thrown; nil for what must be written.
    private func persist<R>(timeouts: Int? = nil, _ body: () async throws -> R) async throws -> R {
        var attempt = 0
        var left = timeouts ?? .max
        while true {
            do {
                return try await body()
            } catch let error as PostgresError where error.isRetryable {
                attempt += 1
                if error.isOutOfTime { left -= 1 }
                guard left > 0 else { throw error }
                self.logger.warning(
                    "the database did not take a batch", metadata: ["error": "\(error)", "attempt": "\(attempt)"])
                let backoff = Backoff(base: .milliseconds(20), limit: .seconds(5))
                try await Task.sleep(for: backoff.delay(afterAttempt: attempt))
            }
        }
    }

    // MARK: What failed

    /// After the first attempt, alone.
    private func setAside(_ event: EventEnvelope, because error: any Error) async throws {
        switch Fate(of: error, attempt: 1, waited: .zero) {
        case .later(let delay, let reason):
            self.logger.notice(
                "an event is tried again", metadata: ["id": "\(event.id)", "type": "\(event.routingKey)"])
            try await self.inbox.postpone(event, attempt: 1, delay: delay, reason: reason)
        case .parked(let problem):
            try await ParkedMessages(database: self.database).park(event, because: problem)
            self.noteParked(event, problem)
        }
    }

    private func noteParked(_ event: EventEnvelope, _ problem: MalformedMessage) {
        self.logger.error(
            "an event was parked",
            metadata: ["id": "\(event.id)", "type": "\(event.routingKey)", "reason": "\(problem.reason)"])
        self.parked.increment()
    }

    private func park(_ delivery: AMQPDelivery, because problem: MalformedMessage) async throws {
        self.logger.error("a message was parked", metadata: ["reason": "\(problem.reason)"])
        self.parked.increment()
        try await ParkedMessages(database: self.database).park(delivery, because: problem)
    }

    // MARK: From PostgreSQL

    private func listen(_ wakeUp: WakeUp) async {
        for await _ in self.database.notifications(on: [Inbox.channel]) { wakeUp.wake() }
    }

    private func runPending(_ wakeUp: WakeUp) async {
        var isFresh = true
        while !Task.isCancelled {
            do {
                if isFresh { try await self.inbox.askUnknownAgain() }
                isFresh = false
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
        var limit = Self.pendingBatch
        while true {
            do {
                let due = try await self.inbox.takePending(limit: limit)
                let waiting = try await self.inbox.takeWaiting(limit: limit)
                for round in [due, waiting] {
                    self.handled.increment(by: round.handled)
                    for (event, problem) in round.parked { self.noteParked(event, problem) }
                }
                // What failed is not due any more, so this ends.
                guard due.found + waiting.found > 0 else { return }
                limit = Self.pendingBatch
            } catch let error as PostgresError where error.isOutOfTime && limit > 1 {
                limit /= 2
            }
        }
    }
}
