import AMQP
import ArgumentParser
import Contracts
import Hummingbird
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
            let names = settings.exchanges.map(\.name)
            let host = ServiceHost(settings.common, topology: Self.topology(of: names))
            let http = OutboundHTTPClient(logger: host.logger)
            let recordings = RecordingKeeping(
                settings.recordings, host: host,
                exchanges: Dictionary(uniqueKeysWithValues: settings.exchanges.map { ($0.name, $0) }), http: http)
            let foreign = settings.foreign.map {
                ForeignExchanges(
                    $0, rules: ForeignRules(shortDrop: settings.plan.shortDrop, calendar: settings.calendar),
                    host: host)
            }
            let requests = LineRequests(
                exchanges: names,
                telephones: Dictionary(uniqueKeysWithValues: settings.exchanges.map { ($0.name, $0.telephones) }),
                plan: settings.plan, directory: LineDirectory(), database: host.database,
                client: RequestClient(service: .callIntake, broker: host.broker, logger: host.logger))
            let owners = settings.exchanges.enumerated().map { position, address in
                let status = ExchangeStatus()
                host.health.watch("exchange \(address.name)") { status.isReady ? nil : status.reason }
                var logger = host.logger
                logger[metadataKey: "exchange"] = "\(address.name)"
                return LineOwner(
                    address: address, position: position, plan: settings.plan, calendar: settings.calendar,
                    requests: requests,
                    database: host.database, broker: host.broker, http: http, status: status, logger: logger)
            }
            let watch: [any Service] =
                settings.calendar.map { [CalendarWatch(calendar: $0, logger: host.logger)] } ?? []
            try await host.run(
                [
                    http,
                    OutboxRelay(
                        service: .callIntake, registry: Contracts.registry, database: host.database,
                        broker: host.broker, logger: host.logger),
                    MessagingHousekeeping(database: host.database, logger: host.logger),
                ] + watch + recordings.services + (foreign?.services ?? []) + owners,
                pages: Self.pages(host, recordings.routes, foreign?.routes))
        }
    }

    /// What call-intake answers to others over HTTP: recordings, events of other exchanges.
    private static func pages(
        _ host: ServiceHost, _ recordings: RecordingRoutes, _ foreign: ForeignRoutes?
    ) -> any Service {
        let router = Router(options: .autoGenerateHeadEndpoints)
        recordings.add(to: router)
        foreign?.add(to: router)
        return host.server(of: router)
    }

    /// What all services declare, and a queue for the owner of each exchange.
    static func topology(of exchanges: [String]) -> AMQPTopology {
        var topology = MessagingTopology(Contracts.registry).amqp
        for name in exchanges {
            topology.queues.append(
                .init(name: LineRequests.queue(of: name), kind: .classic, isDurable: true, arguments: [:]))
            topology.bindings.append(
                .init(
                    queue: LineRequests.queue(of: name), exchange: MessagingTopology.requestExchange,
                    routingKey: LineRequests.route(to: name), arguments: [:]))
        }
        return topology
    }
}
