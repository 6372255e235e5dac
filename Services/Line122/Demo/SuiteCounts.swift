import Foundation
import Postgres

/// What the databases of the services hold, as numbers. Two readings, before and after, make a run's figures.
struct SuiteCounts: Sendable {
    private(set) var values: [String: Int] = [:]

    subscript(_ name: String) -> Int { self.values[name] ?? 0 }

    static func - (after: SuiteCounts, before: SuiteCounts) -> SuiteCounts {
        SuiteCounts(values: after.values.merging(before.values) { $0 - $1 })
    }

    /// Reads all databases.
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

    /// How many cards were forwarded; cheap.
    static func forwarded(_ pools: [SuiteService: PostgresPool]) async throws -> Int {
        Int(
            try await pools[.journal]?.query("SELECT count(*) FROM appeal_forwarding").first?.decode(
                "count", as: Int64.self) ?? 0)
    }

    /// Nothing is on its way any more.
    var isSettled: Bool { self["unsent"] == 0 && self["pending"] == 0 && self["open"] == 0 }
}
