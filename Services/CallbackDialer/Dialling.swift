import Contracts
import Foundation
import Logging
import Messaging
import Postgres
import ServiceLifecycle

/// Asks call-intake to dial what is due.
struct Dialling: Service {
    /// Dials asked for at once.
    private static let concurrency = 32
    /// Seconds until a dial that could not be asked for is due again: short against the 15 s of C-01.
    private static let retryDelay = 1.0

    let store: CallbackStore
    let requests: RequestClient
    let logger: Logger

    func run() async throws {
        await DueWork(wokenBy: CallbackStore.channel, in: self.store.database).run { await self.dialDue() }
    }

    /// Asks for everything that is due. Returns how long nothing more will be.
    private func dialDue() async -> Duration {
        do {
            while true {
                let due = try await self.store.claimDue(limit: Self.concurrency)
                if due.isEmpty { break }
                await withTaskGroup { group in
                    for dial in due { group.addTask { await self.ask(dial) } }
                }
            }
            return DueWork.pause(until: try await self.store.nextDue(), atMost: 10)
        } catch {
            if !Task.isCancelled {
                self.logger.warning("due callbacks could not be read", metadata: ["error": "\(error)"])
            }
            return .seconds(1)
        }
    }

    private func ask(_ dial: DialCitizen) async {
        do {
            do {
                // The attempt is the key: asked again, it is the same dial.
                _ = try await self.requests.ask(dial, key: dial.attemptID, deadline: .seconds(5))
            } catch let refusal as Refusal where refusal.errorID == "number-not-dialable" {
                try await self.store.withdraw(dial, reason: refusal.errorID)
            } catch {
                self.logger.warning(
                    "a callback could not be dialled yet",
                    metadata: ["attempt": "\(dial.attemptID)", "error": "\(error)"])
                try await self.store.postpone(dial.attemptID, delay: Self.retryDelay)
            }
        } catch {
            // The claim ends by itself and the attempt is asked for again, with the same id.
            self.logger.warning(
                "an attempt could not be noted", metadata: ["attempt": "\(dial.attemptID)", "error": "\(error)"])
        }
    }
}
