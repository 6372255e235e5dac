import ArgumentParser
import Foundation
import Glibc

/// `line122 up`: the whole suite, until Ctrl-C.
struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Запустить всё на этой машине; Ctrl-C останавливает, данные остаются.")

    @OptionGroup var location: HomeOptions
    @Option(help: "Порт рабочего места оператора.") var port: Int?
    @Flag(help: "Забыть прежние данные.") var fresh = false
    @Option(help: "Адрес настоящей станции (http://узел:8088/ari); вход — в ARI_USERNAME и ARI_PASSWORD_FILE.")
    var exchange: String?
    @Option(help: "Адрес настоящей МИС; ключ — в MIS_TOKEN_FILE.") var mis: String?
    @Option(help: "Сколько учебных станций, 1–3.") var exchanges = 1
    @Option(help: "Сколько копий call-intake, 1–3: когда одна упала, её станции берёт другая.") var replicas = 1
    @Option(help: "Папка с записями станции для учебного стенда.") var traces: String?

    func validate() throws {
        guard (1...SuiteShape.limit).contains(self.exchanges), (1...SuiteShape.limit).contains(self.replicas) else {
            throw ValidationError("--exchanges и --replicas — от 1 до \(SuiteShape.limit)")
        }
        guard self.exchange == nil || self.exchanges == 1 else {
            throw ValidationError("--exchanges — для учебных станций; настоящие перечисляет EXCHANGES_FILE")
        }
    }

    func run() async throws {
        let progress = Progress()
        let home = self.location.suiteHome
        try home.create()
        let lock = try HomeLock(home)
        let left = try await PidFiles(home).endLeftovers()
        if !left.isEmpty { progress.say("Остановлено оставшееся от прежнего запуска: \(left.joined(separator: ", "))") }
        try SuiteState.remove(from: home)
        if self.fresh {
            try home.forget()
            try home.create()
            progress.say("Прежние данные забыты")
        }
        let ports = try PortReservation.reserve(in: home, desk: self.port)
        let secrets = SecretStore(folder: home.secrets)
        let executables = try Self.executables()
        let commands = SuiteCommands(
            home: home, ports: ports, secrets: secrets, outside: self.outside(ProcessInfo.processInfo.environment),
            shape: SuiteShape(exchanges: self.exchanges, replicas: self.replicas),
            caller: ProcessInfo.processInfo.environment, executables: executables)
        try commands.check()
        let servers = try EmbeddedServers(home: home, ports: ports, secrets: secrets, progress: progress)
        let suite = Suite(
            commands: commands, servers: servers, progress: progress,
            traces: self.traces ?? Self.recordedTraces(near: executables))
        let state = try Self.state(commands)
        progress.say("Запуск в \(home.folder.path)")
        try await Interruptible.run {
            try await suite.start()
            try state.write(to: home)
            Self.welcome(commands, progress)
        } stop: {
            progress.say("Остановка…")
            await suite.stop()
            progress.say("Остановлено, данные остались в \(home.folder.path)")
        } kill: {
            await suite.kill()
        }
        try SuiteState.remove(from: home)
        withExtendedLifetime(lock) {}
    }

    /// The folder that holds our own executable.
    private static func executables() throws -> URL {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(fileURLWithPath: own).deletingLastPathComponent()
    }

    /// The recordings of the source tree, when we were built in one (`.build/TRIPLE/CONFIGURATION`).
    private static func recordedTraces(near executables: URL) -> String? {
        let tree = executables.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let folder = tree.appendingPathComponent("Tests/Fixtures/Traces", isDirectory: true)
        return FileManager.default.fileExists(atPath: folder.path) ? folder.path : nil
    }

    private static func state(_ commands: SuiteCommands) throws -> SuiteState {
        let ports = commands.ports
        let url = { (listener: PortReservation.Listener) in "http://127.0.0.1:\(ports[listener])" }
        return SuiteState(
            process: try .current(), startedAt: Date(), deskURL: url(.desk),
            standControlURL: commands.outside.needsStand ? url(.standControl) : nil, managementURL: url(.management),
            ports: ports, services: commands.shape.instances.map { .init(name: $0.name, url: url($0.health)) },
            exchanges: commands.shape.exchangeNames)
    }

    /// What is real. `--exchange` goes before the caller's `EXCHANGES_FILE`, several exchanges of the stand as well.
    func outside(_ caller: [String: String]) -> SuiteCommands.Outside {
        let file = caller["EXCHANGES_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        return .init(
            exchange: self.exchange, mis: self.mis,
            exchangesFile: self.exchange == nil && self.exchanges == 1 ? file : nil)
    }

    private static func welcome(_ commands: SuiteCommands, _ progress: Progress) {
        progress.write("")
        progress.write("  Рабочее место:  http://127.0.0.1:\(commands.ports[.desk])/")
        for line in Self.signIn(commands.outside, commands.secrets, isTerminal: isatty(STDOUT_FILENO) == 1) {
            progress.write(line)
        }
        if commands.outside.needsStand {
            progress.write("  Учебный стенд:  http://127.0.0.1:\(commands.ports[.standControl])/")
        }
        progress.write("  Остановить:     Ctrl-C (данные останутся)")
        progress.write("")
    }

    /// How to sign in. The password is shown to a person at a terminal only: a file or a log keeps what it is given.
    static func signIn(_ outside: SuiteCommands.Outside, _ secrets: SecretStore, isTerminal: Bool) -> [String] {
        guard outside.isTraining else {
            return ["  Вход:           учётные записи центра (line122 account --help)"]
        }
        let password = isTerminal ? secrets.known("demo-password") : nil
        return [
            "  Вход:           operator1 … operator20, level2-oms, level2-complaints, supervisor, admin, org-gp-1",
            "  Пароль:         \(password ?? "в файле \(secrets.file("demo-password").path)")",
        ]
    }
}
