import Foundation
import Logging
import Messaging
import Metrics
import Postgres
import ServiceLifecycle

/// Forgets events and calls that ended days ago; counts the calls that are not over.
struct ForeignHousekeeping: Service {
    private static let interval: Duration = .seconds(60)

    let store: ForeignStore
    /// The exchanges of the settings: one without calls is shown as well.
    let exchanges: Set<String>
    let logger: Logger

    func run() async throws {
        // Ends with the service; stopping is no failure.
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await self.store.forget()
                    let living = Dictionary(
                        try await self.store.living().map { ($0.exchange, $0.count) }, uniquingKeysWith: +)
                    for exchange in self.exchanges.union(living.keys) {
                        // One that only grows belongs to an exchange that does not end its calls.
                        Gauge(label: "foreign_calls_living", dimensions: [("exchange", exchange)])
                            .record(living[exchange] ?? 0)
                    }
                } catch let error as PostgresError {
                    self.logger.warning("old foreign events could not be removed", metadata: ["error": "\(error)"])
                }
                try await Task.sleep(for: Self.interval)
            }
        }
    }
}
