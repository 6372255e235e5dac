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
    /// `HTTP_HOST` (127.0.0.1) and `HTTP_PORT`: health and metrics; the desk's pages.
    public let http: HTTPAddress
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
