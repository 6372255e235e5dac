import Foundation
import Postgres

/// What the databases of the services hold: numbers, and things by their ids. Two readings, before and after, make a run's
/// figures.
struct SuiteCounts: Sendable {
    private(set) var values: [String: Int] = [:]
    private(set) var things: [String: Things] = [:]

    subscript(_ name: String) -> Int { self.values[name] ?? 0 }

    func all(_ kind: String) -> Things { self.things[kind] ?? Things() }

    static func - (after: SuiteCounts, before: SuiteCounts) -> SuiteCounts {
        SuiteCounts(
            values: after.values.merging(before.values) { $0 - $1 },
            things: after.things.merging(before.things) { $0 - $1 })
    }

    init(values: [String: Int] = [:], things: [String: Things] = [:]) {
        self.values = values
        self.things = things
    }

    /// Reads the numbers of all databases.
    static func read(_ pools: [SuiteService: PostgresPool]) async throws -> SuiteCounts {
        var counts = SuiteCounts()
        for (service, pool) in pools {
            for statement in [SuiteTables.pending] + (SuiteTables.facts[service].map { [$0] } ?? []) {
                for row in try await pool.query(PostgresQuery(unsafeSQL: statement)) {
                    let (name, count) = try row.decode(String.self, Int64.self)
                    counts.values[name, default: 0] += Int(count)
                }
            }
        }
        return counts
    }

    /// Reads the numbers and the things: as many rows as there are things.
    static func readAll(_ pools: [SuiteService: PostgresPool]) async throws -> SuiteCounts {
        var counts = try await self.read(pools)
        for (service, pool) in pools {
            guard let statement = SuiteTables.things[service] else { continue }
            for row in try await pool.query(PostgresQuery(unsafeSQL: statement)) {
                let (kind, id) = try row.decode(String.self, String.self)
                counts.things[kind, default: Things()].add(id)
            }
        }
        return counts
    }

    /// How many cards were forwarded; cheap.
    static func forwarded(_ pools: [SuiteService: PostgresPool]) async throws -> Int {
        Int(
            try await pools[.journal]?.query("SELECT count(*) FROM appeal_forwarding").first?.decode(
                "count", as: Int64.self) ?? 0)
    }

    /// Nothing is on its way any more.
    var isSettled: Bool { self["unsent"] == 0 && self["pending"] == 0 && self["open"] == 0 }
}
