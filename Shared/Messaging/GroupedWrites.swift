internal import Crypto
internal import Foundation
internal import NIOConcurrencyHelpers
internal import Postgres

/// Orders of one type that arrive while one of them is being written are written together, in one transaction.
///
/// Whoever comes first leads: it takes along what waits, answers for all, and hands the lead to the next. So a lock
/// that every order needs, like a counter's, is taken once for many, and nobody waits for a group to become full.
final class GroupedWrites<R: Request, Subject: Hashable & Sendable>: Sendable {
    typealias Body = @Sendable ([R], Transaction) async throws -> [Result<R.Answer, Refusal>]

    private struct Order: Sendable {
        let request: R
        let digest: Data
        let key: UUID
    }

    private enum Turn: Sendable {
        case lead
        case over(Result<Data, any Error>)
    }

    private struct Waiting: Sendable {
        let order: Order
        let turn: CheckedContinuation<Turn, Never>
    }

    private struct State {
        var isLed = false
        var waiting: [Waiting] = []
    }

    private let state = NIOLockedValueBox(State())
    private let maximum: Int
    private let subject: @Sendable (R) -> Subject
    private let body: Body

    /// - Parameters:
    ///   - maximum: orders in one transaction.
    ///   - subject: two orders with the same one are never written together, because the second must see what the
    ///     first has done.
    init(maximum: Int, subject: @escaping @Sendable (R) -> Subject, _ body: @escaping Body) {
        self.maximum = maximum
        self.subject = subject
        self.body = body
    }

    func answer(_ request: R, digest: Data, key: UUID, in database: PostgresPool) async throws -> Data {
        let order = Order(request: request, digest: digest, key: key)
        let turn = await withCheckedContinuation { continuation in
            let leads = self.state.withLockedValue { state in
                guard state.isLed else {
                    state.isLed = true
                    return true
                }
                state.waiting.append(Waiting(order: order, turn: continuation))
                return false
            }
            if leads { continuation.resume(returning: .lead) }
        }
        if case .over(let result) = turn { return try result.get() }

        let followers = self.takeFollowers(of: order)
        let results = await self.write([order] + followers.map(\.order), in: database)
        for (follower, result) in zip(followers, results.dropFirst()) {
            follower.turn.resume(returning: .over(result))
        }
        let next = self.state.withLockedValue { state in
            state.isLed = !state.waiting.isEmpty
            return state.isLed ? state.waiting.removeFirst() : nil
        }
        next?.turn.resume(returning: .lead)
        return try results[0].get()
    }

    /// Orders that stand in line for the next group.
    var waitingCount: Int { self.state.withLockedValue { $0.waiting.count } }

    private func takeFollowers(of leader: Order) -> [Waiting] {
        self.state.withLockedValue { state in
            var subjects: Set = [self.subject(leader.request)]
            var keys: Set = [leader.key]
            var taken: [Waiting] = []
            var left: [Waiting] = []
            for waiting in state.waiting {
                if taken.count < self.maximum - 1, keys.insert(waiting.order.key).inserted,
                    subjects.insert(self.subject(waiting.order.request)).inserted
                {
                    taken.append(waiting)
                } else {
                    left.append(waiting)
                }
            }
            state.waiting = left
            return taken
        }
    }

    /// One result for each order. When the transaction fails each is tried alone, so that one harms no other; a
    /// database that is away fails them all.
    private func write(_ orders: [Order], in database: PostgresPool) async -> [Result<Data, any Error>] {
        do {
            return try await RequestHandler.retryingConflicts {
                try await database.transaction { try await self.write(orders, in: $0) }
            }
        } catch {
            let isAway = (error as? PostgresError)?.isRetryable ?? false
            guard orders.count > 1, !isAway else { return orders.map { _ in .failure(error) } }
            var results: [Result<Data, any Error>] = []
            for order in orders { results += await self.write([order], in: database) }
            return results
        }
    }

    private func write(_ orders: [Order], in transaction: Transaction) async throws -> [Result<Data, any Error>] {
        // Sorted, so that two groups with the same keys do not wait for each other.
        let rows = try await transaction.query(
            """
            INSERT INTO request_answer (key, type, digest)
            SELECT key, \(R.type), digest FROM unnest(\(orders.map(\.key)), \(orders.map(\.digest))) AS new (key, digest)
            ORDER BY key ON CONFLICT DO NOTHING RETURNING key
            """)
        let new = Set(try rows.map { try $0.decode("key", as: UUID.self) })
        let fresh = orders.filter { new.contains($0.key) }
        let outcomes = fresh.isEmpty ? [] : try await self.body(fresh.map(\.request), transaction)
        guard outcomes.count == fresh.count else { throw RequestError(kind: .failed, request: R.type) }

        var results: [UUID: Result<Data, any Error>] = [:]
        var answered: [(key: UUID, body: Data)] = []
        for (order, outcome) in zip(fresh, outcomes) {
            switch outcome {
            case .success(let answer):
                let body = try MessageCoding.encoder.encode(answer)
                answered.append((order.key, body))
                results[order.key] = .success(body)
            case .failure(let refusal): results[order.key] = .failure(refusal)
            }
        }
        for order in orders where !new.contains(order.key) {
            do {
                let known = try await RequestHandler.known(order.key, digest: order.digest, in: transaction)
                results[order.key] = .success(known)
            } catch let refusal as Refusal {
                results[order.key] = .failure(refusal)
            }
        }
        // What was refused keeps no key: asked again when things have changed, it is done.
        try transaction.queue([
            "DELETE FROM request_answer WHERE key = ANY(\(fresh.map(\.key))) AND key <> ALL(\(answered.map(\.key)))",
            """
            UPDATE request_answer SET answer = new.answer
            FROM unnest(\(answered.map(\.key)), \(answered.map(\.body))) AS new (key, answer)
            WHERE request_answer.key = new.key
            """,
        ])
        Failpoint.requestHandled.pass()
        return orders.map { results[$0.key] ?? .failure(RequestError(kind: .failed, request: R.type)) }
    }
}
