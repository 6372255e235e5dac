public import AMQP
internal import CoreMetrics
internal import Foundation
public import Hummingbird
public import Logging
public import Postgres
public import ServiceLifecycle
internal import UnixSignals

/// What a service stands on while it runs: its database, its broker, its logs, its health.
///
/// `Serve.swift` of each service builds one, adds its own parts and calls `run`. Services start in list order and
/// stop in reverse, so what takes in work comes last and stops first.
public struct ServiceHost: Sendable {
    public let settings: CommonSettings
    public let logger: Logger
    public let database: PostgresPool
    public let broker: AMQPClient
    public let health: Health
    public let metrics: PrometheusMetrics

    /// How long work in hand may take to finish after the signal.
    public static let gracefulLimit: Duration = .seconds(10)

    public init(_ settings: CommonSettings, topology: AMQPTopology) {
        self.settings = settings
        LoggingSystem.bootstrap { LineLogHandler(label: $0, settings: settings.log) }
        let metrics = PrometheusMetrics()
        MetricsSystem.bootstrap(metrics)
        self.metrics = metrics
        let logger = Logger(label: settings.name)
        self.logger = logger
        let database = PostgresPool(settings.postgres, logger: logger)
        let broker = AMQPClient(settings.amqp, topology: topology, logger: logger)
        self.database = database
        self.broker = broker
        self.health = Health()
        self.health.watch("postgres") { database.isReady ? nil : "no connection" }
        self.health.watch("rabbitmq") {
            let state = broker.state
            guard state.isConnected else { return "no connection" }
            return state.isBlocked ? "the broker takes no messages: \(state.blockedReason ?? "alarm")" : nil
        }
    }

    /// Runs until SIGTERM or SIGINT.
    ///
    /// Health and metrics are at `settings.health`.
    /// - Parameters:
    ///   - pages: what the service serves to others; nil for nothing.
    public func run(_ services: [any Service], pages: (any Service)? = nil) async throws {
        let health = try self.settings.health.address(beside: self.settings.http, hasPages: pages != nil)
        let servers = [self.database, self.broker, self.healthServer(at: health)] + (pages.map { [$0] } ?? [])
        var configuration = ServiceGroupConfiguration(
            services: (servers + services).map { .init(service: $0) },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: self.logger)
        configuration.maximumGracefulShutdownDuration = Self.gracefulLimit
        self.logger.notice("started")
        try await ServiceGroup(configuration: configuration).run()
        self.logger.notice("stopped")
    }

    /// The server of the service's own pages.
    public func server<Context: RequestContext>(of router: Router<Context>) -> any Service
    where Context: InitializableFromSource<ApplicationRequestContextSource> {
        HTTPService.application(router, at: self.settings.http, limits: self.settings.limits, logger: self.logger)
    }

    private func healthServer(at address: HTTPAddress) -> any Service {
        let router = Router(options: .autoGenerateHeadEndpoints)
        self.health.addRoutes(to: router, metrics: self.metrics)
        return HTTPService.application(router, at: address, limits: self.settings.limits, logger: self.logger)
    }
}

/// How a command of a service ends when its settings are wrong.
public enum ServiceExit {
    /// `EX_CONFIG` of sysexits(3).
    public static let badSettings: Int32 = 78

    /// Runs `body` and ends the process; a wrong setting is one line on standard error and exit status 78.
    ///
    /// Ends without the handlers of `exit(3)`: OpenSSL's takes its tables away while a thread of a C client may still
    /// close its connection, and a service that had done all its work died with signal 11.
    public static func reportingSettings(_ name: String, _ body: () async throws -> Void) async throws {
        do {
            try await body()
            fflush(nil)
            _exit(0)
        } catch let error as SettingsError {
            // When standard error is closed the exit status still says it.
            try? FileHandle.standardError.write(contentsOf: Data("\(name): \(error.description)\n".utf8))
            exit(self.badSettings)
        }
    }
}

/// `<service> migrate`.
public enum Migrate {
    /// Brings the database of `POSTGRES_URL` up to date and returns.
    public static func run(_ name: String, _ sets: [MigrationSet]) async throws {
        let settings = Settings()
        let logSettings = try LogSettings(settings)
        var postgres = try settings.parse("POSTGRES_URL", settings.secret("POSTGRES_URL")) {
            try PostgresSettings(url: $0)
        }
        postgres.applicationName = "\(name) migrate"
        let logger = Logger(label: name) { LineLogHandler(label: $0, settings: logSettings) }
        let database = PostgresPool(postgres, logger: logger)
        try await withThrowingTaskGroup { group in
            group.addTask { try await database.run() }
            try await PostgresMigrator(pool: database, logger: logger).migrate(sets)
            group.cancelAll()
        }
    }
}
