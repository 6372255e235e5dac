import Foundation
import Logging
import Messaging
import Postgres
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

    /// Looks into what is due, each by itself: what goes wrong with one concerns no other, and is tried again when its
    /// claim is over (C-210). Returns how long nothing more will be due.
    func reconcileDue() async -> Duration {
        do {
            while !Task.isCancelled {
                let due = try await self.store.claimOpen(limit: Self.batchSize)
                if due.isEmpty { break }
                await withTaskGroup { group in
                    for booking in due { group.addTask { await self.reconcile(booking) } }
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

    private func reconcile(_ booking: UUID) async {
        do {
            try await self.saga.reconcile(booking)
        } catch {
            guard !Task.isCancelled else { return }
            let reason =
                (error as? PostgresError)?.description ?? (error as? Refusal)?.description ?? "\(type(of: error))"
            self.logger.error(
                "an open booking could not be looked into", metadata: ["booking": "\(booking)", "error": "\(reason)"])
        }
    }
}
