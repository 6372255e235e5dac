import ArgumentParser
import Contracts
import Messaging
import ServiceSupport

/// The wiring of the callback dialer.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run the service.")

    func run() async throws {
        try await ServiceExit.reportingSettings("callback-dialer") {
            let settings = Settings()
            let dialer = try CallbackDialerSettings(settings)
            let host = ServiceHost(
                try CommonSettings(settings, name: "callback-dialer"),
                topology: MessagingTopology(Contracts.registry).amqp)
            let store = CallbackStore(database: host.database)
            let requests = RequestClient(service: .callbackDialer, broker: host.broker, logger: host.logger)
            try await host.run([
                MessagingHousekeeping(database: host.database, logger: host.logger),
                OutboxRelay(
                    service: .callbackDialer, registry: Contracts.registry, database: host.database,
                    broker: host.broker, logger: host.logger),
                RequestServer(
                    service: .callbackDialer, database: host.database, broker: host.broker, logger: host.logger,
                    handlers: CallbackRequests(store: store, rules: dialer.rules).handlers),
                EventConsumer(
                    service: .callbackDialer, registry: Contracts.registry, database: host.database,
                    broker: host.broker, logger: host.logger, handlers: CallbackEvents.handlers(dialer.rules)),
                Dialling(
                    store: store, requests: requests, isUrgent: true, hours: dialer.rules.hours, logger: host.logger),
                Dialling(
                    store: store, requests: requests, isUrgent: false, hours: dialer.rules.hours, logger: host.logger),
            ])
        }
    }
}
