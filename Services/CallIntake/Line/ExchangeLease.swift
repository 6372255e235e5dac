import Foundation
import NIOConcurrencyHelpers
import Postgres

/// Another replica owns the exchange now.
struct LeaseLost: Error, Sendable, CustomStringConvertible {
    var description: String { "another replica owns the exchange" }
}

/// Which replica owns the exchange. The exchange cannot check a fencing number, so an owner commands nothing that
/// could be under way when its lease ends; this is judged by the monotonic clock, from before the renewal was sent.
final class ExchangeLease: Sendable {
    /// With `retry`, another replica takes over within 5 s.
    static let length: Duration = .milliseconds(3500)
    /// Often enough that a command's deadline always fits into what is left.
    static let renewal: Duration = .milliseconds(750)
    static let retry: Duration = .milliseconds(300)

    private struct State {
        var end: ContinuousClock.Instant
        var isLost = false
        var waiters: [CheckedContinuation<Bool, Never>] = []
    }

    private let database: PostgresPool
    private let exchange: String
    private let holder: String
    /// Goes with every write.
    let fence: Int64
    private let state: NIOLockedValueBox<State>

    private init(database: PostgresPool, exchange: String, holder: String, fence: Int64, end: ContinuousClock.Instant) {
        self.database = database
        self.exchange = exchange
        self.holder = holder
        self.fence = fence
        self.state = NIOLockedValueBox(State(end: end))
    }

    /// Takes the lease if nobody holds it.
    static func take(
        _ exchange: String, holder: String, database: PostgresPool
    ) async throws -> ExchangeLease? {
        let asked = ContinuousClock.now
        let seconds = Self.length / .seconds(1)
        let rows = try await database.query(
            """
            INSERT INTO exchange_lease AS lease (exchange, holder, fence, held_until)
            VALUES (\(exchange), \(holder), 1, now() + make_interval(secs => \(seconds)))
            ON CONFLICT (exchange) DO UPDATE SET holder = EXCLUDED.holder, fence = lease.fence + 1, written = 0,
                held_until = EXCLUDED.held_until
            WHERE lease.held_until < now()
            RETURNING fence
            """)
        guard let fence = try rows.first?.decode(Int64.self) else { return nil }
        return ExchangeLease(
            database: database, exchange: exchange, holder: holder, fence: fence, end: asked.advanced(by: Self.length))
    }

    /// Renews once. A lease that ran out and that nobody took goes on, one that was given up does not.
    /// - Throws: `LeaseLost`, `PostgresError`.
    func renew() async throws {
        guard !self.state.withLockedValue(\.isLost) else { throw LeaseLost() }
        let asked = ContinuousClock.now
        let seconds = Self.length / .seconds(1)
        let changed = try await self.database.execute(
            """
            UPDATE exchange_lease SET held_until = now() + make_interval(secs => \(seconds))
            WHERE exchange = \(self.exchange) AND fence = \(self.fence)
            """, deadline: .seconds(2))
        guard changed == 1 else {
            self.lose()
            throw LeaseLost()
        }
        let waiters = self.state.withLockedValue { state in
            state.end = asked.advanced(by: Self.length)
            defer { state.waiters.removeAll() }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: true) }
    }

    /// Whether something that lasts `duration` ends before the lease does.
    func outlasts(_ duration: Duration) -> Bool {
        self.state.withLockedValue { !$0.isLost && ContinuousClock.now.advanced(by: duration) < $0.end }
    }

    /// Waits until the lease outlasts `duration`; false when it is lost.
    func margin(_ duration: Duration) async -> Bool {
        while !self.outlasts(duration) {
            let goesOn = await withCheckedContinuation { continuation in
                let isLost = self.state.withLockedValue { state in
                    if !state.isLost { state.waiters.append(continuation) }
                    return state.isLost
                }
                if isLost { continuation.resume(returning: false) }
            }
            if !goesOn { return false }
        }
        return true
    }

    /// No further command is given under this lease.
    func lose() {
        let waiters = self.state.withLockedValue { state in
            state.isLost = true
            defer { state.waiters.removeAll() }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: false) }
    }

    /// Lets another replica take over at once.
    func giveUp() async throws {
        self.lose()
        try await self.database.execute(
            """
            UPDATE exchange_lease SET held_until = now() - interval '1 second'
            WHERE exchange = \(self.exchange) AND fence = \(self.fence)
            """, deadline: .seconds(2))
    }
}
