import Foundation
import Logging
import Postgres
import ServiceLifecycle

/// Looks into bookings whose outcome is open, each at its time; replicas share them.
struct Reconciliation: Service {
    private static let batchSize = 16

    let store: BookingStore
    let saga: BookingSaga
    let logger: Logger

    func run() async throws {
        let (signals, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await cancelWhenGracefulShutdown {
            await withTaskGroup { group in
                group.addTask {
                    for await _ in self.store.database.notifications(on: [BookingStore.channel]) {
                        continuation.yield()
                    }
                }
                group.addTask {
                    var timer: Task<Void, Never>?
                    defer { timer?.cancel() }
                    continuation.yield()
                    for await _ in signals {
                        timer?.cancel()
                        let delay = await self.reconcileDue()
                        timer = Task {
                            guard (try? await Task.sleep(for: delay)) != nil else { return }
                            continuation.yield()
                        }
                    }
                }
                await group.waitForAll()
            }
        }
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
            guard let next = try await self.store.nextOpen() else { return .seconds(30) }
            return .milliseconds(Int(max(0.005, min(next.timeIntervalSinceNow, 30)) * 1000))
        } catch {
            if !Task.isCancelled {
                self.logger.warning("open bookings could not be looked into", metadata: ["error": "\(error)"])
            }
            return .seconds(1)
        }
    }
}
