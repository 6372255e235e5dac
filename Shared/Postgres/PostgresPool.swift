internal import DescriptorExecutor
public import Logging
internal import NIOConcurrencyHelpers
public import ServiceLifecycle

/// A bounded pool of connections to one database. All of them share one thread.
///
/// Connections open on demand. While the server is away callers wait until their deadline, or `connectTimeout` when
/// they have none; attempts back off from 50 ms to 5 s, and the log hears of it once a minute.
///
/// A statement never reaches a connection that an earlier user left in a transaction, cancelled, or failed to roll
/// back: such a connection is settled first, or closed. `SET`, `LISTEN` and temporary tables outside of a transaction
/// do stay with a connection: do not use them through the pool.
public final class PostgresPool: Service, Sendable {
    let settings: PostgresSettings
    let logger: Logger
    let executor: DescriptorExecutor
    private let taskExecutor: DescriptorTaskExecutor
    private let state = NIOLockedValueBox(PoolState())
    private let hub: NotificationHub

    /// Opens nothing yet.
    public init(_ settings: PostgresSettings, logger: Logger) {
        self.settings = settings
        self.logger = logger
        self.executor = DescriptorExecutor(name: "postgres")
        self.taskExecutor = DescriptorTaskExecutor(self.executor)
        self.hub = NotificationHub(settings: settings, executor: self.executor, logger: logger)
    }

    deinit { self.executor.stop() }

    // MARK: Life

    /// Keeps a connection open until graceful shutdown or cancellation, then closes the pool. The pool also works
    /// before `run`; whoever does not run it calls `close`.
    public func run() async throws {
        self.state.withLockedValue { $0.isRunning = true }
        self.connectAsNeeded()
        // Thrown when the task is cancelled without a graceful shutdown: the pool closes either way.
        try? await gracefulShutdown()
        await self.close()
    }

    /// Refuses new work and closes every connection; what is under way fails.
    public func close() async {
        let (idle, waiters) = self.state.withLockedValue { state in
            state.isClosed = true
            state.isRunning = false
            defer { state.idle = [] }
            return (state.idle, state.takeAllWaiters())
        }
        for waiter in waiters { waiter.continuation.resume(throwing: Self.closedError) }
        await self.hub.close()
        for connection in idle { await connection.close() }
    }

    /// Whether a connection is open. Turns true soon after `run` begins and false when the last connection breaks.
    public var isReady: Bool { self.state.withLockedValue { !$0.isClosed && $0.open > 0 } }

    // MARK: Work

    /// Runs one statement in a transaction of its own.
    /// - Parameter deadline: for waiting and running together; `statementTimeout` when `nil`, and never longer.
    /// - Throws: `PostgresError`; `CancellationError` when the task is cancelled, after the server has stopped.
    public func query(_ query: PostgresQuery, deadline: Duration? = nil) async throws -> PostgresRows {
        try await self.runBatch([query], deadline: deadline)[0]
    }

    /// Runs one statement in a transaction of its own and returns how many rows it changed or found.
    @discardableResult
    public func execute(_ query: PostgresQuery, deadline: Duration? = nil) async throws -> Int {
        try await self.query(query, deadline: deadline).affected
    }

    /// Runs statements in one flight and one transaction: if one fails, none has happened.
    public func pipeline(_ queries: [PostgresQuery]) async throws -> [PostgresRows] {
        queries.isEmpty ? [] : try await self.runBatch(queries, deadline: nil)
    }

    private func runBatch(_ queries: [PostgresQuery], deadline: Duration?) async throws -> [PostgresRows] {
        for query in queries { try query.check() }
        let end = ContinuousClock.now + (deadline ?? self.settings.statementTimeout)
        let connection = try await self.acquire(deadline: deadline)
        do {
            let rows = try await connection.run(.batch(queries), deadline: end)
            self.release(connection)
            return rows
        } catch {
            self.release(connection)
            throw error
        }
    }

    /// Runs `body` in a transaction: committed when it returns, rolled back when it throws or is cancelled.
    ///
    /// `BEGIN` travels with the first statement. A conflict (`isRetryable`) is not tried again here, because only
    /// the caller knows whether `body` may run twice.
    /// - Parameter deadline: for the whole, waiting included.
    /// - Throws: what `body` throws; `PostgresError` with `outcomeIsUnknown` when the connection broke at COMMIT.
    @discardableResult
    public nonisolated(nonsending) func transaction<R>(
        isolation: IsolationLevel = .readCommitted, readOnly: Bool = false, deadline: Duration? = nil,
        _ body: nonisolated(nonsending) (Transaction) async throws -> R
    ) async throws -> R {
        let end = deadline.map { ContinuousClock.now + $0 }
        let connection = try await self.acquire(deadline: deadline)
        let transaction = Transaction(
            connection: connection, scope: TransactionScope(begin: isolation.begin(readOnly: readOnly)), deadline: end)
        // On the connection's thread: between the statements no other thread is needed.
        return try await withTaskExecutorPreference(self.taskExecutor) {
            do {
                let result = try await body(transaction)
                try await transaction.commit()
                self.release(connection)
                return result
            } catch {
                await transaction.rollback()
                self.release(connection)
                throw error
            }
        }
    }

    /// Runs a script of several statements by the simple protocol, without a deadline. Unless it opens transactions
    /// itself, all of it is one. Bind nothing, so never put data into it.
    public func runScript(_ sql: String) async throws {
        try await self.withDedicatedConnection { connection in
            _ = try await connection.run(.script(sql), deadline: nil)
        }
    }

    /// Lends a connection without a statement timeout, and closes it afterwards with whatever was set on it.
    func withDedicatedConnection<R: Sendable>(
        _ body: @Sendable (PostgresConnection) async throws -> R
    ) async throws -> R {
        let connection = try await self.acquire(deadline: nil)
        do {
            _ = try await connection.run(
                .script("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0"), deadline: nil)
            let result = try await body(connection)
            await connection.close()
            return result
        } catch {
            await connection.close()
            throw error
        }
    }

    // MARK: Lending

    func acquire(deadline: Duration?) async throws -> PostgresConnection {
        try Task.checkCancellation()
        let idle = try self.state.withLockedValue { state -> PostgresConnection? in
            guard !state.isClosed else { throw Self.closedError }
            return state.takeIdle()
        }
        if let idle { return idle }
        let now = ContinuousClock.now
        let end = now + (deadline ?? self.settings.statementTimeout)
        let awayEnd = now + (deadline ?? self.settings.connectTimeout)
        let waiting = NIOLockedValueBox<UInt64?>(nil)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                self.enqueue(
                    PoolState.Waiter(continuation: continuation, deadline: end, awayDeadline: awayEnd), waiting)
            }
        } onCancel: {
            self.cancelWaiter(waiting)
        }
    }

    private func enqueue(_ waiter: PoolState.Waiter, _ waiting: NIOLockedValueBox<UInt64?>) {
        enum Decision {
            case take(PostgresConnection)
            case refuse(PostgresError)
            case wait(UInt64)
        }
        let decision = self.state.withLockedValue { state -> Decision in
            if state.isClosed { return .refuse(Self.closedError) }
            if let idle = state.takeIdle() { return .take(idle) }
            guard state.waiterCount < self.settings.maximumWaiters else {
                let text = "all \(self.settings.maximumConnections) connections are busy"
                return .refuse(
                    PostgresError(.poolExhausted, "\(text) and \(state.waiterCount) callers wait already"))
            }
            return .wait(state.addWaiter(waiter))
        }
        switch decision {
        case .take(let connection): waiter.continuation.resume(returning: connection)
        case .refuse(let error): waiter.continuation.resume(throwing: error)
        case .wait(let id):
            waiting.withLockedValue { $0 = id }
            // A cancellation before this line found nobody to wake.
            if Task.isCancelled { self.cancelWaiter(waiting) }
            self.connectAsNeeded()
            self.scheduleSweep(at: min(waiter.deadline, waiter.awayDeadline))
        }
    }

    private func cancelWaiter(_ waiting: NIOLockedValueBox<UInt64?>) {
        guard let id = waiting.withLockedValue({ $0 }) else { return }
        let waiter = self.state.withLockedValue { $0.removeWaiter(id) }
        waiter?.continuation.resume(throwing: CancellationError())
    }

    func release(_ connection: PostgresConnection) {
        let status = connection.status.withLockedValue { $0 }
        if status.isOpen, !status.isTainted, !status.isInTransaction { return self.lend(connection) }
        Task {
            guard status.isOpen, !status.isInTransaction else { return await connection.close() }
            do {
                try await connection.settle()
                let isClean = connection.status.withLockedValue { !$0.isInTransaction }
                if isClean { self.lend(connection) } else { await connection.close() }
            } catch {
                // It cannot be shown to be quiet, so nobody gets it again.
                await connection.close()
            }
        }
    }

    private func lend(_ connection: PostgresConnection) {
        let (waiter, isClosed) = self.state.withLockedValue { state -> (PoolState.Waiter?, Bool) in
            guard !state.isClosed else { return (nil, true) }
            if let waiter = state.takeFirstWaiter() { return (waiter, false) }
            // A connection that broke a moment ago has already been counted out.
            if connection.status.withLockedValue({ $0.isOpen }) { state.idle.append(connection) }
            return (nil, false)
        }
        waiter?.continuation.resume(returning: connection)
        if isClosed { Task { await connection.close() } }
    }

    private func scheduleSweep(at time: ContinuousClock.Instant) {
        let isNeeded = self.state.withLockedValue { state -> Bool in
            if let earlier = state.sweepAt, earlier <= time { return false }
            state.sweepAt = time
            return true
        }
        guard isNeeded else { return }
        self.executor.setTimer(after: ContinuousClock.now.duration(to: time)) { [weak self] in self?.sweep() }
    }

    private func sweep() {
        let now = ContinuousClock.now
        let (expired, open, error, next) = self.state.withLockedValue { state in
            state.sweepAt = nil
            let expired = state.takeExpired(at: now)
            return (expired, state.open, state.lastError, state.nextSweep(after: now))
        }
        for waiter in expired {
            let busy = PostgresError(.timedOut, "no connection became free before the deadline")
            let away = error ?? PostgresError(.connection, "the server did not answer in time")
            waiter.continuation.resume(throwing: open == 0 ? away : busy)
        }
        if let next { self.scheduleSweep(at: next) }
    }

    // MARK: Connecting

    private func connectAsNeeded() {
        let count = self.state.withLockedValue { $0.takeConnects(maximum: self.settings.maximumConnections) }
        for _ in 0..<count {
            Task {
                do {
                    self.connected(
                        try await PostgresConnection.open(
                            settings: self.settings, executor: self.executor,
                            onClose: { [weak self] in self?.closed($0) }))
                } catch {
                    self.connectFailed(
                        error as? PostgresError ?? PostgresError(.connection, "no connection could be opened"))
                }
            }
        }
    }

    private func connected(_ connection: PostgresConnection) {
        let wasAway = self.state.withLockedValue { state -> Bool in
            state.connecting -= 1
            state.open += 1
            defer {
                state.failures = 0
                state.lastLog = nil
            }
            return state.failures > 0
        }
        if wasAway { self.logger.notice("PostgreSQL answers again") }
        // Closed before it was counted in: `closed` has counted it out already, or will.
        self.lend(connection)
        self.connectAsNeeded()
    }

    private func connectFailed(_ error: PostgresError) {
        let now = ContinuousClock.now
        let (delay, mustLog) = self.state.withLockedValue { state -> (Duration?, Bool) in
            state.connecting -= 1
            state.failures += 1
            state.lastError = error
            let mustLog = state.lastLog.map { now - $0 >= .seconds(60) } ?? true
            if mustLog { state.lastLog = now }
            guard !state.isClosed, !state.retryIsScheduled, state.isRunning || state.waiterCount > 0 else {
                return (nil, mustLog)
            }
            state.retryIsScheduled = true
            // Doubling from 50 ms to 5 s; jitter keeps the replicas of a service from coming back in step.
            let longest = min(5000, 50 << min(state.failures, 7))
            return (.milliseconds(Int.random(in: longest / 2...longest)), mustLog)
        }
        if mustLog { self.logger.error("PostgreSQL cannot be reached", metadata: ["reason": "\(error)"]) }
        guard let delay else { return }
        self.executor.setTimer(after: delay) { [weak self] in
            guard let self else { return }
            self.state.withLockedValue { $0.retryIsScheduled = false }
            self.connectAsNeeded()
        }
    }

    /// An open connection broke or was closed.
    private func closed(_ connection: PostgresConnection) {
        self.state.withLockedValue { state in
            state.open -= 1
            state.idle.removeAll { $0 === connection }
        }
        self.connectAsNeeded()
    }

    private static var closedError: PostgresError { PostgresError(.closed, "the pool is closed") }

    // MARK: Listening

    /// Listens on `channels`. All who listen share one connection, which is opened again whenever it breaks.
    ///
    /// `.reconnected` comes each time listening begins: what was notified before may have been missed, so poll then.
    /// The newest 1,024 elements are kept for a slow reader; if some are lost, another `.reconnected` says so. The
    /// stream ends when the pool closes; the connection closes when the last stream is dropped.
    public func notifications(on channels: [String]) -> AsyncStream<PostgresNotification> {
        self.hub.listen(on: channels)
    }
}
