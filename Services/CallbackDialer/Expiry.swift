import Foundation
import Logging
import Messaging
import ServiceLifecycle

/// Withdraws callbacks whose time is over, each at its moment; replicas share them.
struct Expiry: Service {
    let store: CallbackStore
    let rules: CallbackRules
    let logger: Logger

    func run() async throws {
        await DueWork(wokenBy: CallbackStore.channel, in: self.store.database).run { await self.expireDue() }
    }

    /// Returns how long nothing more will be due.
    private func expireDue() async -> Duration {
        do {
            try await self.store.expire(rules: self.rules)
            return DueWork.pause(until: try await self.store.nextExpiry(), atMost: 30)
        } catch {
            if !Task.isCancelled {
                self.logger.warning("callbacks could not be withdrawn yet", metadata: ["error": "\(error)"])
            }
            return .seconds(1)
        }
    }
}
