public import AMQP
public import Logging
public import Postgres

/// What every service is told (architecture, "Settings").
public struct CommonSettings: Sendable {
    public let name: String
    /// `POSTGRES_URL`: the service's own database.
    public var postgres: PostgresSettings
    /// `AMQP_URL`: one broker, or several nodes with commas between.
    public var amqp: AMQPSettings
    /// `HTTP_HOST` (127.0.0.1) and `HTTP_PORT` (8080): what the service serves to others. One that serves nothing answers
    /// about its health there.
    public let http: HTTPAddress
    public let health: HealthAddress
    public let limits: HTTPLimits
    public let log: LogSettings

    public init(_ settings: Settings, name: String) throws {
        self.name = name
        self.postgres = try settings.parse("POSTGRES_URL", settings.secret("POSTGRES_URL")) {
            try PostgresSettings(url: $0)
        }
        self.postgres.applicationName = name
        self.amqp = try settings.parse("AMQP_URL", settings.secret("AMQP_URL")) { try AMQPSettings(url: $0) }
        self.amqp.connectionName = name
        self.http = try HTTPAddress(settings)
        self.health = try HealthAddress(settings)
        self.limits = try HTTPLimits(settings)
        self.log = try LogSettings(settings)
    }
}

public struct HTTPAddress: Sendable {
    public let host: String
    /// 0 takes a free port.
    public let port: Int

    public init(_ settings: Settings) throws {
        self.host = settings.text("HTTP_HOST", default: "127.0.0.1")
        self.port = try settings.integer("HTTP_PORT", default: 8080, in: 0...65_535)
    }

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}

/// `HEALTH_HOST` and `HEALTH_PORT`: health and metrics are for those who run the service, not for everybody who reaches it.
public struct HealthAddress: Sendable {
    private let host: String?
    private let port: Int?

    public init(_ settings: Settings) throws {
        self.host = settings.optionalText("HEALTH_HOST")
        self.port = try settings.optionalText("HEALTH_PORT").map { _ in
            try settings.integer("HEALTH_PORT", default: 0, in: 0...65_535)
        }
    }

    /// Beside pages of the service a port of its own: 1,000 above theirs, on this machine alone, unless set otherwise.
    /// Without pages: where those would be.
    /// - Throws: `SettingsError` when it is the port of the pages.
    public func address(beside http: HTTPAddress, hasPages: Bool) throws -> HTTPAddress {
        guard hasPages else { return HTTPAddress(host: self.host ?? http.host, port: self.port ?? http.port) }
        let usual = http.port == 0 ? 0 : http.port <= 64_535 ? http.port + 1000 : http.port - 1000
        let port = self.port ?? usual
        guard port == 0 || port != http.port else {
            throw SettingsError("HEALTH_PORT", "HEALTH_PORT must differ from HTTP_PORT: it is not for everybody.")
        }
        return HTTPAddress(host: self.host ?? "127.0.0.1", port: port)
    }
}

public struct LogSettings: Sendable {
    public enum Format: String, Sendable, CaseIterable {
        case text, json
    }
    /// `LOG_LEVEL`, default info.
    public let level: Logger.Level
    /// `LOG_FORMAT`, default text.
    public let format: Format

    public init(_ settings: Settings) throws {
        self.level = try settings.choice(
            "LOG_LEVEL", default: .info, of: Logger.Level.allCases.map(\.rawValue), Logger.Level.init(rawValue:))
        self.format = try settings.choice(
            "LOG_FORMAT", default: .text, of: Format.allCases.map(\.rawValue), Format.init(rawValue:))
    }
}
