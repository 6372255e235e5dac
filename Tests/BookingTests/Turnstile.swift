import NIOConcurrencyHelpers

/// A place where tasks wait until they are let through, and a test sees how many do.
final class Turnstile: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }
    private let state = NIOLockedValueBox(State())

    /// Waits until it is open.
    func pass() async {
        await withCheckedContinuation { continuation in
            let ready = self.state.withLockedValue { state -> [CheckedContinuation<Void, Never>] in
                guard !state.isOpen else { return [continuation] }
                state.waiting.append(continuation)
                let seen = state.watchers.filter { $0.count <= state.waiting.count }.map(\.continuation)
                state.watchers.removeAll { $0.count <= state.waiting.count }
                return seen
            }
            for waiting in ready { waiting.resume() }
        }
    }

    /// Returns when `count` tasks stand there.
    func holds(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = self.state.withLockedValue { state in
                guard state.waiting.count < count else { return true }
                state.watchers.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    func close() { self.state.withLockedValue { $0.isOpen = false } }

    func open() {
        let waiting = self.state.withLockedValue { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for task in waiting { task.resume() }
    }
}
