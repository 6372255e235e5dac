import ArgumentParser
import Contracts
import Logging
import Messaging
import OutboundHTTP
import Postgres
import ServiceLifecycle
import ServiceSupport

/// `call-intake serve`: the wiring.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Runs the service until SIGTERM.")

    func run() async throws {
        try await ServiceExit.reportingSettings("call-intake") {
            let settings = try CallIntakeSettings()
            let host = ServiceHost(settings.common, topology: MessagingTopology(Contracts.registry).amqp)
            let http = OutboundHTTPClient(logger: host.logger)
            let exchange = ExchangeStatus()
            host.health.watch("exchange") { exchange.isReady ? nil : exchange.reason }
            try await host.run([
                http,
                OutboxRelay(
                    service: .callIntake, registry: Contracts.registry, database: host.database, broker: host.broker,
                    logger: host.logger),
                MessagingHousekeeping(database: host.database, logger: host.logger),
                LineOwner(
                    address: settings.exchange, database: host.database, broker: host.broker, http: http,
                    status: exchange, logger: host.logger),
            ])
        }
    }
}
