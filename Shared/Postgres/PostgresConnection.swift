internal import CLibPQ
internal import DequeModule
internal import DescriptorExecutor
internal import Glibc
internal import NIOConcurrencyHelpers

/// One connection, confined to the pool's thread.
///
/// Operations are sent in order; several may be on the way at once. After a cancel nothing is sent until `PQcancel`
/// has returned, every sync is read and a round trip followed: a cancel names a backend, not a statement, so it could
/// hit the next one.
actor PostgresConnection {
    /// What the pool must know without entering the actor.
    struct Status {
        var isOpen = false
        /// A cancel was sent since the connection was last known to be quiet.
        var isTainted = false
        /// The last answer left a transaction open.
        var isInTransaction = false
        var backendPID: Int32 = 0
    }

    nonisolated let executor: DescriptorExecutor
    nonisolated let status = NIOLockedValueBox(Status())
    nonisolated var unownedExecutor: UnownedSerialExecutor { self.executor.asUnownedSerialExecutor() }

    let settings: PostgresSettings
    private let onClose: @Sendable (PostgresConnection) -> Void
    private let onNotification: (@Sendable (PostgresNotification) -> Void)?
    private var handle: PostgresHandle?
    private var raw: OpaquePointer?
    private var descriptor: Int32 = -1
    private var interest: DescriptorExecutor.Readiness = []
    private var connecting: CheckedContinuation<Void, any Error>?
    private var connectTimer: DescriptorExecutor.TimerID?

    private var statements: StatementCache
    private var nextID: UInt64 = 0
    private var queue: Deque<ConnectionOperation> = []
    private var inFlight: Deque<ConnectionOperation> = []
    private var deadlineTimer: (id: DescriptorExecutor.TimerID, at: ContinuousClock.Instant)?
    private var cancelIsRunning = false
    private var needsRoundTrip = false
    private var cancelGivesUpAt: ContinuousClock.Instant?

    init(
        settings: PostgresSettings, executor: DescriptorExecutor,
        onClose: @escaping @Sendable (PostgresConnection) -> Void,
        onNotification: (@Sendable (PostgresNotification) -> Void)? = nil
    ) {
        self.settings = settings
        self.executor = executor
        self.onClose = onClose
        self.onNotification = onNotification
        self.statements = StatementCache(capacity: settings.preparedStatements)
    }

    // MARK: Opening

    /// Connects and enters pipeline mode.
    /// - Throws: `PostgresError` of kind `.connection`, or `.timedOut` after `connectTimeout`.
    static func open(
        settings: PostgresSettings, executor: DescriptorExecutor,
        onClose: @escaping @Sendable (PostgresConnection) -> Void,
        onNotification: (@Sendable (PostgresNotification) -> Void)? = nil
    ) async throws -> PostgresConnection {
        let parameters = try await HostResolution.resolve(settings.connectionParameters)
        let connection = PostgresConnection(
            settings: settings, executor: executor, onClose: onClose, onNotification: onNotification)
        try await connection.connect(parameters)
        return connection
    }

    private func connect(_ parameters: [String: String]) async throws {
        let pairs = Array(parameters)
        var keywords = pairs.map { UnsafePointer<CChar>?(strdup($0.key)) } + [nil]
        var values = pairs.map { UnsafePointer<CChar>?(strdup($0.value)) } + [nil]
        defer { for text in keywords + values { free(UnsafeMutableRawPointer(mutating: text)) } }
        guard let raw = PQconnectStartParams(&keywords, &values, 0) else {
            throw PostgresError(.connection, "no memory for a connection")
        }
        self.handle = PostgresHandle(raw)
        self.raw = raw
        // Notices would go to standard error, and can quote data.
        _ = PQsetNoticeReceiver(raw, { _, _ in }, nil)
        guard PQstatus(raw) != CONNECTION_BAD else {
            let error = self.connectionError(raw)
            self.close(error)
            throw error
        }
        try await withCheckedThrowingContinuation { continuation in
            self.connecting = continuation
            self.connectTimer = self.executor.setTimer(after: self.settings.connectTimeout) { [weak self] in
                self?.assumeIsolated { connection in
                    guard connection.connecting != nil else { return }
                    connection.close(PostgresError(.connection, "the server did not answer in time"))
                }
            }
            // libpq manual, PQconnectStart: begin as if PQconnectPoll had last returned PGRES_POLLING_WRITING.
            self.wait(for: .writable)
        }
    }

    private func pollConnect(_ raw: OpaquePointer) {
        // PQconnectPoll may close the socket and open another: forget it first.
        self.forgetDescriptor()
        switch PQconnectPoll(raw) {
        case PGRES_POLLING_READING: self.wait(for: .readable)
        case PGRES_POLLING_WRITING: self.wait(for: .writable)
        case PGRES_POLLING_OK:
            guard PQsetnonblocking(raw, 1) == 0, PQenterPipelineMode(raw) == 1 else {
                return self.close(self.connectionError(raw))
            }
            if let connectTimer { self.executor.cancelTimer(connectTimer) }
            self.connectTimer = nil
            self.status.withLockedValue {
                $0.isOpen = true
                $0.backendPID = PQbackendPID(raw)
            }
            self.wait(for: .readable)
            self.connecting?.resume()
            self.connecting = nil
        default: self.close(self.connectionError(raw))
        }
    }

    /// libpq's words about a failed attempt name hosts, users and databases, no data: they may be logged.
    private func connectionError(_ raw: OpaquePointer) -> PostgresError {
        let text = String(cString: PQerrorMessage(raw)).split(whereSeparator: \.isNewline).joined(separator: "; ")
        return PostgresError(.connection, "no connection could be opened: \(text)")
    }

    // MARK: Work from outside

    /// Does `work` and returns one answer for each statement of a batch.
    /// - Parameters:
    ///   - deadline: `nil` waits for ever.
    ///   - isCancellable: whether the task's cancellation stops it on the server.
    func run(
        _ work: ConnectionOperation.Work, deadline: ContinuousClock.Instant?, isCancellable: Bool = true,
        scope: TransactionScope? = nil
    ) async throws -> [PostgresRows] {
        self.nextID += 1
        let id = self.nextID
        guard isCancellable else {
            return try await withCheckedThrowingContinuation { continuation in
                self.submit(
                    ConnectionOperation(
                        id: id, work: work, deadline: deadline, scope: scope, continuation: continuation))
            }
        }
        try Task.checkCancellation()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                self.submit(
                    ConnectionOperation(
                        id: id, work: work, deadline: deadline, scope: scope, continuation: continuation))
            }
        } onCancel: {
            Task { await self.stop(id, because: .cancellation) }
        }
    }

    /// Returns when no cancel can hit this connection any more.
    func settle() async throws {
        _ = try await self.run(
            .roundTrip, deadline: .now + self.settings.cancelTimeout, isCancellable: false)
        self.status.withLockedValue { $0.isTainted = false }
    }

    /// Closes the connection; whatever it still does fails.
    func close() {
        self.close(PostgresError(.connectionLost, "the connection was closed"))
    }

    /// Last statements of a transaction: afterwards nothing of `scope` is sent any more.
    /// - Returns: the tag of the last one.
    func finish(
        _ queries: [PostgresQuery], scope: TransactionScope, deadline: ContinuousClock.Instant
    ) async throws -> String {
        guard !scope.isOver else { throw Transaction.isOverError }
        scope.end()
        let answers = try await self.run(.batch(queries), deadline: deadline, isCancellable: false)
        return answers.last?.result.tag ?? ""
    }

    // MARK: The line

    private func submit(_ operation: ConnectionOperation) {
        guard self.raw != nil else {
            operation.failure = PostgresError(.connectionLost, "the connection is closed")
            return operation.finish()
        }
        self.queue.append(operation)
        self.pump()
        if let deadline = operation.deadline { self.armDeadline(deadline) }
    }

    private func pump() {
        while let raw, let operation = self.queue.first {
            guard !self.cancelIsRunning, !self.needsRoundTrip else { return }
            if let current = self.inFlight.first {
                guard !operation.work.isExclusive, !current.work.isExclusive else { return }
            }
            self.queue.removeFirst()
            if let scope = operation.scope, scope.isOver {
                operation.failure = Transaction.isOverError
                operation.finish()
                continue
            }
            if self.inFlight.isEmpty, PQtransactionStatus(raw) == PQTRANS_IDLE, !operation.work.isExclusive {
                let names = self.statements.takeDiscarded()
                if !names.isEmpty { self.send(ConnectionOperation(id: 0, work: .deallocate(names)), on: raw) }
            }
            self.send(operation, on: raw)
        }
    }

    private func send(_ operation: ConnectionOperation, on raw: OpaquePointer) {
        self.inFlight.append(operation)
        var isSent = true
        switch operation.work {
        case .batch(let queries):
            let pending = operation.scope?.takePending() ?? []
            operation.prefix = pending.count
            isSent = self.sendBatch(pending + queries, operation, raw) && PQpipelineSync(raw) == 1
        case .deallocate(let names):
            for name in names {
                isSent = isSent && PQsendQueryParams(raw, "DEALLOCATE \(name)", 0, nil, nil, nil, nil, 1) == 1
                operation.steps.append(.other)
            }
            isSent = isSent && PQpipelineSync(raw) == 1
        case .roundTrip: isSent = PQpipelineSync(raw) == 1
        case .script(let sql): isSent = PQexitPipelineMode(raw) == 1 && PQsendQuery(raw, sql) == 1
        case .copy(let query, _): isSent = PQexitPipelineMode(raw) == 1 && PQsendQuery(raw, query.sql) == 1
        }
        guard isSent else { return self.lose() }
        self.flush()
    }

    private func sendBatch(_ queries: [PostgresQuery], _ operation: ConnectionOperation, _ raw: OpaquePointer) -> Bool {
        var prepared: [StatementCache.Key: String] = [:]
        operation.steps.reserveCapacity(queries.count + 1)
        operation.results.reserveCapacity(queries.count)
        for (index, query) in queries.enumerated() {
            let key = StatementCache.Key(sql: query.sql, types: query.types)
            let name: String
            if let known = prepared[key] ?? self.statements.name(of: key) {
                name = known
            } else {
                name = self.statements.makeName()
                guard PQsendPrepare(raw, name, query.sql, Int32(query.types.count), query.types) == 1 else {
                    return false
                }
                prepared[key] = name
                operation.steps.append(.prepare(name: name, key: key))
            }
            guard Self.sendExecute(name, query, raw) else { return false }
            operation.steps.append(.query(index: index, key: key))
        }
        return true
    }

    private static func sendExecute(_ name: String, _ query: PostgresQuery, _ raw: OpaquePointer) -> Bool {
        let count = query.lengths.count
        guard count > 0 else { return PQsendQueryPrepared(raw, name, 0, nil, nil, nil, 1) == 1 }
        return query.buffer.bytes.withUnsafeBytes { bytes in
            // Never empty, see PostgresBuffer; the values begin after its first byte.
            let base = bytes.baseAddress!.assumingMemoryBound(to: CChar.self)
            var offset = 1
            let values = query.lengths.map { length -> UnsafePointer<CChar>? in
                guard length >= 0 else { return nil }
                defer { offset += Int(length) }
                return base + offset
            }
            let formats = [Int32](repeating: 1, count: count)
            return PQsendQueryPrepared(raw, name, Int32(count), values, query.lengths, formats, 1) == 1
        }
    }

    // MARK: The socket

    private func wait(for interest: DescriptorExecutor.Readiness) {
        guard let raw else { return }
        let current = PQsocket(raw)
        guard current == self.descriptor else {
            self.forgetDescriptor()
            guard current >= 0 else { return self.lose() }
            self.descriptor = current
            self.interest = interest
            self.executor.watch(current, for: interest) { [weak self] readiness in
                self?.assumeIsolated { $0.becameReady(readiness) }
            }
            return
        }
        guard interest != self.interest else { return }
        self.interest = interest
        self.executor.change(current, to: interest)
    }

    private func forgetDescriptor() {
        guard self.descriptor >= 0 else { return }
        self.executor.unwatch(self.descriptor)
        self.descriptor = -1
        self.interest = []
    }

    private func becameReady(_ readiness: DescriptorExecutor.Readiness) {
        guard let raw else { return }
        if self.connecting != nil { return self.pollConnect(raw) }
        if readiness.contains(.writable) { self.flush() }
        guard self.raw != nil, !readiness.isDisjoint(with: [.readable, .failed]) else { return }
        let isAlive = PQconsumeInput(raw) == 1
        self.readAnswers(raw)
        guard self.raw != nil else { return }
        self.readNotifications(raw)
        // A server that goes says why (57P01) just before the end: the answers above have it already.
        guard isAlive, PQstatus(raw) != CONNECTION_BAD else { return self.lose() }
        self.pump()
    }

    private func flush() {
        guard let raw else { return }
        if let copying = self.inFlight.first, copying.copyPosition != nil { self.sendCopyData(copying, raw) }
        guard self.raw != nil else { return }
        switch PQflush(raw) {
        case 0:
            let isCopying = self.inFlight.first?.copyPosition != nil
            self.wait(for: isCopying ? [.readable, .writable] : .readable)
        case 1: self.wait(for: [.readable, .writable])
        default: self.lose()
        }
    }

    private func readNotifications(_ raw: OpaquePointer) {
        while let notification = PQnotifies(raw) {
            let channel = String(cString: notification.pointee.relname)
            let payload = String(cString: notification.pointee.extra)
            PQfreemem(notification)
            self.onNotification?(.received(channel: channel, payload: payload))
        }
    }

    // MARK: Answers

    private func readAnswers(_ raw: OpaquePointer) {
        var ends = 0
        while self.raw != nil, let operation = self.inFlight.first, operation.copyPosition == nil,
            PQisBusy(raw) == 0
        {
            guard let result = PQgetResult(raw) else {
                if operation.work.isExclusive {
                    self.finishExclusive(operation, raw)
                    continue
                }
                // In pipeline mode every statement's answer is followed by one NULL; two mean that nothing is left.
                ends += 1
                if ends > 1 { return }
                continue
            }
            ends = 0
            if operation.work.isExclusive {
                self.readExclusive(PostgresResult(owning: result), result, operation, raw)
            } else {
                self.readPipelined(PostgresResult(owning: result), result, operation, raw)
            }
        }
    }

    private func readPipelined(
        _ owner: PostgresResult, _ result: OpaquePointer, _ operation: ConnectionOperation, _ raw: OpaquePointer
    ) {
        let step = operation.answered < operation.steps.count ? operation.steps[operation.answered] : nil
        switch PQresultStatus(result) {
        case PGRES_PIPELINE_SYNC: self.complete(operation, raw)
        case PGRES_PIPELINE_ABORTED: operation.answered += 1
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
            operation.answered += 1
            switch step {
            case .prepare(let name, let key): self.statements.insert(name, for: key)
            case .query: operation.results.append(PostgresRows(result: owner))
            case .other, nil: break
            }
        case PGRES_FATAL_ERROR:
            // An error past the last step belongs to the sync: a deferred constraint, a conflict found at commit.
            operation.answered += 1
            guard operation.failure == nil else { return }
            var error = PostgresError(result: result)
            if case .query(let index, let key) = step {
                error = error.at(index)
                if error.isStalePlan || error.sqlState == .invalidStatementName { self.statements.forget(key) }
            }
            operation.failure = error
        default:
            // COPY cannot be answered in pipeline mode; the protocol is out of step now.
            self.close(PostgresError(.misuse, "COPY was sent as a query; use copyIn"))
        }
    }

    private func readExclusive(
        _ owner: PostgresResult, _ result: OpaquePointer, _ operation: ConnectionOperation, _ raw: OpaquePointer
    ) {
        switch PQresultStatus(result) {
        case PGRES_COPY_IN:
            guard case .copy = operation.work, operation.failure == nil else {
                _ = PQputCopyEnd(raw, "COPY FROM STDIN is not possible in a script")
                return self.flush()
            }
            operation.copyPosition = 0
            self.flush()
        case PGRES_COPY_OUT, PGRES_COPY_BOTH:
            self.close(PostgresError(.misuse, "COPY TO STDOUT is not supported"))
        case PGRES_FATAL_ERROR:
            if operation.failure == nil { operation.failure = PostgresError(result: result) }
        default: operation.results.append(PostgresRows(result: owner))
        }
    }

    private func finishExclusive(_ operation: ConnectionOperation, _ raw: OpaquePointer) {
        guard PQenterPipelineMode(raw) == 1 else { return self.lose() }
        self.complete(operation, raw)
    }

    private func sendCopyData(_ operation: ConnectionOperation, _ raw: OpaquePointer) {
        guard case .copy(_, let data) = operation.work, var position = operation.copyPosition else { return }
        if operation.stopReason != nil {
            operation.copyPosition = nil
            if PQputCopyEnd(raw, "stopped") != 1 { self.lose() }
            return
        }
        while position < data.count {
            let length = min(64 * 1024, data.count - position)
            let status = data.withUnsafeBytes { bytes in
                PQputCopyData(
                    raw, bytes.baseAddress!.assumingMemoryBound(to: CChar.self) + position, Int32(length))
            }
            guard status >= 0 else { return self.lose() }
            if status == 0 { break }
            position += length
            operation.copyPosition = position
            // libpq grows its buffer rather than wait: hand over the next part when this one has left.
            if PQflush(raw) == 1 { return }
        }
        guard position == data.count else { return }
        switch PQputCopyEnd(raw, nil) {
        case 1: operation.copyPosition = nil
        case 0: break
        default: self.lose()
        }
    }

    private func complete(_ operation: ConnectionOperation, _ raw: OpaquePointer) {
        self.inFlight.removeFirst()
        let isInTransaction = PQtransactionStatus(raw) != PQTRANS_IDLE
        self.status.withLockedValue { $0.isInTransaction = isInTransaction }
        switch operation.work {
        case .roundTrip where operation.continuation == nil: self.needsRoundTrip = false
        default: break
        }
        operation.finish()
        if !self.cancelIsRunning, self.inFlight.isEmpty {
            if self.needsRoundTrip {
                self.send(ConnectionOperation(id: 0, work: .roundTrip), on: raw)
            } else {
                self.cancelGivesUpAt = nil
            }
        }
        self.pump()
    }

    // MARK: Deadlines and cancelling

    private func armDeadline(_ deadline: ContinuousClock.Instant) {
        if let deadlineTimer {
            guard deadline < deadlineTimer.at else { return }
            self.executor.cancelTimer(deadlineTimer.id)
        }
        let id = self.executor.setTimer(after: ContinuousClock.now.duration(to: deadline)) { [weak self] in
            self?.assumeIsolated { $0.deadlinePassed() }
        }
        self.deadlineTimer = (id, deadline)
    }

    private func deadlinePassed() {
        self.deadlineTimer = nil
        let now = ContinuousClock.now
        for operation in Array(self.queue) + Array(self.inFlight) where operation.stopReason == nil {
            if let deadline = operation.deadline, deadline <= now { self.stop(operation, because: .deadline) }
        }
        let left = (Array(self.queue) + Array(self.inFlight)).filter { $0.stopReason == nil }
        if let next = left.compactMap(\.deadline).min() { self.armDeadline(next) }
    }

    private func stop(_ id: UInt64, because reason: ConnectionOperation.StopReason) {
        let operation = self.queue.first { $0.id == id } ?? self.inFlight.first { $0.id == id }
        if let operation, operation.stopReason == nil { self.stop(operation, because: reason) }
    }

    private func stop(_ operation: ConnectionOperation, because reason: ConnectionOperation.StopReason) {
        operation.stopReason = reason
        if let index = self.queue.firstIndex(where: { $0 === operation }) {
            self.queue.remove(at: index)
            // Never sent, so nothing has to be cancelled on the server.
            operation.failure = PostgresError(.timedOut, "the deadline passed", sqlState: .queryCanceled)
            return operation.finish()
        }
        if self.inFlight.contains(where: { $0 === operation }) { self.cancelOnServer() }
    }

    private func cancelOnServer() {
        guard let raw, !self.cancelIsRunning else { return }
        let now = ContinuousClock.now
        if let givesUpAt = self.cancelGivesUpAt {
            guard now < givesUpAt else { return self.giveUpCancelling() }
        } else {
            self.cancelGivesUpAt = now + self.settings.cancelTimeout
            self.executor.setTimer(after: self.settings.cancelTimeout) { [weak self] in
                self?.assumeIsolated { connection in
                    if let at = connection.cancelGivesUpAt, at <= .now { connection.giveUpCancelling() }
                }
            }
        }
        guard let cancel = PQgetCancel(raw) else { return self.lose() }
        self.cancelIsRunning = true
        self.needsRoundTrip = true
        self.status.withLockedValue { $0.isTainted = true }
        let address = UInt(bitPattern: cancel)
        Task { [weak self] in
            // PQcancel opens a connection of its own and blocks until the server has passed the signal on.
            await BlockingCalls.run {
                let cancel = OpaquePointer(bitPattern: address)
                var message = [CChar](repeating: 0, count: 256)
                // A failed attempt is repeated, see `cancelReturned`, until `cancelTimeout` closes the connection.
                _ = PQcancel(cancel, &message, Int32(message.count))
                PQfreeCancel(cancel)
            }
            await self?.cancelReturned()
        }
    }

    private func cancelReturned() {
        self.cancelIsRunning = false
        guard let raw else { return }
        if self.inFlight.isEmpty {
            self.send(ConnectionOperation(id: 0, work: .roundTrip), on: raw)
            return
        }
        // The signal may have come before the statement began, or between two of them: ask again.
        self.executor.setTimer(after: .milliseconds(100)) { [weak self] in
            self?.assumeIsolated { connection in
                if connection.inFlight.contains(where: { $0.stopReason != nil }) { connection.cancelOnServer() }
            }
        }
    }

    private func giveUpCancelling() {
        var error = PostgresError(.connectionLost, "a statement did not stop in time and its connection was closed")
        error.outcomeIsUnknown = true
        self.close(error)
    }

    // MARK: The end

    private func lose() {
        var error = PostgresError(.connectionLost, "the connection broke")
        if let raw {
            let text = String(cString: PQerrorMessage(raw))
            error = PostgresError(.connectionLost, "the connection broke", serverText: text)
        }
        self.close(error)
    }

    private func close(_ error: PostgresError) {
        guard self.raw != nil else { return }
        self.forgetDescriptor()
        self.raw = nil
        self.handle = nil
        if let connectTimer { self.executor.cancelTimer(connectTimer) }
        if let deadlineTimer { self.executor.cancelTimer(deadlineTimer.id) }
        self.connectTimer = nil
        self.deadlineTimer = nil
        let wasOpen = self.status.withLockedValue { status in
            defer { status.isOpen = false }
            return status.isOpen
        }
        if let connecting {
            self.connecting = nil
            connecting.resume(throwing: error)
        }
        for operation in self.inFlight {
            // What the server said before it went (57P01) is more telling than the break.
            if operation.failure == nil { operation.failure = error }
            operation.failure?.outcomeIsUnknown = true
            operation.finish()
        }
        for operation in self.queue {
            operation.failure = error
            operation.failure?.outcomeIsUnknown = false
            operation.finish()
        }
        self.inFlight = []
        self.queue = []
        if wasOpen { self.onClose(self) }
    }

    isolated deinit {
        self.forgetDescriptor()
    }
}
