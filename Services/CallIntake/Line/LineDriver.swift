import Contracts
import DequeModule
import Foundation
import Logging
import Messaging
import Metrics
import Postgres

/// Drives the line of one exchange: takes what has happened as a batch, lets the rules decide, writes what follows in
/// one transaction, and only then commands and answers.
actor LineDriver {
    private struct Pending {
        let input: LineInput
        /// An order with a value that the database may refuse.
        var isOdd = false
        var key: UUID?
        var answer: CheckedContinuation<LineAnswer, any Error>?
    }

    private static let batchSize = 500
    /// What may wait while the database is away; then the exchange is let go and read anew later.
    private static let maximumPending = 50_000

    private let store: LineStore
    private let fence: Int64
    let logger: Logger
    private var lanes: CommandLanes?
    private var line: Line
    private var written: Int64 = 0
    private var pending: [Pending] = []
    /// Halved while the database refuses what a batch leads to, until the order that it refuses is alone.
    private var batchLimit = LineDriver.batchSize
    /// Calls that the database refused once, and why: they are kept marked from then on.
    var marked: [UUID: String] = [:]
    private var isClosed = false
    /// How often the exchange has been read anew.
    private var readings = 0
    private var sleeper: CheckedContinuation<Void, Never>?
    /// Answers of orders, for those that are asked again with the same key: a "hold" that comes a second time after a
    /// "resume" must not hold again.
    private var answered: [UUID: LineAnswer] = [:]
    private var answeredKeys = Deque<UUID>()
    /// Channels whose end is likely and was not heard, since when; true for those that have left our application.
    private var doubtful: [String: (since: ContinuousClock.Instant, hasLeft: Bool)] = [:]

    init(line: Line, store: LineStore, fence: Int64, logger: Logger) {
        self.line = line
        self.store = store
        self.fence = fence
        self.logger = logger
    }

    /// Where commands go.
    func attach(_ lanes: CommandLanes) { self.lanes = lanes }

    // MARK: What happens

    /// - Returns: false when too much waits; nothing was taken then. That the exchange is away is always taken.
    @discardableResult
    func submit(_ input: LineInput) -> Bool {
        guard !self.isClosed, self.pending.count < Self.maximumPending || input.isAlwaysTaken else { return false }
        self.pending.append(Pending(input: input))
        self.wake()
        return true
    }

    /// - Parameter key: of the request; the same one is answered again, not carried out again.
    /// - Returns: after the commit.
    /// - Throws: `Refusal`; `Line.lineMoves` when the order may or may not have been carried out and is to be given again.
    func ask(_ input: LineInput, key: UUID) async throws -> LineAnswer {
        guard !self.isClosed, self.pending.count < Self.maximumPending else { throw Line.lineMoves }
        return try await withCheckedThrowingContinuation { continuation in
            self.pending.append(Pending(input: input, isOdd: input.isOdd, key: key, answer: continuation))
            self.wake()
        }
    }

    var view: GetLine.Answer { self.line.view }
    var channels: Set<String> { self.line.channels }
    var plan: LinePlan { self.line.plan }

    /// The exchange is about to be read: who has not been rung yet is not rung by orders of before.
    /// - Returns: the channels that the line believes to be there.
    func beginReading() -> Set<String> {
        self.readings += 1
        return self.line.channels
    }

    func holds(_ call: UUID) -> Bool { self.line.calls[call] != nil }
    func holds(_ operatorID: String) -> Bool { self.line.operators[operatorID]?.chosen != .offline }

    /// What a gauge shows.
    struct Counts: Sendable {
        var waiting = 0
        var calls = 0
        var ready = 0
        var longestWait = 0.0
        var unrecorded = 0
        /// What has happened and is not worked off yet: grows while the database is away.
        var inputs = 0
    }

    var counts: Counts {
        let now = Date()
        var counts = Counts()
        counts.calls = self.line.calls.count
        counts.inputs = self.pending.count
        for call in self.line.calls.values {
            if call.state == .waiting {
                counts.waiting += 1
                counts.longestWait = max(counts.longestWait, now.timeIntervalSince(call.receivedAt))
            }
            if call.isInConversation, call.recording == nil { counts.unrecorded += 1 }
        }
        counts.ready = self.line.operators.values.count(where: \.isFree)
        return counts
    }

    /// - Parameter hasLeft: the channel is in our application no more.
    func doubt(_ channel: String, hasLeft: Bool = false) {
        let known = self.doubtful[channel]
        self.doubtful[channel] = (known?.since ?? .now, hasLeft || known?.hasLeft == true)
    }

    /// A channel has come into our application (again).
    func trust(_ channel: String) { self.doubtful[channel] = nil }

    /// Doubts what rings for longer than it may, in seconds.
    func doubtOverdue(citizenRing: TimeInterval) {
        for channel in self.line.overdue(citizenRing: citizenRing, at: Date()) { self.doubt(channel) }
    }

    /// The channels in doubt for longer than `age` that the line still holds; the doubt about them is over.
    func takeDoubtful(olderThan age: Duration) -> [(channel: String, hasLeft: Bool)] {
        guard !self.doubtful.isEmpty else { return [] }
        let now = ContinuousClock.now
        let due = self.doubtful.filter { now - $0.value.since > age }
        for channel in due.keys { self.doubtful[channel] = nil }
        return due.filter { self.line.isKnown(channel: $0.key) }.map { ($0.key, $0.value.hasLeft) }
    }

    // MARK: What follows

    /// Works until it is cancelled, and is closed then: nobody waits for a driver that has ended.
    /// - Throws: `LeaseLost`; an error of the database that does not pass and that no single value is to blame for.
    func run() async throws {
        defer { self.close() }
        try await withTaskCancellationHandler {
            while !Task.isCancelled && !self.isClosed {
                if self.pending.isEmpty { await self.sleepUntilDue() }
                try await self.workOff()
            }
        } onCancel: {
            Task { await self.wake() }
        }
    }

    /// Whoever waits for an answer asks again: the next owner of the line answers.
    func close() {
        self.isClosed = true
        for item in self.pending { item.answer?.resume(throwing: Line.lineMoves) }
        self.pending = []
        self.wake()
    }

    private func workOff() async throws {
        let now = Date()
        var batch = Array(self.pending.prefix(self.batchLimit))
        self.pending.removeFirst(batch.count)
        // What may be refused is looked at alone.
        if batch.isEmpty || self.batchLimit > 1, let due = self.line.nextDue(), due <= now {
            batch.append(Pending(input: .tick))
        }
        guard !batch.isEmpty else { return }
        // A copy costs what is changed afterwards. What has happened cannot be taken back, an order can.
        let before = batch.contains(where: \.isOdd) ? self.line : nil
        var answers: [UUID: LineAnswer] = [:]
        let results = batch.map { item in Result { try self.carryOut(item, &answers, at: now) } }
        var output = self.line.takeOutput(at: now)
        let readings = self.readings
        do {
            if output.needsTransaction { try await self.write(output, faults: self.marked) }
            self.batchLimit = min(self.batchLimit * 2, Self.batchSize)
        } catch let error where isOfValues(error) {
            if let before, batch.count > 1 || isOfTexts(error) && !self.isMarked(output) {
                self.line = before
                return self.takeBack(batch, because: error)
            }
            do {
                let lost = try await self.writeWhatFits(output)
                output.commands.removeAll { $0.command.dials(oneOf: lost) }
            } catch {
                throw self.giveUp(batch, because: error)
            }
        } catch {
            throw self.giveUp(batch, because: error)
        }
        if output.needsTransaction { Failpoint.lineCommitted.pass() }
        // Whom to ring was decided anew when the exchange was read: ordered now, they would be rung twice. All else may
        // be ordered twice.
        let isFormer = readings != self.readings
        await self.lanes?.send(output.commands.filter { !isFormer || !$0.command.isOriginate })
        self.remember(answers)
        for (item, result) in zip(batch, results) { item.answer?.resume(with: result) }
        self.noteEnds(of: output)
    }

    /// Whoever waits for the answer to an order of `batch` asks the next owner.
    private func giveUp(_ batch: [Pending], because error: any Error) -> any Error {
        for item in batch { item.answer?.resume(throwing: Line.lineMoves) }
        return error
    }

    private func carryOut(_ item: Pending, _ answers: inout [UUID: LineAnswer], at now: Date) throws -> LineAnswer {
        guard let key = item.key else { return try self.line.handle(item.input, at: now) }
        if let known = self.answered[key] ?? answers[key] { return known }
        let answer = try self.line.handle(item.input, at: now)
        answers[key] = answer
        return answer
    }

    /// Once they are committed.
    private func remember(_ answers: [UUID: LineAnswer]) {
        for (key, answer) in answers {
            self.answered[key] = answer
            self.answeredKeys.append(key)
            if self.answeredKeys.count > 4096 { self.answered[self.answeredKeys.removeFirst()] = nil }
        }
    }

    private func noteEnds(of output: LineOutput) {
        for call in output.calls.values {
            guard let outcome = call.outcome else { continue }
            Counter(label: "calls_total", dimensions: [("outcome", outcome.rawValue)]).increment()
            self.marked[call.id] = nil
        }
    }

    /// The database refuses what a batch with orders leads to. The line is as it was before; half of the batch is tried
    /// next, and an order that is alone is refused for good.
    private func takeBack(_ batch: [Pending], because error: any Error) {
        guard batch.count == 1, let answer = batch[0].answer else {
            self.batchLimit = max(1, batch.count / 2)
            self.pending.insert(contentsOf: batch, at: 0)
            return
        }
        self.logger.error(
            "the database refused the value of an order", metadata: ["error": "\(faultDescription(of: error))"])
        Counter(label: "line_values_refused_total", dimensions: [("kind", "order")]).increment()
        answer.resume(throwing: Line.valueRefused)
    }

    /// - Throws: also what `isOfValues`; nothing of `output` was written then.
    func write(_ output: LineOutput, faults: [UUID: String] = [:]) async throws {
        let number = self.written + 1
        var attempt = 0
        while true {
            do {
                try await self.store.write(output, fence: self.fence, number: number, faults: faults)
                self.written = number
                return
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

    /// Until something happens, or time alone makes something due.
    private func sleepUntilDue() async {
        var alarm: Task<Void, Never>?
        if let due = self.line.nextDue() {
            let seconds = due.timeIntervalSinceNow
            if seconds <= 0 { return }
            alarm = Task {
                // Cancelled when something happens before.
                guard (try? await Task.sleep(for: .seconds(min(seconds, 3600)))) != nil else { return }
                self.wake()
            }
        }
        await withCheckedContinuation { continuation in
            if self.pending.isEmpty && !self.isClosed && !Task.isCancelled {
                self.sleeper = continuation
            } else {
                continuation.resume()
            }
        }
        alarm?.cancel()
    }

    private func wake() {
        self.sleeper?.resume()
        self.sleeper = nil
    }
}
