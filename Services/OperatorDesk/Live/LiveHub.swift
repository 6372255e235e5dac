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
    /// A sign of life for proxies and for the page: see `LiveEvent`.
    static let heartbeat: Duration = .seconds(10)
    /// Streams of one account on this replica: pages of one person. A page beyond is told so.
    static let streamsOfAccount = 12

    /// Frames of server-sent events, ready to be written.
    typealias Stream = AsyncStream<ByteBuffer>

    /// Those who are told the same of what concerns others.
    private enum Circle: CaseIterable {
        case firstLevel, secondLevel, inCharge

        /// Nil for organizations: they have no part in the line.
        init?(_ account: Account) {
            switch account.role {
            case .operator: self = account.isFirstLevel ? .firstLevel : .secondLevel
            case .administrator, .supervisor: self = .inCharge
            case .organization: return nil
            }
        }
    }

    private struct Listener {
        let account: Account
        /// The digest of the session's token: the stream ends with the session.
        let session: Data
        let continuation: Stream.Continuation
    }
    private struct State {
        var next = 0
        /// By account and number of the connection: a person may have several pages open.
        var listeners: [String: [Int: Listener]] = [:]
        /// What is gathered, by who will hear it.
        var gathered: [Circle: String] = [:]
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
                        self.write(LiveEvent.beat.frame, to: { _ in true })
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

    /// - Parameter session: the digest of the session's token.
    /// - Throws: `DeskError.tooManyStreams`.
    func listen(as account: Account, session: Data) throws -> Stream {
        let (stream, continuation) = Stream.makeStream(bufferingPolicy: .bufferingOldest(Self.buffer))
        let id = try self.state.withLockedValue { state -> Int? in
            guard !state.isOver else { return nil }
            guard state.listeners[account.id, default: [:]].count < Self.streamsOfAccount else {
                throw DeskError.tooManyStreams
            }
            state.next += 1
            state.listeners[account.id, default: [:]][state.next] = Listener(
                account: account, session: session, continuation: continuation)
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

    /// The sessions that have streams here.
    var sessions: Set<Data> {
        self.state.withLockedValue { state in Set(state.listeners.values.flatMap(\.values).map(\.session)) }
    }

    /// Ends the streams of these accounts or sessions. What they have not read yet is not told any more.
    func end(_ isOver: (Account, Data) -> Bool) {
        let ended = self.state.withLockedValue { state -> [Listener] in
            var ended: [Listener] = []
            for (account, listeners) in state.listeners {
                let over = listeners.filter { isOver($0.value.account, $0.value.session) }
                guard !over.isEmpty else { continue }
                ended += over.values
                let left = listeners.filter { over[$0.key] == nil }
                state.listeners[account] = left.isEmpty ? nil : left
            }
            return ended
        }
        // Not under the lock: it tells us that the stream has ended.
        for listener in ended { listener.continuation.finish() }
    }

    /// - Returns: whether something waits to be flushed.
    func deliver(_ event: LiveEvent) -> Bool {
        let frame = event.frame
        guard event.kind != LiveEvent.refetch.kind else {
            // What is gathered is read anew with the rest. Organizations hear this and the beat alone.
            self.state.withLockedValue { $0.gathered = [:] }
            self.write(frame, to: { _ in true })
            return false
        }
        let circles = Self.circles(of: event.audience)
        let own = self.state.withLockedValue { state -> [Listener] in
            for circle in circles { state.gathered[circle, default: ""] += frame }
            guard let id = event.operatorID else { return [] }
            return state.listeners[id]?.values.filter { $0.account.role == .operator } ?? []
        }
        self.write(frame, to: own)
        return !circles.isEmpty
    }

    private static func circles(of audience: LiveEvent.Audience) -> [Circle] {
        switch audience {
        case .only: []
        case .own: [.inCharge]
        case .all: Circle.allCases
        case .operators: [.firstLevel, .secondLevel]
        case .firstLevel: [.firstLevel, .inCharge]
        }
    }

    /// Writes what was gathered.
    func flush() {
        let gathered = self.state.withLockedValue { state in
            defer { state.gathered = [:] }
            return state.gathered
        }
        for (circle, frames) in gathered { self.write(frames, to: { Circle($0) == circle }) }
    }

    private func write(_ frame: String, to isMeant: (Account) -> Bool) {
        let listeners = self.state.withLockedValue { state in
            state.listeners.values.flatMap(\.values).filter { isMeant($0.account) }
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
