import DescriptorExecutor
import Glibc
import NIOConcurrencyHelpers

/// Frees a thread that librabbitmq holds in a call: sending has no deadline there, so a broker that reads nothing
/// would keep the thread for ever. After `limit` in one call the socket is shut down under it, which ends the call.
final class Watchdog: Sendable {
    /// Seconds of one call; with the tick of a second no thread is held for more than five.
    private static let limit: Duration = .seconds(4)
    private static let timers = DescriptorExecutor(name: "amqp-watchdog")

    private struct State {
        var descriptor: Int32 = -1
        var enteredAt: ContinuousClock.Instant?
        var isWatching = true
        var hasFired = false
    }
    private let state: NIOLockedValueBox<State>

    /// Watches calls on `descriptor` until `end`.
    init(descriptor: Int32) {
        self.state = NIOLockedValueBox(State(descriptor: descriptor))
        self.schedule()
    }

    /// Whether the socket was shut down.
    var hasFired: Bool { self.state.withLockedValue(\.hasFired) }

    /// Call before the descriptor is closed: its number may be another socket's right after.
    func end() { self.state.withLockedValue { $0.isWatching = false } }

    /// Runs calls into the library that may write.
    func guarding<R>(_ body: () throws -> R) rethrows -> R {
        let outermost = self.state.withLockedValue { state -> Bool in
            guard state.enteredAt == nil else { return false }
            state.enteredAt = .now
            return true
        }
        defer { if outermost { self.state.withLockedValue { $0.enteredAt = nil } } }
        return try body()
    }

    private func schedule() {
        Self.timers.setTimer(after: .seconds(1)) { [weak self] in
            guard let self, self.check() else { return }
            self.schedule()
        }
    }

    /// - Returns: whether to look again.
    private func check() -> Bool {
        self.state.withLockedValue { state in
            guard state.isWatching else { return false }
            if let enteredAt = state.enteredAt, enteredAt.duration(to: .now) >= Self.limit {
                shutdown(state.descriptor, Int32(SHUT_RDWR))
                state.hasFired = true
                return false
            }
            return true
        }
    }
}
