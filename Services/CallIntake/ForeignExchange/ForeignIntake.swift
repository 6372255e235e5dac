import Contracts
import Foundation
import Logging
import Messaging
import Metrics
import Postgres

/// Takes the events of a request: one transaction; when a value spoils it, it is halved until that call is alone.
struct ForeignIntake: Sendable {
    private static let attempts = 3

    let store: ForeignStore
    let rules: ForeignRules
    let logger: Logger

    /// - Returns: one for each entry, in their order.
    /// - Throws: when nothing can be taken now; the whole request may come again.
    func take(_ entries: [ForeignBatch.Entry], from exchange: String, at now: Date) async throws -> [ForeignResult] {
        var results = entries.map { entry -> ForeignResult? in
            guard case .failure(let refusal) = entry.content else { return nil }
            return .refused(entry.id, refusal)
        }
        var places: [Int] = []
        var events: [ForeignEvent] = []
        for (place, entry) in entries.enumerated() {
            guard case .success(let event) = entry.content else { continue }
            places.append(place)
            events.append(event)
        }
        if !events.isEmpty {
            let taken = try await self.keep(events, from: exchange, at: now)
            for (place, one) in zip(places, taken) { results[place] = one.result }
            for outcome in taken.compactMap(\.outcome) {
                Counter(label: "calls_total", dimensions: [("outcome", outcome.rawValue)]).increment()
            }
        }
        let all = results.compactMap { $0 }
        self.count(all, of: exchange)
        return all
    }

    /// - Returns: one for each event.
    private func keep(_ events: [ForeignEvent], from exchange: String, at now: Date) async throws
        -> [ForeignStore.Taken]
    {
        do {
            return try await self.keepTogether(events, from: exchange, at: now)
        } catch let error as PostgresError where isOfValues(error) {
            var order: [String] = []
            for event in events where !order.contains(event.call) { order.append(event.call) }
            guard order.count > 1 else {
                self.logger.error(
                    "events of a call could not be kept",
                    metadata: ["exchange": "\(exchange)", "count": "\(events.count)", "error": "\(error)"])
                return events.map { ForeignStore.Taken(result: .refused($0.id, .cannotBeKept)) }
            }
            let first = Set(order.prefix(order.count / 2))
            let parts = [events.filter { first.contains($0.call) }, events.filter { !first.contains($0.call) }]
            var (one, other) = (
                try await self.keep(parts[0], from: exchange, at: now)[...],
                try await self.keep(parts[1], from: exchange, at: now)[...]
            )
            return events.map { first.contains($0.call) ? one.removeFirst() : other.removeFirst() }
        }
    }

    /// What collided with another transaction is done again at once: then an event that came on two ways is known.
    private func keepTogether(
        _ events: [ForeignEvent], from exchange: String, at now: Date
    ) async throws -> [ForeignStore.Taken] {
        var attempt = 1
        while true {
            do {
                return try await self.store.take(events, from: exchange, rules: self.rules, at: now)
            } catch let error as PostgresError where error.isCollision && attempt < Self.attempts {
                attempt += 1
            }
        }
    }

    private func count(_ results: [ForeignResult], of exchange: String) {
        for (result, group) in Dictionary(grouping: results, by: \.result) {
            Counter(
                label: "foreign_events_total", dimensions: [("exchange", exchange), ("result", result.rawValue)]
            ).increment(by: group.count)
        }
        for note in ForeignStep.Note.allCases {
            let count = results.count { $0.note?.split(separator: ",").contains { $0 == note.rawValue } == true }
            guard count > 0 else { continue }
            Counter(
                label: "foreign_events_remarkable_total", dimensions: [("exchange", exchange), ("note", note.rawValue)]
            ).increment(by: count)
        }
    }
}

extension PostgresError {
    fileprivate var isCollision: Bool {
        self.sqlState == .uniqueViolation || self.sqlState?.rawValue.hasPrefix("40") == true
    }
}
