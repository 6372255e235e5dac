import Foundation
import Logging
import Messaging
import Metrics
import Postgres
import ServiceLifecycle

/// Erases recordings that are older than the ceiling, once a day, and removes files that nobody needs (T-04).
///
/// A recording whose appeal is open stays, and so does one whose appeal the journal does not know. Without the
/// journal's answer nothing is erased.
struct RecordingRetention: Service {
    /// Wakes a pass before its time; nobody does but a person.
    static let channel = "recording_retention"
    static let reason = "RECORDINGS_KEEP_DAYS"
    private static let batchSize = 500
    private static let day: TimeInterval = 24 * 3600

    let store: RecordingStore
    let storage: any RecordingStorage
    /// Nil: recordings are kept for ever.
    let keepDays: Int?
    /// Which of these calls must keep their recordings.
    let openCalls: @Sendable ([UUID]) async throws -> [UUID]
    let logger: Logger

    func run() async throws {
        await DueWork(wokenBy: Self.channel, in: self.store.database).run {
            do {
                try await self.eraseAged()
                try await self.sweep()
                return .seconds(Self.day)
            } catch {
                if !Task.isCancelled {
                    self.logger.warning(
                        "recordings could not be erased", metadata: ["error": "\(RecordingFetcher.safe(error))"])
                }
                return .seconds(600)
            }
        }
    }

    /// - Returns: how many were erased.
    @discardableResult
    func eraseAged() async throws -> Int {
        guard let keepDays else { return 0 }
        var last: RecordingStore.Aged?
        var count = 0
        while !Task.isCancelled {
            let aged = try await self.store.aged(days: keepDays, after: last, limit: Self.batchSize)
            guard let end = aged.last else { break }
            last = end
            let open = Set(try await self.openCalls(Array(Set(aged.map(\.callID)))))
            try await self.store.remember(aged.filter { open.contains($0.callID) }.map(\.id))
            count += try await self.store.erase(
                aged.filter { !open.contains($0.callID) }.map(\.id), reason: Self.reason)
        }
        if count > 0 {
            Counter(label: "recordings_erased_total").increment(by: count)
            self.logger.notice("recordings were erased", metadata: ["count": "\(count)"])
        }
        return count
    }

    /// Removes what attempts that were cut off have left; a day old, so that nobody still writes it.
    func sweep(now: Date = Date()) async throws {
        try await self.storage.paths(olderThan: now.addingTimeInterval(-Self.day)) { paths in
            for start in stride(from: 0, to: paths.count, by: Self.batchSize) {
                let batch = Array(paths[start..<min(start + Self.batchSize, paths.count)])
                for path in try await self.store.leftovers(among: batch) { try await self.storage.remove(path) }
            }
        }
    }
}
