import ArgumentParser
import Contracts
import Messaging
import OutboundHTTP
import ServiceSupport

/// The wiring of booking.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run the service.")

    func run() async throws {
        try await ServiceExit.reportingSettings("booking") {
            let settings = Settings()
            let booking = try BookingSettings(settings)
            let host = ServiceHost(
                try CommonSettings(settings, name: "booking"), topology: MessagingTopology(Contracts.registry).amqp)
            let http = OutboundHTTPClient(logger: host.logger)
            let mis = N3HubService(configuration: booking.mis, http: http)
            let store = BookingStore(database: host.database)
            let saga = BookingSaga(store: store, mis: mis, logger: host.logger)
            try await host.run([
                http,
                MessagingHousekeeping(database: host.database, logger: host.logger),
                OutboxRelay(
                    service: .booking, registry: Contracts.registry, database: host.database, broker: host.broker,
                    logger: host.logger),
                EventConsumer(
                    service: .booking, registry: Contracts.registry, database: host.database, broker: host.broker,
                    logger: host.logger, handlers: BookingEvents.handlers),
                Reconciliation(store: store, saga: saga, logger: host.logger),
                RequestServer(
                    service: .booking, database: host.database, broker: host.broker, logger: host.logger,
                    handlers: BookingRequests(store: store, saga: saga, mis: mis).handlers),
            ])
        }
    }
}
