import Foundation

/// A private RabbitMQ in the home: AMQP, management and Erlang's distribution listen on loopback only, with an epmd
/// of its own, so that it meets no other node of the machine.
struct EmbeddedRabbitMQ: Sendable {
    static let user = "line122"
    static let virtualHost = "line122"

    let home: SuiteHome
    let password: String
    let supervisor: Supervisor
    let epmd: Supervisor
    private let ports: PortReservation
    private let progress: Progress

    /// Finds the programs; starts nothing.
    init(home: SuiteHome, ports: PortReservation, secrets: SecretStore, progress: Progress) throws {
        self.home = home
        self.ports = ports
        self.progress = progress
        self.password = try secrets.secret("rabbitmq-password")
        let environment = Self.environment(home: home, ports: ports)
        self.epmd = Supervisor(
            ChildCommand(
                name: "epmd", executable: try DebianPackages.epmd().path,
                arguments: ["-port", "\(ports[.epmd])", "-address", "127.0.0.1"],
                environment: environment, user: .rabbitmq),
            home: home, progress: progress)
        self.supervisor = Supervisor(
            ChildCommand(
                name: "rabbitmq", executable: try DebianPackages.rabbitmqServer().path,
                environment: environment, user: .rabbitmq, stopDeadline: .seconds(20)),
            home: home, progress: progress)
    }

    var url: String { "amqp://\(Self.user):\(self.password)@127.0.0.1:\(self.ports[.amqp])/\(Self.virtualHost)" }

    var management: ManagementAPI {
        ManagementAPI(
            port: self.ports[.management], user: Self.user, password: self.password, virtualHost: Self.virtualHost)
    }

    /// Writes the configuration, starts epmd and the broker, waits until it takes connections, sets the policy.
    func start() async throws {
        try self.configure()
        try await self.epmd.start()
        try await self.waitUntilListening(.epmd, .seconds(10), log: "epmd")
        try await self.supervisor.start()
        try await self.waitUntilListening(.amqp, .seconds(90), log: "rabbitmq")
        try await self.waitUntilListening(.management, .seconds(30), log: "rabbitmq")
        try await self.management.setDeliveryLimit()
    }

    /// Stops the broker, and epmd after it.
    func stop() async {
        await self.supervisor.stop()
        await self.epmd.stop()
    }

    private func configure() throws {
        for folder in [
            self.home.rabbitmq, Self.folder(self.home, "mnesia"), Self.folder(self.home, "log"),
            Self.folder(self.home, "home"),
        ] {
            try SuiteHome.makeFolder(folder, mode: 0o700, owner: .rabbitmq)
        }
        let configuration = """
            listeners.tcp.local = 127.0.0.1:\(self.ports[.amqp])
            management.tcp.ip = 127.0.0.1
            management.tcp.port = \(self.ports[.management])
            # Made at the first start, when the node is empty; the account guest never exists.
            default_vhost = \(Self.virtualHost)
            default_user = \(Self.user)
            default_pass = \(self.password)
            default_user_tags.administrator = true
            loopback_users = none
            # The default of 512 MiB wants three times that much memory (quorum queues).
            raft.wal_max_size_bytes = 64000000
            vm_memory_high_watermark.relative = 0.3
            collect_statistics_interval = 10000
            # `line122 status` asks for depths; rates of every connection and channel nobody reads.
            management.rates_mode = none
            log.console = true
            log.console.level = warning
            log.file = false

            """
        // Inherited by the whole node: read once at its start, like the list of plugins.
        try self.write(configuration, to: "rabbitmq.conf")
        try self.write("[rabbitmq_management].\n", to: "enabled_plugins")
        try self.write("", to: "rabbitmq-env.conf")
        try self.write("[].\n", to: "advanced.config")
    }

    private func write(_ text: String, to name: String) throws {
        let file = self.home.rabbitmq.appendingPathComponent(name)
        if FileManager.default.fileExists(atPath: file.path) { try FileManager.default.removeItem(at: file) }
        guard
            FileManager.default.createFile(
                atPath: file.path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        else { throw SuiteError("Файл \(file.path) не удалось записать: проверьте права и место на диске") }
        try ServerUser.rabbitmq.own(file)
    }

    private func waitUntilListening(_ listener: PortReservation.Listener, _ deadline: Duration, log: String)
        async throws
    {
        let end = ContinuousClock.now + deadline
        while try !LoopbackPorts.listening().contains(self.ports[listener]) {
            guard ContinuousClock.now < end else {
                throw SuiteError(
                    "RabbitMQ не запустился за \(deadline.components.seconds) с: см. \(self.home.log(of: log).path)")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private static func folder(_ home: SuiteHome, _ name: String) -> URL {
        home.rabbitmq.appendingPathComponent(name, isDirectory: true)
    }

    private static func environment(home: SuiteHome, ports: PortReservation) -> [String: String] {
        let file = { (name: String) in home.rabbitmq.appendingPathComponent(name).path }
        return [
            "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
            "LC_ALL": "C.UTF-8",
            "HOME": file("home"),
            "ERL_EPMD_PORT": "\(ports[.epmd])",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_LOG": "-color",
            "RABBITMQ_NODENAME": "line122@localhost",
            "RABBITMQ_NODE_PORT": "\(ports[.amqp])",
            "RABBITMQ_DIST_PORT": "\(ports[.distribution])",
            "RABBITMQ_MNESIA_BASE": file("mnesia"),
            "RABBITMQ_LOG_BASE": file("log"),
            "RABBITMQ_CONF_ENV_FILE": file("rabbitmq-env.conf"),
            "RABBITMQ_CONFIG_FILE": file("rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": file("advanced.config"),
            "RABBITMQ_GENERATED_CONFIG_DIR": file("generated"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": file("enabled_plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS":
                "-kernel inet_dist_use_interface {127,0,0,1} -start_epmd false",
            // The script then executes Erlang in its own place, and signals reach the node itself.
            "RUNNING_UNDER_SYSTEMD": "true",
        ]
    }
}
