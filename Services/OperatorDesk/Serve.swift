import ArgumentParser
import Contracts
import Foundation
import Hummingbird
import Messaging
import Mustache
import OutboundHTTP
import PasswordHashing
import ServiceLifecycle
import ServiceSupport

/// The wiring of the desk.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run the service.")

    func run() async throws {
        try await ServiceExit.reportingSettings("operator-desk") {
            let settings = Settings()
            let desk = try DeskSettings(settings)
            let host = ServiceHost(
                try CommonSettings(settings, name: "operator-desk"),
                topology: MessagingTopology(Contracts.registry).amqp)
            let accounts = AccountStore(database: host.database)
            let hub = LiveHub(database: host.database, logger: host.logger)
            let sessions = Sessions(store: accounts, hub: hub, logger: host.logger)
            let callIntake = OutboundHTTPClient(logger: host.logger, configuration: RecordingRelay.configuration)
            let bundle = Bundle.module.bundleURL
            let pages = Desk(
                settings: desk, accounts: accounts, sessions: sessions,
                requests: RequestClient(service: .operatorDesk, broker: host.broker, logger: host.logger),
                pages: try await MustacheLibrary(directory: bundle.appendingPathComponent("Pages").path),
                files: try StaticFiles(directory: bundle.appendingPathComponent("Assets")),
                recordings: RecordingRelay(access: desk.callIntake, client: callIntake, logger: host.logger),
                logger: host.logger)
            let demo = DemoAccounts(settings: desk, store: accounts, logger: host.logger)
            host.health.watch("accounts") { demo.isDone ? nil : "the demonstration accounts are being made" }
            try await host.run(
                [
                    demo, callIntake,
                    MessagingHousekeeping(
                        database: host.database, logger: host.logger, also: DeskRetention.statements),
                    OutboxRelay(
                        service: .operatorDesk, registry: Contracts.registry, database: host.database,
                        broker: host.broker, logger: host.logger),
                    sessions, hub,
                    EventConsumer(
                        service: .operatorDesk, registry: Contracts.registry, database: host.database,
                        broker: host.broker, logger: host.logger, handlers: DeskEvents.handlers),
                ], pages: host.server(of: pages.router))
        }
    }
}
