internal import NIOConcurrencyHelpers

/// Lets tasks wait for "something may have happened" or for some time, whichever comes first. A wake-up that nobody
/// waits for is kept, once.
final class WakeUp: Sendable {
    private struct State {
        var isPending = false
        var nextID = 0
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    }
    private let state = NIOLockedValueBox(State())

    func wake() {
        let waiters = self.state.withLockedValue { state in
            if state.waiters.isEmpty { state.isPending = true }
            defer { state.waiters.removeAll() }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    /// - Throws: `CancellationError`.
    func wait(atMost limit: Duration) async throws {
        let id = self.state.withLockedValue { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskGroup { group in
            group.addTask {
                await withTaskCancellationHandler {
                    await withCheckedContinuation { continuation in
                        let isDone = self.state.withLockedValue { state in
                            if state.isPending || Task.isCancelled {
                                state.isPending = false
                                return true
                            }
                            state.waiters[id] = continuation
                            return false
                        }
                        if isDone { continuation.resume() }
                    }
                } onCancel: {
                    self.state.withLockedValue { $0.waiters.removeValue(forKey: id) }?.resume()
                }
            }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
        try Task.checkCancellation()
    }
}
