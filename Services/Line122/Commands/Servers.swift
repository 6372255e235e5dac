import ArgumentParser
import Foundation

/// `line122 servers`: PostgreSQL and RabbitMQ only, for tests.
struct Servers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Запустить только PostgreSQL и RabbitMQ (для проверок); адреса — строками NAME=value.")

    @OptionGroup var location: HomeOptions
    @Flag(help: "Забыть прежние данные.") var fresh = false
    @Option(help: "Файл, в который записать адреса, когда серверы готовы.") var environmentFile: String

    func run() async throws {
        let progress = Progress()
        let home = self.location.suiteHome
        try home.create()
        let lock = try HomeLock(home)
        let left = try await PidFiles(home).endLeftovers()
        if !left.isEmpty { progress.say("Остановлено оставшееся от прежнего запуска: \(left.joined(separator: ", "))") }
        if self.fresh {
            try home.forget()
            try home.create()
        }
        let ports = try PortReservation.reserve(in: home, desk: nil)
        let servers = try EmbeddedServers(
            home: home, ports: ports, secrets: SecretStore(folder: home.secrets), progress: progress)
        let file = self.environmentFile
        try await Interruptible.run {
            try await servers.start()
            try Self.write(servers, to: file)
        } stop: {
            await servers.stop()
        } kill: {
            await servers.kill()
        }
        withExtendedLifetime(lock) {}
    }

    /// Whole or not at all: who waits for the file may read it as soon as it is there.
    private static func write(_ servers: EmbeddedServers, to file: String) throws {
        let lines = """
            LINE122_TEST_POSTGRES_URL=\(servers.postgres.url())
            LINE122_TEST_AMQP_URL=\(servers.rabbitmq.url)
            LINE122_TEST_AMQP_MANAGEMENT_URL=\(servers.rabbitmq.management.url)

            """
        let url = URL(fileURLWithPath: file)
        try SecretStore(folder: url.deletingLastPathComponent()).write(lines, as: url.lastPathComponent)
    }
}
