internal import DescriptorExecutor
internal import Logging
internal import NIOConcurrencyHelpers

/// One connection that listens for everybody who uses a pool, and starts over when it breaks.
///
/// PostgreSQL wakes every listening connection of a database whatever was notified, so a service that listened on six
/// connections paid six times for each event.
final class NotificationHub: Sendable {
    private struct Listener {
        let channels: Set<String>
        let continuation: AsyncStream<PostgresNotification>.Continuation
        /// Has been told that listening has begun on the connection of this number.
        var begunOn = 0
    }

    private struct State {
        var listeners: [UInt64: Listener] = [:]
        var lastID: UInt64 = 0
        var task: Task<Void, Never>?
        /// Somebody has come or gone.
        var changes: AsyncStream<Void>.Continuation?
        /// Counts connections.
        var connection = 0
        var isClosed = false

        var channels: Set<String> { self.listeners.values.reduce(into: []) { $0.formUnion($1.channels) } }
    }

    private let settings: PostgresSettings
    private let executor: DescriptorExecutor
    private let logger: Logger
    private let state = NIOLockedValueBox(State())

    init(settings: PostgresSettings, executor: DescriptorExecutor, logger: Logger) {
        self.settings = settings
        self.executor = executor
        self.logger = logger
    }

    /// - Returns: the newest 1,024 notifications on these channels; it ends when the hub closes.
    func listen(on channels: [String]) -> AsyncStream<PostgresNotification> {
        let (stream, continuation) = AsyncStream<PostgresNotification>.makeStream(
            bufferingPolicy: .bufferingNewest(1024))
        let id = self.state.withLockedValue { state -> UInt64? in
            guard !state.isClosed else { return nil }
            state.lastID += 1
            state.listeners[state.lastID] = Listener(channels: Set(channels), continuation: continuation)
            if state.task == nil { state.task = Task { await self.run() } }
            state.changes?.yield()
            return state.lastID
        }
        guard let id else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLockedValue { state in
                state.listeners[id] = nil
                state.changes?.yield()
            }
        }
        return stream
    }

    /// Ends every stream.
    func close() async {
        let (task, listeners) = self.state.withLockedValue { state in
            state.isClosed = true
            defer { state.listeners = [:] }
            return (state.task, Array(state.listeners.values))
        }
        task?.cancel()
        await task?.value
        // Not under the lock: it tells us that the stream has ended.
        for listener in listeners { listener.continuation.finish() }
    }

    /// Until nobody listens any more.
    private func run() async {
        var failures = 0
        while !self.isOver() {
            do {
                try await self.listenOnce { failures = 0 }
            } catch {
                guard !Task.isCancelled else { continue }
                failures += 1
                if failures == 1 { self.logger.warning("listening was interrupted", metadata: ["reason": "\(error)"]) }
                let longest = min(5000, 50 << min(failures, 7))
                // Ends early, by cancellation, when the pool closes.
                try? await Task.sleep(for: .milliseconds(Int.random(in: longest / 2...longest)))
            }
        }
    }

    private func isOver() -> Bool {
        self.state.withLockedValue { state in
            guard Task.isCancelled || state.listeners.isEmpty else { return false }
            state.task = nil
            return true
        }
    }

    /// Listens until the connection breaks, which is an error, or nobody listens any more.
    private func listenOnce(_ begun: () -> Void) async throws {
        let (changes, change) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let connection = try await PostgresConnection.open(
            settings: self.settings, executor: self.executor, onClose: { _ in change.finish() },
            onNotification: { self.deliver($0) })
        let number = self.state.withLockedValue { state in
            state.connection += 1
            state.changes = change
            return state.connection
        }
        do {
            var heard: Set<String> = []
            change.yield()
            // Ends when the connection closes (TCP keepalive finds a silent peer), or by cancellation.
            for await _ in changes {
                let wanted = self.state.withLockedValue { $0.channels }
                if wanted.isEmpty { break }
                let statements =
                    wanted.subtracting(heard).sorted().map { Self.statement("LISTEN", $0) }
                    + heard.subtracting(wanted).sorted().map { Self.statement("UNLISTEN", $0) }
                if !statements.isEmpty {
                    _ = try await connection.run(.batch(statements), deadline: .now + self.settings.statementTimeout)
                }
                heard = wanted
                begun()
                self.begin(heard, on: number)
            }
            let isBroken = !Task.isCancelled && self.state.withLockedValue { !$0.listeners.isEmpty }
            await connection.close()
            if isBroken { throw PostgresError(.connection, "the listening connection broke") }
        } catch {
            await connection.close()
            throw error
        }
    }

    private static func statement(_ verb: String, _ channel: String) -> PostgresQuery {
        let name = channel.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
        return PostgresQuery(unsafeSQL: "\(verb) \"\(name)\"")
    }

    /// Tells those who are heard now and were not before.
    private func begin(_ heard: Set<String>, on number: Int) {
        self.state.withLockedValue { state in
            for (id, listener) in state.listeners
            where listener.begunOn < number && listener.channels.isSubset(of: heard) {
                state.listeners[id]?.begunOn = number
                Self.give(.reconnected, to: listener)
            }
        }
    }

    private func deliver(_ notification: PostgresNotification) {
        guard case .received(let channel, _) = notification else { return }
        self.state.withLockedValue { state in
            for listener in state.listeners.values where listener.channels.contains(channel) {
                Self.give(notification, to: listener)
            }
        }
    }

    private static func give(_ notification: PostgresNotification, to listener: Listener) {
        if case .dropped = listener.continuation.yield(notification) {
            // Takes the place of the oldest: the reader learns that it missed some.
            listener.continuation.yield(.reconnected)
        }
    }
}
