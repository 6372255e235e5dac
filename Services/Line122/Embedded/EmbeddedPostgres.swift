import Foundation

/// A private PostgreSQL in the home: loopback only, passwords only, durable (fsync stays on).
struct EmbeddedPostgres: Sendable {
    static let superuser = "postgres"

    let home: SuiteHome
    let port: Int
    let password: String
    let supervisor: Supervisor
    private let binaries: URL
    private let data: URL

    /// Finds the programs; starts nothing.
    init(home: SuiteHome, port: Int, secrets: SecretStore, progress: Progress) throws {
        self.home = home
        self.port = port
        self.password = try secrets.secret("postgres-superuser-password")
        self.data = home.postgres.appendingPathComponent("data", isDirectory: true)
        // Root cannot be kept from reading; we are root or the owner of the folder.
        let version = FileManager.default.contents(atPath: self.data.appendingPathComponent("PG_VERSION").path)
            .flatMap { Int(String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)) }
        self.binaries = try DebianPackages.postgres(version: version)
        self.supervisor = Supervisor(
            ChildCommand(
                name: "postgres", executable: self.binaries.appendingPathComponent("postgres").path,
                arguments: Self.arguments(home: home, data: self.data, port: port),
                environment: Self.environment, user: .postgres,
                // Fast shutdown: sessions are ended, everything is written (PostgreSQL 15, 19.5).
                stopSignal: SIGINT, stopDeadline: .seconds(20)),
            home: home, progress: progress)
    }

    /// An address with the superuser's rights, over TCP.
    func url(database: String = "postgres") -> String {
        "postgres://\(Self.superuser):\(self.password)@127.0.0.1:\(self.port)/\(database)?sslmode=disable"
    }

    /// An address for a service on this machine: over the socket where there is one, which costs less than TCP.
    func url(user: String, password: String, database: String) -> String {
        let folder = self.home.postgres.path.addingPercentEncoding(withAllowedCharacters: .alphanumerics)
        guard Self.hasSocket(self.home, port: self.port), let folder else {
            return "postgres://\(user):\(password)@127.0.0.1:\(self.port)/\(database)?sslmode=disable"
        }
        return "postgres://\(user):\(password)@\(folder):\(self.port)/\(database)"
    }

    /// A path of a socket holds 107 bytes (unix(7)); in a deep home there is TCP only.
    private static func hasSocket(_ home: SuiteHome, port: Int) -> Bool {
        "\(home.postgres.path)/.s.PGSQL.\(port)".utf8.count <= 107
    }

    /// Creates the cluster if there is none, starts the server and waits until it takes connections.
    func start() async throws {
        try await self.initialize()
        try await self.supervisor.start()
        try await self.waitUntilReady(.seconds(60))
    }

    /// Runs SQL as the superuser, one statement a transaction; the first error stops it.
    /// - Returns: the rows, unaligned, columns separated by `|`.
    @discardableResult
    func run(sql: String, database: String = "postgres") async throws -> String {
        var environment = Self.environment
        environment["PGPASSWORD"] = self.password
        return try await Tool.require(
            "PostgreSQL не выполнил команду",
            [
                self.binaries.appendingPathComponent("psql").path, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1",
                "-h", "127.0.0.1", "-p", "\(self.port)", "-U", Self.superuser, "-d", database,
            ], environment: environment, input: sql)
    }

    private func initialize() async throws {
        let manager = FileManager.default
        guard !manager.fileExists(atPath: self.data.appendingPathComponent("PG_VERSION").path) else { return }
        try SuiteHome.makeFolder(self.home.postgres, mode: 0o700, owner: .postgres)
        // Made in a folder of its own and moved when complete: an interrupted start leaves nothing half-made behind.
        let unfinished = self.home.postgres.appendingPathComponent("data.new", isDirectory: true)
        for leftover in [unfinished, self.data] where manager.fileExists(atPath: leftover.path) {
            try manager.removeItem(at: leftover)
        }
        let passwordFile = self.home.postgres.appendingPathComponent("superuser-password")
        guard
            manager.createFile(
                atPath: passwordFile.path, contents: Data((self.password + "\n").utf8),
                attributes: [.posixPermissions: 0o600])
        else { throw SuiteError("Файл \(passwordFile.path) не удалось записать: проверьте права и место на диске") }
        try ServerUser.postgres.own(passwordFile)
        defer { try? manager.removeItem(at: passwordFile) }
        try await Tool.require(
            "Базу PostgreSQL не удалось создать в \(self.home.postgres.path)"
                + " (папка и все папки над ней должны быть доступны пользователю \(ServerUser.postgres.name ?? NSUserName()))",
            ServerUser.postgres.prefix + [
                self.binaries.appendingPathComponent("initdb").path, "-D", unfinished.path, "-U", Self.superuser,
                "--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256", "--pwfile=\(passwordFile.path)",
            ], environment: Self.environment)
        try manager.moveItem(at: unfinished, to: self.data)
    }

    /// Waits until a connection is answered. The server may need several starts: while the lock file of a killed
    /// postmaster names a process that still lingers it refuses, and the supervisor starts it again.
    private func waitUntilReady(_ deadline: Duration) async throws {
        let end = ContinuousClock.now + deadline
        let words = [
            self.binaries.appendingPathComponent("pg_isready").path, "-q", "-h", "127.0.0.1", "-p", "\(self.port)",
            "-t", "2",
        ]
        while true {
            if try LoopbackPorts.listening().contains(self.port) {
                let result = try await Tool.run(words, environment: Self.environment)
                if result.exit == .code(0) { return }
            }
            guard ContinuousClock.now < end else {
                throw SuiteError(
                    "PostgreSQL не запустился за \(deadline.components.seconds) с: см. \(self.home.log(of: "postgres").path)"
                )
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private static let environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"]

    private static func arguments(home: SuiteHome, data: URL, port: Int) -> [String] {
        let settings: KeyValuePairs = [
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": Self.hasSocket(home, port: port) ? home.postgres.path : "",
            "max_connections": "200",
            "shared_buffers": "64MB",
            "jit": "off",
            "max_wal_size": "512MB",
            "checkpoint_timeout": "15min",
            "autovacuum_naptime": "15s",
            "idle_in_transaction_session_timeout": "60s",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "%m [%p] %q%u@%d ",
            "log_checkpoints": "off",
            // What people said stays out of the log: no literals, no parameters, no DETAIL ("Key (phone)=(…)").
            "log_error_verbosity": "terse",
            "log_min_error_statement": "panic",
            "log_parameter_max_length": "0",
            "log_parameter_max_length_on_error": "0",
        ]
        return ["-D", data.path, "-p", "\(port)"] + settings.flatMap { ["-c", "\($0)=\($1)"] }
    }
}
