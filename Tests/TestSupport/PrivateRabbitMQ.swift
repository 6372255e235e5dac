import Foundation
internal import Glibc
internal import NIOConcurrencyHelpers

/// A RabbitMQ of a test's own, with TLS, that may be killed, stopped in its tracks and started again. Root runs it as
/// the user `rabbitmq`.
///
/// Its user is `client`, with a password or with the certificate of that name (SASL EXTERNAL).
public final class PrivateRabbitMQ: Sendable {
    private static let password = "password-of-a-test"

    private let home: URL
    private let ports: (amqp: Int, tls: Int, distribution: Int, epmd: Int)
    private let processes = NIOLockedValueBox<[String: Process]>([:])

    /// Makes a home with certificates and starts the broker; it is not ready yet.
    public init() throws {
        self.home = FileManager.default.temporaryDirectory.appendingPathComponent("rmq-\(UUID().uuidString)")
        let ports = try FreePorts.take(4)
        self.ports = (ports[0], ports[1], ports[2], ports[3])
        try FileManager.default.createDirectory(at: self.home, withIntermediateDirectories: true)
        let certificates = TestCertificates(folder: self.home)
        // Two authorities, of which the second has signed nothing.
        for name in ["ca", "stranger"] { try certificates.makeAuthority(name) }
        try certificates.make("server", signedBy: "ca", extensions: "subjectAltName=DNS:localhost")
        try certificates.make("client", signedBy: "ca", extensions: "extendedKeyUsage=clientAuth")
        try self.configure()
        try TestProgram.give(self.home, to: "rabbitmq")
        try self.launch("epmd", ["/usr/bin/epmd", "-port", "\(self.ports.epmd)", "-address", "127.0.0.1"])
        try self.start()
    }

    /// With a password.
    public var url: String { "amqp://client:\(Self.password)@127.0.0.1:\(self.ports.amqp)/" }

    /// With a password, over TLS, by a name: librabbitmq 0.11 compares names of the certificate only, not addresses; the server is believed when `authority` signed its certificate.
    public func tlsURL(authority: String = "ca") -> String {
        "amqps://client:\(Self.password)@localhost:\(self.ports.tls)/?cacertfile=\(self.path("\(authority).pem"))"
    }

    /// With a client certificate instead of a password.
    public var certificateURL: String {
        "amqps://localhost:\(self.ports.tls)/?cacertfile=\(self.path("ca.pem"))&certfile=\(self.path("client.pem"))"
            + "&keyfile=\(self.path("client.key"))&auth=external"
    }

    /// Starts the broker and does not wait: a client does.
    public func start() throws { try self.launch("broker", ["/usr/lib/rabbitmq/bin/rabbitmq-server"]) }

    /// Stops the broker in order and starts it again, within its process.
    public func restart() throws {
        for command in ["stop_app", "start_app"] { try self.control(command) }
    }

    /// Ends the broker with SIGKILL, as a crash would.
    public func killHard() throws { try self.end("broker", with: SIGKILL) }

    /// Stops the broker in its tracks: its connections stay open, and nobody answers.
    public func freeze() throws { try self.send(SIGSTOP) }

    public func thaw() throws { try self.send(SIGCONT) }

    /// Makes the broker believe that it has no memory left (or enough again), so that it takes no messages.
    public func setMemoryAlarm(_ isOn: Bool) throws {
        try self.control("set_vm_memory_high_watermark", isOn ? "0.00001" : "0.4")
    }

    private func control(_ words: String...) throws {
        try TestProgram.complete(self.serverProcess(["/usr/lib/rabbitmq/bin/rabbitmqctl"] + words))
    }

    /// Stops everything and removes the home.
    public func remove() throws {
        try self.end("broker", with: SIGKILL)
        try self.end("epmd", with: SIGKILL)
        try FileManager.default.removeItem(at: self.home)
    }

    // MARK: Home

    private func path(_ name: String) -> String { self.home.appendingPathComponent(name).path }

    private func configure() throws {
        try """
        listeners.tcp.local = 127.0.0.1:\(self.ports.amqp)
        listeners.ssl.local = 127.0.0.1:\(self.ports.tls)
        ssl_options.cacertfile = \(self.path("ca.pem"))
        ssl_options.certfile = \(self.path("server.pem"))
        ssl_options.keyfile = \(self.path("server.key"))
        ssl_options.verify = verify_peer
        ssl_options.fail_if_no_peer_cert = false
        auth_mechanisms.1 = PLAIN
        auth_mechanisms.2 = EXTERNAL
        ssl_cert_login_from = common_name
        default_user = client
        default_pass = \(Self.password)
        loopback_users = none
        raft.wal_max_size_bytes = 16000000
        log.console = true
        log.console.level = warning
        log.file = false

        """.write(toFile: self.path("rabbitmq.conf"), atomically: true, encoding: .utf8)
        try "[rabbitmq_auth_mechanism_ssl].\n".write(
            toFile: self.path("enabled_plugins"), atomically: true, encoding: .utf8)
        try "".write(toFile: self.path("rabbitmq-env.conf"), atomically: true, encoding: .utf8)
    }

    // MARK: Processes

    private var environment: [String: String] {
        [
            "PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8", "HOME": self.home.path,
            "ERL_EPMD_PORT": "\(self.ports.epmd)", "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": "private@localhost", "RABBITMQ_NODE_PORT": "\(self.ports.amqp)",
            "RABBITMQ_DIST_PORT": "\(self.ports.distribution)", "RABBITMQ_MNESIA_BASE": self.path("mnesia"),
            "RABBITMQ_LOG_BASE": self.path("log"), "RABBITMQ_CONF_ENV_FILE": self.path("rabbitmq-env.conf"),
            "RABBITMQ_CONFIG_FILE": self.path("rabbitmq.conf"),
            "RABBITMQ_GENERATED_CONFIG_DIR": self.path("generated"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": self.path("enabled_plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} -start_epmd false",
            // The script then executes Erlang in its own place, and signals reach the node itself.
            "RUNNING_UNDER_SYSTEMD": "true",
        ]
    }

    private func launch(_ name: String, _ words: [String]) throws {
        let process = self.serverProcess(words)
        // For whoever looks into a test that fails.
        let log = self.path("\(name).log")
        if !FileManager.default.fileExists(atPath: log) {
            _ = FileManager.default.createFile(atPath: log, contents: nil)
        }
        let output = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
        try output.seekToEnd()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        self.processes.withLockedValue { $0[name] = process }
    }

    private func send(_ signal: Int32) throws {
        guard let process = self.processes.withLockedValue({ $0["broker"] }),
            kill(process.processIdentifier, signal) == 0
        else { throw TestProgram.Failure(description: "the private RabbitMQ has no process") }
    }

    private func end(_ name: String, with signal: Int32) throws {
        guard let process = self.processes.withLockedValue({ $0.removeValue(forKey: name) }) else { return }
        guard kill(process.processIdentifier, signal) == 0 else {
            throw TestProgram.Failure(description: "\(name) of the private RabbitMQ has no process to end")
        }
        process.waitUntilExit()
    }

    private func serverProcess(_ words: [String]) -> Process {
        let process = TestProgram.process(words[0], Array(words.dropFirst()), as: "rabbitmq")
        process.environment = self.environment
        return process
    }
}
