internal import NIOConcurrencyHelpers

/// Counts free places; one taker waits until there is at least one and takes all.
final class Slots: Sendable {
    private struct State {
        var free: Int
        var waiter: CheckedContinuation<Void, Never>?
    }
    private let state: NIOLockedValueBox<State>

    init(_ count: Int) {
        self.state = NIOLockedValueBox(State(free: count))
    }

    /// Takes every free place, at least one. Only one task may call it.
    func take() async -> Int {
        while true {
            let free = self.state.withLockedValue { state in
                defer { state.free = 0 }
                return state.free
            }
            if free > 0 { return free }
            await withCheckedContinuation { continuation in
                let isFree = self.state.withLockedValue { state in
                    if state.free > 0 { return true }
                    state.waiter = continuation
                    return false
                }
                if isFree { continuation.resume() }
            }
        }
    }

    func give(_ count: Int) {
        guard count > 0 else { return }
        let waiter = self.state.withLockedValue { state in
            state.free += count
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}
