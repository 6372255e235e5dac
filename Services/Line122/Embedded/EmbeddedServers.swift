import Foundation

/// PostgreSQL and RabbitMQ of one home, started side by side.
struct EmbeddedServers: Sendable {
    let postgres: EmbeddedPostgres
    let rabbitmq: EmbeddedRabbitMQ
    private let progress: Progress

    init(home: SuiteHome, ports: PortReservation, secrets: SecretStore, progress: Progress) throws {
        self.postgres = try EmbeddedPostgres(home: home, port: ports[.postgres], secrets: secrets, progress: progress)
        self.rabbitmq = try EmbeddedRabbitMQ(home: home, ports: ports, secrets: secrets, progress: progress)
        self.progress = progress
    }

    /// Starts both at the same time.
    /// - Parameter prepare: what can be done as soon as PostgreSQL is there, while RabbitMQ still starts.
    func start(prepare: @escaping @Sendable (EmbeddedPostgres) async throws -> Void = { _ in }) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await self.postgres.start()
                self.progress.say("PostgreSQL готов (127.0.0.1:\(self.postgres.port))")
                try await prepare(self.postgres)
            }
            group.addTask {
                try await self.rabbitmq.start()
                self.progress.say("RabbitMQ готов")
            }
            try await group.waitForAll()
        }
    }

    /// Stops both; epmd last.
    func stop() async {
        async let postgres: Void = self.postgres.supervisor.stop()
        await self.rabbitmq.stop()
        await postgres
    }

    /// Kills everything at once.
    func kill() async {
        for supervisor in [self.postgres.supervisor, self.rabbitmq.supervisor, self.rabbitmq.epmd] {
            await supervisor.kill()
        }
    }
}
