import Foundation
import Logging
import Messaging
import NIOConcurrencyHelpers
import NIOCore
import Postgres
import ServiceLifecycle

/// Hands live events to the workplaces that are connected to this replica.
///
/// Whose matter an event is hears of it at once. What all are told is gathered for a moment and written as one frame
/// that all connections share: with 500 workplaces and 300 changes a second, a write for each would be 150,000.
final class LiveHub: Service {
    /// Frames a slow workplace may lag behind; then its stream ends, the page reconnects and reads the state anew.
    private static let buffer = 256
    /// How long what concerns all is gathered: the eye does not notice it.
    private static let window: Duration = .milliseconds(200)
    /// A sign of life for proxies and for the page.
    private static let heartbeat: Duration = .seconds(15)

    /// Frames of server-sent events, ready to be written.
    typealias Stream = AsyncStream<ByteBuffer>

    private struct Listener {
        let role: Account.Role
        let continuation: Stream.Continuation
    }
    private struct State {
        var next = 0
        /// By account and number of the connection: a person may have several pages open.
        var listeners: [String: [Int: Listener]] = [:]
        /// What is gathered, by who will hear it.
        var forOperators = ""
        var forAdministrators = ""
        var isOver = false
    }
    private let state = NIOLockedValueBox(State())
    private let database: PostgresPool
    private let logger: Logger

    init(database: PostgresPool, logger: Logger) {
        self.database = database
        self.logger = logger
    }

    func run() async throws {
        let (gathered, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await cancelWhenGracefulShutdown {
            await withTaskGroup { group in
                group.addTask { await self.hear(signal) }
                group.addTask {
                    for await _ in gathered {
                        try? await Task.sleep(for: Self.window)
                        self.flush()
                    }
                }
                group.addTask {
                    while (try? await Task.sleep(for: Self.heartbeat)) != nil {
                        self.write(": \n\n", to: { _ in true })
                    }
                }
                await group.waitForAll()
            }
        }
        let listeners = self.state.withLockedValue { state in
            state.isOver = true
            return state.listeners.values.flatMap(\.values)
        }
        for listener in listeners { listener.continuation.finish() }
    }

    private func hear(_ signal: AsyncStream<Void>.Continuation) async {
        for await notification in self.database.notifications(on: [LiveChannel.name]) {
            switch notification {
            case .received(_, let payload):
                for line in payload.split(separator: "\n") {
                    guard let event = LiveEvent(line: line) else {
                        self.logger.error("a live event could not be read")
                        continue
                    }
                    if self.deliver(event) { signal.yield() }
                }
            case .reconnected:
                // What was said in between is lost; the state is not.
                _ = self.deliver(.refetch)
            }
        }
    }

    func listen(as account: Account) -> Stream {
        let (stream, continuation) = Stream.makeStream(bufferingPolicy: .bufferingOldest(Self.buffer))
        let id = self.state.withLockedValue { state -> Int? in
            guard !state.isOver else { return nil }
            state.next += 1
            state.listeners[account.id, default: [:]][state.next] = Listener(
                role: account.role, continuation: continuation)
            return state.next
        }
        guard let id else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLockedValue { state in
                state.listeners[account.id]?[id] = nil
                if state.listeners[account.id]?.isEmpty == true { state.listeners[account.id] = nil }
            }
        }
        // The page sees at once that it is connected.
        continuation.yield(ByteBuffer(string: ": connected\n\n"))
        return stream
    }

    /// - Returns: whether something waits to be flushed.
    func deliver(_ event: LiveEvent) -> Bool {
        let frame = event.frame
        guard event.kind != LiveEvent.refetch.kind else {
            // What is gathered is read anew with the rest. The only thing that organizations hear: they have no part
            // in the line.
            self.state.withLockedValue { ($0.forOperators, $0.forAdministrators) = ("", "") }
            self.write(frame, to: { _ in true })
            return false
        }
        let own = self.state.withLockedValue { state -> [Listener] in
            if event.isForAll { state.forOperators += frame }
            state.forAdministrators += frame
            guard let id = event.operatorID else { return [] }
            return state.listeners[id]?.values.filter { $0.role == .operator } ?? []
        }
        self.write(frame, to: own)
        return true
    }

    /// Writes what was gathered.
    func flush() {
        let (forOperators, forAdministrators) = self.state.withLockedValue { state in
            defer { (state.forOperators, state.forAdministrators) = ("", "") }
            return (state.forOperators, state.forAdministrators)
        }
        if !forOperators.isEmpty { self.write(forOperators, to: { $0 == .operator }) }
        if !forAdministrators.isEmpty { self.write(forAdministrators, to: { $0.isInCharge }) }
    }

    private func write(_ frame: String, to isMeant: (Account.Role) -> Bool) {
        let listeners = self.state.withLockedValue { state in
            state.listeners.values.flatMap(\.values).filter { isMeant($0.role) }
        }
        self.write(frame, to: listeners)
    }

    private func write(_ frame: String, to listeners: [Listener]) {
        guard !listeners.isEmpty else { return }
        let buffer = ByteBuffer(string: frame)
        for listener in listeners {
            if case .dropped = listener.continuation.yield(buffer) { listener.continuation.finish() }
        }
    }
}
