import Foundation
import Logging
import Messaging
import NIOConcurrencyHelpers
import Postgres
import ServiceLifecycle

/// Hands live events to the workplaces that are connected to this replica.
final class LiveHub: Service {
    /// Events a slow workplace may lag behind; then it is told to read the state anew.
    private static let buffer = 256

    typealias Stream = AsyncStream<LiveEvent>
    private struct State {
        var next = 0
        var listeners: [Int: (account: Account, continuation: Stream.Continuation)] = [:]
    }
    private let state = NIOLockedValueBox(State())
    private let database: PostgresPool
    private let logger: Logger

    init(database: PostgresPool, logger: Logger) {
        self.database = database
        self.logger = logger
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await notification in self.database.notifications(on: [LiveChannel.name]) {
                switch notification {
                case .received(_, let payload):
                    guard let event = try? MessageCoding.decoder.decode(LiveEvent.self, from: Data(payload.utf8))
                    else {
                        self.logger.error("a live event could not be read")
                        continue
                    }
                    self.deliver(event)
                case .reconnected:
                    // What was said in between is lost; the state is not.
                    self.deliver(LiveEvent(kind: "refetch", operatorID: nil, data: "{}"))
                }
            }
        }
        let listeners = self.state.withLockedValue { Array($0.listeners.values) }
        for listener in listeners { listener.continuation.finish() }
    }

    func listen(as account: Account) -> Stream {
        let (stream, continuation) = Stream.makeStream(bufferingPolicy: .bufferingOldest(Self.buffer))
        let id = self.state.withLockedValue { state in
            state.next += 1
            state.listeners[state.next] = (account, continuation)
            return state.next
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLockedValue { _ = $0.listeners.removeValue(forKey: id) }
        }
        return stream
    }

    private func deliver(_ event: LiveEvent) {
        let listeners = self.state.withLockedValue { $0.listeners }
        for (_, listener) in listeners where Self.mayHear(listener.account, event) {
            if case .dropped = listener.continuation.yield(event) {
                // Too slow: its stream ends, the page reconnects and reads the state anew.
                listener.continuation.finish()
            }
        }
    }

    /// Organizations hear nothing of calls: they have no part in the line.
    static func mayHear(_ account: Account, _ event: LiveEvent) -> Bool {
        switch account.role {
        case .administrator: true
        case .operator: event.operatorID == nil || event.operatorID == account.id
        case .organization: event.kind == "refetch"
        }
    }
}
