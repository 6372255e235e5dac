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
            var limits = OutboundHTTPConfiguration()
            // The gate decides how much is asked at once, and nothing waits behind it.
            limits.maximumConnectionsPerHost = MISGate.Compartment.allCases.map(\.limit).reduce(0, +)
            let http = OutboundHTTPClient(logger: host.logger, configuration: limits)
            let mis = GuardedMIS(N3HubService(configuration: booking.mis, http: http), logger: host.logger)
            let clinics = ClinicDirectory(mis: mis, logger: host.logger)
            let store = BookingStore(database: host.database)
            let saga = BookingSaga(
                store: store, mis: mis, visits: VisitReader(mis: mis, clinics: clinics), logger: host.logger)
            let patients = PatientRegister(
                additions: PatientAdditions(database: host.database), mis: mis, zone: booking.zone, logger: host.logger)
            try await host.run([
                http,
                clinics,
                MessagingHousekeeping(database: host.database, logger: host.logger, also: PatientAdditions.old),
                OutboxRelay(
                    service: .booking, registry: Contracts.registry, database: host.database, broker: host.broker,
                    logger: host.logger),
                EventConsumer(
                    service: .booking, registry: Contracts.registry, database: host.database, broker: host.broker,
                    logger: host.logger, handlers: BookingEvents.handlers),
                Reconciliation(store: store, saga: saga, logger: host.logger),
                RequestServer(
                    service: .booking, database: host.database, broker: host.broker, logger: host.logger,
                    concurrency: BookingRequests.concurrency,
                    handlers: BookingRequests(
                        store: store, saga: saga, mis: mis, clinics: clinics, patients: patients
                    ).handlers),
            ])
        }
    }
}
