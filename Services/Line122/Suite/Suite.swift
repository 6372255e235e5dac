import Foundation

/// The whole suite on one machine: servers, databases, services, in the order in which they need each other.
actor Suite {
    private let commands: SuiteCommands
    private let servers: EmbeddedServers
    private let progress: Progress
    private let traces: String?
    private var started: [Supervisor] = []

    init(commands: SuiteCommands, servers: EmbeddedServers, progress: Progress, traces: String?) {
        self.commands = commands
        self.servers = servers
        self.progress = progress
        self.traces = traces
    }

    /// Starts everything and returns when all of it is ready.
    /// - Throws: `SuiteError` naming what did not start; what has started by then is running.
    func start() async throws {
        let commands = self.commands
        let progress = self.progress
        try commands.writeSecrets(postgres: self.servers.postgres, rabbitmq: self.servers.rabbitmq)
        try await self.servers.start { postgres in
            try await DatabaseSetup(secrets: commands.secrets).run(on: postgres)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for service in SuiteService.allCases {
                    let (words, environment) = commands.migration(of: service)
                    group.addTask {
                        try await Tool.require("\(service.rawValue) migrate", words, environment: environment)
                    }
                }
                try await group.waitForAll()
            }
            progress.say("Базы готовы")
        }
        if commands.outside.needsStand {
            try await self.run(try commands.standCommand(traces: self.traces))
        }
        for instance in commands.shape.instances { try await self.run(commands.command(of: instance)) }
        try await self.waitUntilReady(.seconds(60))
        self.progress.say("Все службы готовы")
    }

    /// Services first, so that they hand back what they work on; then the servers.
    func stop() async {
        await withTaskGroup(of: Void.self) { group in
            for supervisor in self.started { group.addTask { await supervisor.stop() } }
        }
        await self.servers.stop()
    }

    /// Kills everything at once.
    func kill() async {
        for supervisor in self.started { await supervisor.kill() }
        await self.servers.kill()
    }

    private func run(_ command: ChildCommand) async throws {
        let supervisor = Supervisor(command, home: self.commands.home, progress: self.progress)
        self.started.append(supervisor)
        try await supervisor.start()
    }

    private func waitUntilReady(_ deadline: Duration) async throws {
        let end = ContinuousClock.now + deadline
        var waiting = self.commands.shape.instances
        while !waiting.isEmpty {
            var missing: [String] = []
            for instance in waiting {
                let readiness = await Readiness.ask("http://127.0.0.1:\(self.commands.ports[instance.health])")
                if readiness.isReady {
                    waiting.removeAll { $0.name == instance.name }
                    self.progress.say("\(instance.name) готов")
                } else {
                    missing.append("\(instance.name): \(readiness.missing.joined(separator: ", "))")
                    try await self.refuseMisconfigured(instance.name)
                }
            }
            guard waiting.isEmpty || ContinuousClock.now < end else {
                throw SuiteError(
                    "Не готовы за \(deadline.components.seconds) с — \(missing.joined(separator: "; ")); журналы: \(self.commands.home.logs.path)"
                )
            }
            if !waiting.isEmpty { try await Task.sleep(for: .milliseconds(100)) }
        }
    }

    /// A service that refuses its settings (exit code 78, EX_CONFIG) will refuse them again: no use in waiting.
    private func refuseMisconfigured(_ name: String) async throws {
        for supervisor in self.started where supervisor.name == name {
            guard await supervisor.exit == .code(78) else { continue }
            throw SuiteError("\(name) не принял настройки: см. \(self.commands.home.log(of: name).path)")
        }
    }
}
