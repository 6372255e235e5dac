import Contracts
import Foundation
import Logging
import Messaging
import Metrics
import Postgres

/// Drives the line: takes what has happened as a batch, lets the rules decide, writes what follows in one
/// transaction, and only then commands and answers.
actor LineDriver {
    /// The owner of the line has stopped; somebody else answers soon.
    struct Closed: Error, Sendable {}

    private struct Pending {
        let input: LineInput
        let answer: CheckedContinuation<LineAnswer, any Error>?
    }

    private static let batchSize = 500
    /// What may wait while the database is away; then the exchange is let go and read anew later.
    private static let maximumPending = 50_000

    private let store: LineStore
    private let fence: Int64
    private let logger: Logger
    private var lanes: CommandLanes?
    private var line: Line
    private var written: Int64 = 0
    private var pending: [Pending] = []
    private var isClosed = false
    private var sleeper: CheckedContinuation<Void, Never>?
    /// Channels whose end is likely and was not heard, since when.
    private var doubtful: [String: ContinuousClock.Instant] = [:]

    init(line: Line, store: LineStore, fence: Int64, logger: Logger) {
        self.line = line
        self.store = store
        self.fence = fence
        self.logger = logger
    }

    /// Where commands go.
    func attach(_ lanes: CommandLanes) { self.lanes = lanes }

    // MARK: What happens

    /// - Returns: false when too much waits; nothing was taken then.
    @discardableResult
    func submit(_ input: LineInput) -> Bool {
        guard !self.isClosed, self.pending.count < Self.maximumPending else { return false }
        self.pending.append(Pending(input: input, answer: nil))
        self.wake()
        return true
    }

    /// - Returns: after the commit.
    /// - Throws: `Refusal`, `Closed`.
    func ask(_ input: LineInput) async throws -> LineAnswer {
        guard !self.isClosed, self.pending.count < Self.maximumPending else { throw Closed() }
        return try await withCheckedThrowingContinuation { continuation in
            self.pending.append(Pending(input: input, answer: continuation))
            self.wake()
        }
    }

    var view: GetLine.Answer { self.line.view }
    var channels: Set<String> { self.line.channels }
    var counts: (waiting: Int, calls: Int, ready: Int) {
        (self.line.waitingCount, self.line.calls.count, self.line.operators.values.count(where: \.isFree))
    }

    func doubt(_ channel: String) { self.doubtful[channel] = self.doubtful[channel] ?? .now }

    /// Doubts what rings for longer than it may, in seconds.
    func doubtOverdue(operatorRing: TimeInterval, citizenRing: TimeInterval) {
        for channel in self.line.overdue(operatorRing: operatorRing, citizenRing: citizenRing, at: Date()) {
            self.doubt(channel)
        }
    }

    /// The channels in doubt for longer than `age` that the line still holds; the doubt about them is over.
    func takeDoubtful(olderThan age: Duration) -> [String] {
        let now = ContinuousClock.now
        let due = self.doubtful.filter { now - $0.value > age }.map(\.key)
        for channel in due { self.doubtful[channel] = nil }
        return due.filter(self.line.isKnown(channel:))
    }

    // MARK: What follows

    /// Works until it is cancelled.
    /// - Throws: `LeaseLost`; an error of the database that does not pass.
    func run() async throws {
        try await withTaskCancellationHandler {
            while !Task.isCancelled && !self.isClosed {
                if self.pending.isEmpty { await self.sleep() }
                try await self.workOff()
            }
        } onCancel: {
            Task { await self.wake() }
        }
    }

    /// Whoever waits for an answer gets none.
    func close() {
        self.isClosed = true
        for item in self.pending { item.answer?.resume(throwing: Closed()) }
        self.pending = []
        self.wake()
    }

    private func workOff() async throws {
        let batch = Array(self.pending.prefix(Self.batchSize))
        guard !batch.isEmpty else { return }
        self.pending.removeFirst(batch.count)
        let now = Date()
        var answers: [(CheckedContinuation<LineAnswer, any Error>, Result<LineAnswer, any Error>)] = []
        for item in batch {
            let result = Result { try self.line.handle(item.input, at: now) }
            if let continuation = item.answer { answers.append((continuation, result)) }
        }
        let output = self.line.takeOutput()
        do {
            if output.needsTransaction { try await self.write(output) }
        } catch {
            for (continuation, _) in answers { continuation.resume(throwing: Closed()) }
            throw error
        }
        await self.lanes?.send(output.commands)
        for (continuation, result) in answers { continuation.resume(with: result) }
        for call in output.calls.values {
            if let outcome = call.outcome {
                Counter(label: "calls_total", dimensions: [("outcome", outcome.rawValue)]).increment()
            }
        }
    }

    private func write(_ output: LineOutput) async throws {
        self.written += 1
        var attempt = 0
        while true {
            do {
                return try await self.store.write(output, fence: self.fence, number: self.written)
            } catch let error as PostgresError where error.isRetryable {
                attempt += 1
                self.logger.warning(
                    "the database did not take the line's changes",
                    metadata: ["error": "\(error)", "attempt": "\(attempt)"])
                try await Task.sleep(
                    for: Backoff(base: .milliseconds(20), limit: .seconds(2)).delay(afterAttempt: attempt))
            }
        }
    }

    private func sleep() async {
        await withCheckedContinuation { continuation in
            if self.pending.isEmpty && !self.isClosed && !Task.isCancelled {
                self.sleeper = continuation
            } else {
                continuation.resume()
            }
        }
    }

    private func wake() {
        self.sleeper?.resume()
        self.sleeper = nil
    }
}
