import AMQP
import Configuration
import Contracts
import Foundation
import FoundationNetworking
import Hummingbird
import Logging
import Messaging
import Mustache
import NIOConcurrencyHelpers
import NIOCore
import OutboundHTTP
import PasswordHashing
import Postgres
import ServiceLifecycle
import ServiceSupport
import TestSupport
import Testing

@testable import OperatorDesk

/// The desk on a port of its own with a database of its own; nobody answers its requests, unless they are given.
struct DeskServer: Sendable {
    static let password = "секрет-Пароль-1"

    struct Answer: Sendable {
        let status: Int
        let headers: [String: String]
        let url: URL?
        let body: Data
        var text: String { String(decoding: self.body, as: UTF8.self) }
        /// The `errorID` of a JSON error.
        var errorID: String? { self.json?["errorID"] }
        var json: [String: String]? {
            ((try? JSONSerialization.jsonObject(with: self.body)) as? [String: Any])?.compactMapValues { $0 as? String }
        }
    }

    let database: PostgresPool
    let port: Int
    /// What was logged, as `message key=value`.
    let log: NIOLockedValueBox<[String]>
    private let session: URLSession

    // Not `Bundle.module`: these are the files as they are in the source.
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Services/OperatorDesk")

    /// The desk with services behind it that answer as they are told.
    static func run(
        services: [ServiceName: [RequestHandler]], _ body: (DeskServer) async throws -> Void
    ) async throws {
        let topology = MessagingTopology(Contracts.registry).amqp
        try await withTestVirtualHost { url in
            try await withTestClient(url, topology: topology) { broker in
                try await Self.run([:], broker: broker) { desk in
                    let servers = services.map { service, handlers in
                        RequestServer(
                            service: service, database: desk.database, broker: broker, logger: quietLogger(),
                            handlers: handlers)
                    }
                    let group = ServiceGroup(
                        configuration: .init(services: servers.map { .init(service: $0) }, logger: quietLogger()))
                    let running = Task { try await group.run() }
                    let result: Result<Void, any Error>
                    do {
                        try await body(desk)
                        result = .success(())
                    } catch {
                        result = .failure(error)
                    }
                    await group.triggerGracefulShutdown()
                    try await running.value
                    try result.get()
                }
            }
        }
    }

    /// - Parameters:
    ///   - settings: of the desk, by their names in the environment.
    ///   - broker: nil for one that is away.
    static func run(
        _ settings: [String: String] = [:], broker: AMQPClient? = nil, _ body: (DeskServer) async throws -> Void
    ) async throws {
        let migrations = MigrationSet(
            component: "operator-desk", directory: Self.folder.appendingPathComponent("Migrations"))
        try await withTestDatabase(migrations: [.messaging, migrations]) { database in
            let store = AccountStore(database: database)
            try await store.ensure(
                [
                    Account(
                        id: "operator1", displayName: "<script>alert(1)</script> \"Оператор\" & Ко", role: .operator,
                        telephone: "1001", organizationID: nil),
                    Account(
                        id: "org-gp-1", displayName: "Поликлиника", role: .organization, telephone: nil,
                        organizationID: "gp-1"),
                    Account(
                        id: "level2", displayName: "Соколова Мария", role: .operator, telephone: "1801",
                        organizationID: nil, skills: ["oms", "complaints"], isFirstLevel: false,
                        department: "Фонд ОМС", position: "специалист"),
                    Account(
                        id: "supervisor", displayName: "Старший", role: .supervisor, telephone: nil,
                        organizationID: nil),
                    Account(
                        id: "admin", displayName: "Администратор", role: .administrator, telephone: "1900",
                        organizationID: nil),
                ], [Organization(organizationID: "gp-1", name: "Поликлиника", email: nil)],
                telephones: ["gp-1": "+78452000001"], passwordHash: try await PasswordHash.make(Self.password))
            try await Self.serve(store, settings, broker, body)
        }
    }

    private static func serve(
        _ store: AccountStore, _ environment: [String: String], _ broker: AMQPClient?,
        _ body: (DeskServer) async throws -> Void
    ) async throws {
        let settings = try DeskSettings(
            Settings(ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: environment))))
        let away = AMQPClient(
            try AMQPSettings(url: "amqp://nobody@127.0.0.1:1/"), topology: AMQPTopology(), logger: quietLogger())
        let broker = broker ?? away
        let log = NIOLockedValueBox<[String]>([])
        let logger = Logger(label: "test") { _ in NotingLogHandler(log: log) }
        let hub = LiveHub(database: store.database, logger: quietLogger())
        let sessions = Sessions(store: store, hub: hub, logger: quietLogger())
        let desk = Desk(
            settings: settings, accounts: store, sessions: sessions,
            requests: RequestClient(service: .operatorDesk, broker: broker, logger: quietLogger()),
            pages: try await MustacheLibrary(directory: Self.folder.appendingPathComponent("Pages").path),
            files: try StaticFiles(directory: Self.folder.appendingPathComponent("Assets")),
            recordings: RecordingRelay(
                access: settings.callIntake, client: OutboundHTTPClient(logger: quietLogger()),
                logger: quietLogger()), logger: logger)
        let (ports, continuation) = AsyncStream.makeStream(of: Int?.self)
        let application = HTTPService.application(
            desk.router, at: HTTPAddress(host: "127.0.0.1", port: 0), limits: HTTPLimits(), logger: quietLogger(),
            onServerRunning: { continuation.yield($0.localAddress?.port) })
        let parts: [any Service] = [hub, sessions, application]
        let group = ServiceGroup(
            configuration: .init(services: parts.map { .init(service: $0) }, logger: quietLogger()))
        let running = Task { try await group.run() }
        let result: Result<Void, any Error>
        do {
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next() ?? nil)
            let configuration = URLSessionConfiguration.ephemeral
            configuration.httpShouldSetCookies = false
            configuration.timeoutIntervalForRequest = 60
            try await body(
                DeskServer(
                    database: store.database, port: port, log: log,
                    session: URLSession(configuration: configuration)))
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await group.triggerGracefulShutdown()
        try await running.value
        try result.get()
    }

    func ask(
        _ method: String, _ path: String, _ body: [String: String]? = nil, cookie: String? = nil,
        headers: [String: String] = [:], json: String? = nil
    ) async throws -> Answer {
        var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(self.port)\(path)")))
        request.httpMethod = method
        if let body { request.httpBody = try JSONSerialization.data(withJSONObject: body) }
        if let json { request.httpBody = Data(json.utf8) }
        if request.httpBody != nil { request.setValue("application/json", forHTTPHeaderField: "Content-Type") }
        if let cookie { request.setValue(cookie, forHTTPHeaderField: "Cookie") }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await self.session.data(for: request)
        let http = try #require(response as? HTTPURLResponse)
        var fields: [String: String] = [:]
        for (name, value) in http.allHeaderFields { fields["\(name)".lowercased()] = "\(value)" }
        return Answer(status: http.statusCode, headers: fields, url: http.url, body: data)
    }

    /// Whether something went wrong that nobody foresaw.
    var hasFailed: Bool { self.lines.contains { $0.hasPrefix("a request failed") } }

    /// What was logged so far.
    var lines: [String] { self.log.withLockedValue { $0 } }

    func signIn(
        _ login: String = "operator1", _ password: String = Self.password, from address: String? = nil
    ) async throws -> Answer {
        try await self.ask(
            "POST", "/api/session", ["login": login, "password": password],
            headers: address.map { ["X-Forwarded-For": $0] } ?? [:])
    }

    /// The cookie of a new session.
    func cookie(_ login: String = "operator1") async throws -> String {
        let answer = try await self.signIn(login)
        let header = try #require(answer.headers["set-cookie"])
        return String(header.prefix { $0 != ";" })
    }
}

/// Keeps what is logged.
struct NotingLogHandler: LogHandler {
    let log: NIOLockedValueBox<[String]>
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        self.log.withLockedValue { $0.append("\(event.message)\(fields)") }
    }
}
