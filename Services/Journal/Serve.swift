import ArgumentParser
import Contracts
import Messaging
import ServiceSupport

/// The wiring of the journal.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run the service.")

    func run() async throws {
        try await ServiceExit.reportingSettings("journal") {
            let settings = Settings()
            let journal = try JournalSettings(settings)
            let host = ServiceHost(
                try CommonSettings(settings, name: "journal"), topology: MessagingTopology(Contracts.registry).amqp)
            let requests = AppealRequests(store: AppealStore(database: host.database), settings: journal)
            try await host.run([
                MessagingHousekeeping(database: host.database, logger: host.logger),
                OutboxRelay(
                    service: .journal, registry: Contracts.registry, database: host.database, broker: host.broker,
                    logger: host.logger),
                RequestServer(
                    service: .journal, database: host.database, broker: host.broker, logger: host.logger,
                    handlers: requests.handlers),
                EventConsumer(
                    service: .journal, registry: Contracts.registry, database: host.database, broker: host.broker,
                    logger: host.logger, handlers: JournalEvents.handlers),
            ])
        }
    }
}
