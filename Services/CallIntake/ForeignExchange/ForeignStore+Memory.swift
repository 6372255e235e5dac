import Contracts
import Foundation
import Postgres

/// What is shown of calls that go on, and what is forgotten.
extension ForeignStore {
    /// How long events and the state of calls that are over are remembered, in days.
    static let memoryDays: Int32 = 7
    /// A living call that was silent for longer is not shown as part of the line, in hours.
    static let shownHours: Int32 = 6
    private static let batch: Int64 = 1000

    // MARK: Looking

    /// The calls that are not over, as part of the line. What an exchange has forgotten to end is left out in time.
    func views() async throws -> [CallView] {
        try await self.database.query(
            """
            SELECT kept::text AS kept FROM foreign_call
            WHERE ended_at IS NULL AND heard_at > now() - make_interval(hours => \(Self.shownHours))
            ORDER BY heard_at LIMIT \(Self.batch)
            """
        ).map { row in
            var view = try Self.read(row.decode("kept", as: String.self)).call.view(hold: 0)
            // Holds and recordings of another exchange are not ours to measure.
            view.heldUntil = nil
            view.isRecorded = nil
            return view
        }
    }

    /// How many calls are not over, by exchange.
    func living() async throws -> [(exchange: String, count: Int64)] {
        try await self.database.query(
            "SELECT exchange, count(*) FROM foreign_call WHERE ended_at IS NULL GROUP BY exchange"
        ).map { try $0.decode(String.self, Int64.self) }
    }

    // MARK: Forgetting

    /// Removes what is old enough now: an event that comes again later finds its call ended.
    func forget() async throws {
        let statements: [PostgresQuery] = [
            """
            DELETE FROM foreign_event WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM foreign_event
                WHERE received_at < now() - make_interval(days => \(Self.memoryDays)) LIMIT \(Self.batch)))
            """,
            """
            DELETE FROM foreign_call WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM foreign_call
                WHERE ended_at < now() - make_interval(days => \(Self.memoryDays)) LIMIT \(Self.batch)))
            """,
        ]
        for statement in statements {
            while try await self.database.execute(statement) == Int(Self.batch) { try Task.checkCancellation() }
        }
    }
}
