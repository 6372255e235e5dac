internal import Foundation
public import Logging
internal import Metrics
public import Postgres
public import ServiceLifecycle

/// Removes what is old, in small batches: sent outbox rows after 5 days, inbox rows and kept answers after 7, idle
/// subjects after months (`Retention`). The inbox remembers longer than any outbox can send again. Also what the service
/// itself need not keep for ever. Of several replicas one does it.
public struct MessagingHousekeeping: Service {
    private static let batch: Int64 = 1000
    private let database: PostgresPool
    private let logger: Logger
    private let also: [PostgresQuery]
    private let interval: Duration
    private let holder = MessageID.next()

    /// - Parameter also: statements of the service; each removes some old rows and is repeated until none are left.
    public init(
        database: PostgresPool, logger: Logger, also: [PostgresQuery] = [], interval: Duration = .seconds(60)
    ) {
        self.database = database
        self.also = also
        self.logger = logger
        self.interval = interval
    }

    public func run() async throws {
        let unsent = Gauge(label: "outbox_unsent")
        let waiting = Gauge(label: "inbox_waiting")
        let parked = Gauge(label: "inbox_parked")
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    let counts = try await self.backlog()
                    unsent.record(counts.unsent)
                    waiting.record(counts.waiting)
                    parked.record(counts.parked)
                    if counts.waitingLong > 0 {
                        self.logger.error(
                            "events wait for a predecessor for over a minute",
                            metadata: ["count": "\(counts.waitingLong)"])
                    }
                    try await self.removeOld { try await self.leads() }
                } catch let error as PostgresError {
                    self.logger.warning("housekeeping could not work", metadata: ["error": "\(error)"])
                }
                try await Task.sleep(for: self.interval)
            }
        }
    }

    /// Removes all that is old enough now.
    public func removeOld() async throws {
        try await self.removeOld { true }
    }

    /// Takes or renews the lease of three minutes: long enough for one batch, and for the next round of the same replica.
    /// - Returns: false when another replica has it.
    func leads() async throws -> Bool {
        try await self.database.execute(
            """
            UPDATE housekeeping_lease SET holder = \(self.holder), held_until = now() + interval '3 minutes'
            WHERE holder = \(self.holder) OR held_until < now()
            """) == 1
    }

    /// - Parameter mayGoOn: asked before each batch.
    private func removeOld(while mayGoOn: () async throws -> Bool) async throws {
        for statement in Self.statements {
            repeat {
                try Task.checkCancellation()
                guard try await mayGoOn() else { return }
            } while try await self.database.execute(statement) == Int(Self.batch)
        }
        for statement in self.also {
            repeat {
                try Task.checkCancellation()
                guard try await mayGoOn() else { return }
            } while try await self.database.execute(statement) > 0
        }
    }

    private static let statements: [PostgresQuery] = [
        """
        DELETE FROM outbox_message WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM outbox_message WHERE state = 'sent' AND sent_at < now() - interval '5 days'
            ORDER BY sent_at LIMIT \(Self.batch)))
        """,
        """
        DELETE FROM inbox_message WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM inbox_message WHERE received_at < now() - interval '7 days'
            ORDER BY received_at LIMIT \(Self.batch)))
        """,
        """
        DELETE FROM request_answer WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM request_answer WHERE answered_at < now() - interval '7 days'
            ORDER BY answered_at LIMIT \(Self.batch)))
        """,
        // What is locked is in use. A subject of which something still waits is not idle.
        """
        DELETE FROM inbox_position WHERE (source, subject) IN (
            SELECT source, subject FROM inbox_position AS idle
            WHERE moved_on < current_date - \(Retention.positionDays)
              AND NOT EXISTS (
                SELECT FROM inbox_pending AS kept WHERE kept.source = idle.source AND kept.subject = idle.subject)
              AND NOT EXISTS (
                SELECT FROM parked_message AS kept WHERE kept.source = idle.source AND kept.subject = idle.subject)
            ORDER BY moved_on LIMIT \(Self.batch) FOR UPDATE OF idle SKIP LOCKED)
        """,
        """
        DELETE FROM outbox_subject WHERE subject IN (
            SELECT subject FROM outbox_subject AS idle
            WHERE told_on < current_date - \(Retention.counterDays)
              AND NOT EXISTS (
                SELECT FROM outbox_message AS unsent WHERE unsent.state <> 'sent' AND unsent.subject = idle.subject)
            ORDER BY told_on LIMIT \(Self.batch) FOR UPDATE OF idle SKIP LOCKED)
        """,
    ]

    /// What has not found its end yet.
    public struct Backlog: Sendable {
        public var unsent: Int64
        public var waiting: Int64
        /// Waiting for a predecessor for more than a minute: an alarm.
        public var waitingLong: Int64
        public var parked: Int64
    }

    public func backlog() async throws -> Backlog {
        let row = try await self.database.query(
            """
            SELECT (SELECT count(*) FROM outbox_message WHERE state <> 'sent'),
                (SELECT count(*) FROM inbox_pending),
                (SELECT count(*) FROM inbox_pending
                 WHERE state = 'waiting' AND received_at < now() - interval '1 minute'),
                (SELECT count(*) FROM parked_message)
            """
        ).first
        guard let (unsent, waiting, long, parked) = try row?.decode(Int64.self, Int64.self, Int64.self, Int64.self)
        else { return Backlog(unsent: 0, waiting: 0, waitingLong: 0, parked: 0) }
        return Backlog(unsent: unsent, waiting: waiting, waitingLong: long, parked: parked)
    }
}
