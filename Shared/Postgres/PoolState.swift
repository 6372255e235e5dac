internal import DequeModule
internal import NIOConcurrencyHelpers

/// What the pool knows, behind one lock. Pure bookkeeping: the decisions are taken here, the pool acts on them.
struct PoolState {
    struct Waiter {
        let continuation: CheckedContinuation<PostgresConnection, any Error>
        /// When it gives up in any case.
        let deadline: ContinuousClock.Instant
        /// When it gives up if no connection is open.
        let awayDeadline: ContinuousClock.Instant
    }

    var idle: [PostgresConnection] = []
    /// Open connections, lent or idle.
    var open = 0
    var connecting = 0
    private var waiters: [UInt64: Waiter] = [:]
    /// Waiters in the order they came; may name some that have left.
    private var order: Deque<UInt64> = []
    private var nextWaiter: UInt64 = 0

    var isClosed = false
    /// Whether `run` keeps at least one connection open.
    var isRunning = false
    /// Failed attempts in a row.
    var failures = 0
    var lastError: PostgresError?
    var retryIsScheduled = false
    var lastLog: ContinuousClock.Instant?
    var sweepAt: ContinuousClock.Instant?

    var waiterCount: Int { self.waiters.count }

    mutating func takeIdle() -> PostgresConnection? {
        while let connection = self.idle.popLast() {
            if connection.status.withLockedValue({ $0.isOpen }) { return connection }
        }
        return nil
    }

    mutating func addWaiter(_ waiter: Waiter) -> UInt64 {
        self.nextWaiter += 1
        self.waiters[self.nextWaiter] = waiter
        self.order.append(self.nextWaiter)
        return self.nextWaiter
    }

    mutating func removeWaiter(_ id: UInt64) -> Waiter? { self.waiters.removeValue(forKey: id) }

    mutating func takeFirstWaiter() -> Waiter? {
        while let id = self.order.popFirst() {
            if let waiter = self.waiters.removeValue(forKey: id) { return waiter }
        }
        return nil
    }

    mutating func takeAllWaiters() -> [Waiter] {
        var all: [Waiter] = []
        while let waiter = self.takeFirstWaiter() { all.append(waiter) }
        return all
    }

    /// Takes out those who have waited too long.
    mutating func takeExpired(at now: ContinuousClock.Instant) -> [Waiter] {
        let isAway = self.open == 0
        let expired = self.waiters.filter { $0.value.deadline <= now || isAway && $0.value.awayDeadline <= now }
        for id in expired.keys { self.waiters[id] = nil }
        self.order.removeAll { self.waiters[$0] == nil }
        return Array(expired.values)
    }

    /// When `takeExpired` is due next.
    func nextSweep(after now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        self.waiters.values.map { $0.awayDeadline > now ? min($0.awayDeadline, $0.deadline) : $0.deadline }.min()
    }

    /// How many connections to open now; counts them as connecting. While the server is away only a retry connects,
    /// one at a time.
    mutating func takeConnects(maximum: Int) -> Int {
        guard !self.isClosed, !self.retryIsScheduled else { return 0 }
        let wanted = max(self.waiters.count, self.isRunning && self.open == 0 ? 1 : 0) - self.connecting
        let allowed = (self.failures > 0 ? 1 : maximum - self.open) - self.connecting
        let count = max(0, min(wanted, allowed))
        self.connecting += count
        return count
    }
}
