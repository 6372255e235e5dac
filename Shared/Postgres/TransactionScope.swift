internal import NIOConcurrencyHelpers

/// What the handles of one transaction share: statements still to be sent before the next one, and whether it ended.
final class TransactionScope: Sendable {
    private struct State {
        var pending: [(id: UInt64, query: PostgresQuery)]
        var nextID: UInt64 = 1
        var hasBegun = false
        var hasQueued = false
        var isOver = false
    }

    private let state: NIOLockedValueBox<State>

    init(begin: PostgresQuery) {
        self.state = NIOLockedValueBox(State(pending: [(0, begin)]))
    }

    /// Whether `BEGIN` was handed to the connection.
    var hasBegun: Bool { self.state.withLockedValue { $0.hasBegun } }

    /// Read by the connection just before it sends: after the end not even a statement that waited in line goes out.
    var isOver: Bool { self.state.withLockedValue { $0.isOver } }

    /// Called by the connection when it sends the last statement.
    func end() { self.state.withLockedValue { $0.isOver = true } }

    /// Queues statements behind what waits already.
    func add(_ queries: [PostgresQuery]) {
        self.state.withLockedValue { state in
            // 0 names no savepoint.
            state.pending += queries.map { (0, $0) }
            state.hasQueued = true
        }
    }

    /// Whether there is anything to commit: statements that were sent, or that wait.
    var hasWork: Bool { self.state.withLockedValue { $0.hasBegun || $0.hasQueued } }

    /// The server refused what came with COMMIT: the transaction can still be rolled back.
    func reopen() { self.state.withLockedValue { $0.isOver = false } }

    /// Whether statements wait for the next flight.
    var hasPending: Bool { self.state.withLockedValue { !$0.pending.isEmpty } }

    /// What goes out with the next statements: `BEGIN`, `SAVEPOINT`s, queued statements. Taken by the connection when it
    /// sends them and not before: a flight that never starts (cancelled, out of time in the line) must not lose them.
    func takePending() -> [PostgresQuery] {
        self.state.withLockedValue { state in
            defer { state.pending = [] }
            if !state.pending.isEmpty { state.hasBegun = true }
            return state.pending.map(\.query)
        }
    }

    /// Queues `SAVEPOINT sN` and returns N.
    func addSavepoint() -> UInt64 {
        self.state.withLockedValue { state in
            let id = state.nextID
            state.nextID += 1
            state.pending.append((id, PostgresQuery(unsafeSQL: "SAVEPOINT s\(id)")))
            return id
        }
    }

    /// Forgets everything that waits since savepoint N, and it itself when it was never sent; `false` when it was.
    func undo(to id: UInt64) -> Bool {
        self.state.withLockedValue { state in
            guard let index = state.pending.firstIndex(where: { $0.id == id }) else {
                // It was sent, so all that waits came after it.
                state.pending = []
                return false
            }
            state.pending.removeSubrange(index...)
            return true
        }
    }

    /// Takes a savepoint back that was never sent; `false` when it was.
    func removeSavepoint(_ id: UInt64) -> Bool {
        self.state.withLockedValue { state in
            guard let index = state.pending.firstIndex(where: { $0.id == id }) else { return false }
            state.pending.remove(at: index)
            return true
        }
    }
}
