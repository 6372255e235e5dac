import ArgumentParser
import Contracts
import Foundation
import Messaging
import OutboundHTTP
import ServiceSupport

/// The wiring of the notifier.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run the service.")

    func run() async throws {
        try await ServiceExit.reportingSettings("notifier") {
            let settings = Settings()
            let notifier = try NotifierSettings(settings)
            let host = ServiceHost(
                try CommonSettings(settings, name: "notifier"), topology: MessagingTopology(Contracts.registry).amqp)
            let http = OutboundHTTPClient(logger: host.logger)
            let mail = notifier.smtp.flatMap { server in
                notifier.sender.map { MailChannel(http: http, server: server, sender: .init($0)) }
            }
            let delivery = Delivery(
                store: MessageStore(database: host.database), texts: try await MessageTexts.bundled(),
                spool: SpoolChannel(directory: notifier.spool), mail: mail, logger: host.logger)
            try await host.run([
                http,
                MessagingHousekeeping(database: host.database, logger: host.logger, also: MessageStore.old),
                OutboxRelay(
                    service: .notifier, registry: Contracts.registry, database: host.database, broker: host.broker,
                    logger: host.logger),
                delivery,
                EventConsumer(
                    service: .notifier, registry: Contracts.registry, database: host.database, broker: host.broker,
                    logger: host.logger,
                    handlers: MessageEvents.handlers(MessageRules(hasSMTP: mail != nil, zone: notifier.zone))),
            ])
        }
    }
}
