import Foundation
import Logging
import Messaging
import ServiceLifecycle

/// Looks into bookings whose outcome is open, each at its time; replicas share them.
struct Reconciliation: Service {
    private static let batchSize = 16

    let store: BookingStore
    let saga: BookingSaga
    let logger: Logger

    func run() async throws {
        await DueWork(wokenBy: BookingStore.channel, in: self.store.database).run { await self.reconcileDue() }
    }

    /// Returns how long nothing more will be due.
    private func reconcileDue() async -> Duration {
        do {
            while !Task.isCancelled {
                let due = try await self.store.claimOpen(limit: Self.batchSize)
                if due.isEmpty { break }
                try await withThrowingTaskGroup { group in
                    for booking in due { group.addTask { try await self.saga.reconcile(booking) } }
                    try await group.waitForAll()
                }
            }
            return DueWork.pause(until: try await self.store.nextOpen(), atMost: 30)
        } catch {
            if !Task.isCancelled {
                self.logger.warning("open bookings could not be looked into", metadata: ["error": "\(error)"])
            }
            return .seconds(1)
        }
    }
}
