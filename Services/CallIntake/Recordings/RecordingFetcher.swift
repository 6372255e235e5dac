import Contracts
import Foundation
import Logging
import Messaging
import Metrics
import OutboundHTTP
import Postgres
import ServiceLifecycle

/// Brings finished recordings from the exchanges into the vault, and removes what is not needed any more (T-04).
///
/// Each step leaves a state from which any replica goes on: claimed (the claim ends), written (a later attempt writes
/// anew and removes this file), committed (only now the exchange's copy may go). So a crash loses and doubles nothing.
struct RecordingFetcher: Service {
    /// Downloads at once, in one replica.
    private static let concurrency = 2
    /// Nobody waits for a recording in the second that it ends: a few at a time, so that the line's own transactions
    /// find the machine free.
    private static let pace: Duration = .milliseconds(20)
    /// What is left over is less urgent still.
    private static let tidyPace: Duration = .milliseconds(500)
    /// How often, while a long recording comes in, somebody looks what else is due.
    private static let look: Duration = .seconds(1)
    private static let batchSize = 50

    let store: RecordingStore
    let vault: RecordingVault
    let source: any RecordingSource
    let logger: Logger
    /// Called at each place where a crash would matter.
    var pass: @Sendable (Failpoint) throws -> Void = { $0.pass() }

    func run() async throws {
        await withTaskGroup { group in
            group.addTask(priority: .utility) {
                await self.work(Self.pace).run { await self.round { try await self.fetchDue() } }
            }
            group.addTask(priority: .utility) {
                await self.work(Self.tidyPace).run { await self.round { try await self.tidy() } }
            }
        }
    }

    private func work(_ pace: Duration) -> DueWork {
        DueWork(wokenBy: RecordingStore.channel, in: self.store.database, pace: pace)
    }

    /// - Parameter work: does what is due, and tells when something will be.
    private func round(_ work: () async throws -> Date?) async -> Duration {
        do {
            return DueWork.pause(until: try await work(), atMost: 30)
        } catch {
            if !Task.isCancelled {
                self.logger.warning("recordings must wait", metadata: ["error": "\(Self.safe(error))"])
            }
            return .seconds(1)
        }
    }

    // MARK: Fetching

    /// Fetches all that is due, and what becomes due meanwhile.
    @discardableResult
    func fetchDue() async throws -> Date? {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            var free = Self.concurrency
            var isLooking = false
            while !Task.isCancelled {
                let claimed = free > 0 ? try await self.store.claim(limit: free) : []
                free -= claimed.count
                for due in claimed {
                    group.addTask {
                        do {
                            try await self.holding(due) { try await self.fetch(due) }
                        } catch {
                            try await self.failed(error, due)
                        }
                        return true
                    }
                }
                if free == Self.concurrency { break }
                if free > 0, !isLooking {
                    isLooking = true
                    group.addTask {
                        try await Task.sleep(for: Self.look)
                        return false
                    }
                }
                if try await group.next() == true { free += 1 } else { isLooking = false }
            }
            // A look that nobody needs any more.
            group.cancelAll()
        }
        return try await self.store.nextFetch()
    }

    /// Renews the claim while `body` runs: a long recording over a slow line takes longer than a claim lasts, and a
    /// claim that lasted as long would keep the recordings of a dead replica waiting.
    private func holding(_ due: RecordingStore.Due, _ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { try await body() }
            group.addTask {
                while true {
                    try await Task.sleep(for: .seconds(RecordingStore.claimSeconds / 3))
                    try await self.store.renew(due)
                }
            }
            try await group.next()
            group.cancelAll()
        }
    }

    func fetch(_ due: RecordingStore.Due) async throws {
        try await self.vault.clear(due.id, before: due.attempt)
        let source = self.source
        let sealed = try await self.vault.seal(due.id, attempt: due.attempt) { take in
            try await source.read(due.name, at: due.exchange, take)
        }
        try self.pass(.recordingWritten)
        // When the answer to the commit is lost, the file stays: perhaps it is the stored one. A later attempt knows.
        guard try await self.store.keep(sealed, of: due) else {
            return try await self.vault.storage.remove(sealed.path)
        }
        try self.pass(.recordingCommitted)
        self.logger.debug("a recording is stored", metadata: ["recording": "\(due.id)"])
    }

    private func failed(_ error: any Error, _ due: RecordingStore.Due) async throws {
        guard !Task.isCancelled else {
            // Not in this task, whose statements would be cancelled too.
            return try await Task.detached { try await self.store.release(due) }.value
        }
        let now = Date()
        var generator = SystemRandomNumberGenerator()
        let decision = RecordingRules.decide(
            Self.cause(of: error), attempt: due.attempt, due.failures, now: now, using: &generator)
        self.logger.warning(
            "a recording could not be fetched",
            metadata: [
                "recording": "\(due.id)", "attempt": "\(due.attempt)", "error": "\(Self.safe(error))",
            ])
        try await self.store.note(decision, failure: Self.safe(error), of: due, now: now)
    }

    private static func cause(of error: any Error) -> RecordingRules.Cause {
        switch error {
        case RecordingSourceError.missing: .missing
        case is RecordingSourceError, is OutboundHTTPError: .exchange
        default: .own
        }
    }

    /// What may be logged and kept of an error: Foundation's name paths, ours do not.
    static func safe(_ error: any Error) -> String {
        switch error {
        case let error as PostgresError: error.description
        case let error as OutboundHTTPError: error.description
        case let error as RecordingSourceError: error.description
        case let error as RecordingStorageError: error.description
        case let error as RecordingKeys.CannotOpen: error.description
        default: "\(type(of: error))"
        }
    }

    // MARK: Everything else that is due

    /// Ends what heard no end, announces what has failed, removes what is not needed, measures what waits.
    @discardableResult
    func tidy() async throws -> Date? {
        try await self.store.finishOverdue()
        for failure in try await self.store.announceFailed() {
            Counter(label: "recording_failures_total", dimensions: [("kind", failure.$kind.word)]).increment()
            self.logger.error(
                "a recording is lost",
                metadata: ["recording": "\(failure.recordingID)", "reason": "\(failure.reason)"])
        }
        while !Task.isCancelled {
            let remains = try await self.store.claimRemains(limit: Self.batchSize)
            if remains.isEmpty { break }
            var removals: [RecordingStore.Removal] = []
            for item in remains { removals.append(await self.remove(item)) }
            try await self.store.note(removals, retryAfter: RecordingRules.removalPause)
        }
        Gauge(label: "recording_oldest_waiting_seconds").record(try await self.store.oldestWaiting())
        return try await self.store.nextRemains()
    }

    private func remove(_ remains: RecordingStore.Remains) async -> RecordingStore.Removal {
        var removal = RecordingStore.Removal(
            id: remains.id, isCopyGone: !remains.isAtExchange, isFileGone: remains.path == nil)
        do {
            if let path = remains.path { try await self.vault.storage.remove(path) }
            removal.isFileGone = true
            if !removal.isCopyGone { try await self.source.remove(remains.name, at: remains.exchange) }
            removal.isCopyGone = true
        } catch {
            self.logger.warning(
                "a recording's remains could not be removed",
                metadata: ["recording": "\(remains.id)", "error": "\(Self.safe(error))"])
        }
        return removal
    }
}
