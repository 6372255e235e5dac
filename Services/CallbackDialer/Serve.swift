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
            guard try await CallbackStore.register(dialer.rules.questionnaire, in: host.database) else {
                throw SettingsError(
                    "SURVEY_FILE",
                    "SURVEY_FILE: version \(dialer.rules.questionnaire.version) was used for other questions; name a new version."
                )
            }
            let requests = RequestClient(service: .callbackDialer, broker: host.broker, logger: host.logger)
            try await host.run(
                [
                    MessagingHousekeeping(
                        database: host.database, logger: host.logger, also: [CallbackStore.forgetContacts]),
                    OutboxRelay(
                        service: .callbackDialer, registry: Contracts.registry, database: host.database,
                        broker: host.broker, logger: host.logger),
                    RequestServer(
                        service: .callbackDialer, database: host.database, broker: host.broker, logger: host.logger,
                        handlers: CallbackRequests(store: store, rules: dialer.rules).handlers),
                    EventConsumer(
                        service: .callbackDialer, registry: Contracts.registry, database: host.database,
                        broker: host.broker, logger: host.logger, handlers: CallbackEvents.handlers(dialer.rules)),
                    Expiry(store: store, rules: dialer.rules, logger: host.logger),
                ]
                    + DialLane.allCases.map { lane in
                        Dialling(
                            store: store, requests: requests, lane: lane, rules: dialer.rules,
                            scripts: VoiceScripts(zone: dialer.zone), logger: host.logger)
                    })
        }
    }
}
