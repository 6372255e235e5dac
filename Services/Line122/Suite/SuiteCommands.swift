import Foundation
import Statements

/// The command of each program of the suite: executable, arguments, settings.
struct SuiteCommands: Sendable {
    /// What stands in for the simulated exchange or МИС.
    struct Outside: Sendable {
        /// Address of a real exchange (`http://host:8088/ari`); its login comes from the caller's environment.
        var exchange: String?
        /// Address of a real МИС; its token comes from the caller's environment.
        var mis: String?
        /// The caller's own list of exchanges (`EXCHANGES_FILE`): they are real ones.
        var exchangesFile: String?

        var hasExchange: Bool { self.exchange != nil || self.exchangesFile != nil }
        var needsStand: Bool { !self.hasExchange || self.mis == nil }
        /// Nobody outside of this machine can hear of it: only then is it always open, in a hurry, and entered with one
        /// password for all.
        var isTraining: Bool { !self.hasExchange && self.mis == nil }
    }

    static let stand = "training-stand"
    private static let standUser = "line122"

    let home: SuiteHome
    let ports: PortReservation
    let secrets: SecretStore
    let outside: Outside
    let shape: SuiteShape
    let caller: [String: String]
    /// The folder with the executables: the one that holds our own.
    let executables: URL

    /// - Throws: `SuiteError` when an executable is missing.
    func check() throws {
        let names = SuiteService.allCases.map(\.rawValue) + (self.outside.needsStand ? [Self.stand] : [])
        let missing = names.filter { !FileManager.default.isExecutableFile(atPath: self.path($0)) }
        guard missing.isEmpty else {
            throw SuiteError(
                "Рядом с line122 (\(self.executables.path)) нет программ: \(missing.joined(separator: ", ")) — соберите их: swift build"
            )
        }
        try self.checkRegion()
    }

    /// - Throws: `SuiteError` when a centre with a real exchange or МИС does not say whose region it is.
    func checkRegion() throws {
        guard self.outside.isTraining || self.caller["REGION_CODE"]?.isEmpty == false else {
            throw SuiteError(
                "С настоящей станцией или МИС задайте REGION_CODE (две-три цифры региона, например 64): с них начинаются номера обращений"
            )
        }
    }

    /// Writes the secrets that services read from files.
    func writeSecrets(postgres: EmbeddedPostgres, rabbitmq: EmbeddedRabbitMQ) throws {
        try self.secrets.write(rabbitmq.url, as: "amqp-url")
        for service in SuiteService.allCases {
            for role in [service.database, service.owner] {
                let password = try self.secrets.secret(DatabaseSetup.passwordName(role))
                try self.secrets.write(
                    postgres.url(user: role, password: password, database: service.database), as: "postgres-\(role)-url"
                )
            }
        }
        if self.outside.isTraining { _ = try self.secrets.password("demo-password") }
        try self.writeKeys()
        if !self.outside.hasExchange { _ = try self.secrets.secret("ari-password") }
        if self.shape.exchanges > 1 { try self.writeExchanges() }
        if self.outside.mis == nil, self.secrets.known("mis-token") == nil {
            // The МИС names its clients by a GUID.
            try self.secrets.write(UUID().uuidString.lowercased(), as: "mis-token")
        }
    }

    /// The key that closes recordings, and the pair that the desk signs with. Lines of a key's name and 32 bytes in
    /// base64, as the services read them.
    private func writeKeys() throws {
        if self.secrets.known("recordings-key") == nil {
            var random = SystemRandomNumberGenerator()
            let key = Data((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) })
            try self.secrets.write("recordings-1 \(key.base64EncodedString())", as: "recordings-key")
        }
        // Both or none: a pair that was written by half is made anew.
        if self.secrets.known("statement-public-keys") == nil {
            let pair = StatementKeys.make(keyID: "desk-1")
            try self.secrets.write(pair.privateKey, as: "statement-private-key")
            try self.secrets.write(pair.publicKey, as: "statement-public-keys")
        }
    }

    private var exchangesFile: URL { self.home.secrets.appendingPathComponent("exchanges.json") }

    /// What call-intake reads when there is more than one exchange.
    private func writeExchanges() throws {
        let entries = zip(self.shape.exchangeNames, self.shape.standListeners).map { name, listener in
            [
                "name": name, "url": "http://127.0.0.1:\(self.ports[listener])/ari", "username": Self.standUser,
                "passwordFile": self.secrets.file("ari-password").path,
            ]
        }
        try JSONEncoder().encode(entries).write(to: self.exchangesFile, options: .atomic)
    }

    /// `SERVICE migrate`, with the rights of the tables' owner.
    func migration(of service: SuiteService) -> (words: [String], environment: [String: String]) {
        var environment = self.environment(of: service)
        environment.set("POSTGRES_URL", file: self.secrets.file("postgres-\(service.owner)-url").path)
        return ([self.path(service.rawValue), "migrate"], environment.variables)
    }

    func command(of instance: SuiteShape.Instance) -> ChildCommand {
        var environment = self.environment(of: instance.service)
        environment.set("HTTP_PORT", "\(self.ports[instance.listener])")
        environment.set("HEALTH_HOST", "127.0.0.1")
        environment.set("HEALTH_PORT", "\(self.ports[instance.health])")
        return ChildCommand(
            name: instance.name, executable: self.path(instance.service.rawValue), arguments: ["serve"],
            environment: environment.variables)
    }

    func standCommand(traces: String?) throws -> ChildCommand {
        var environment = ChildEnvironment(self.caller)
        environment.set("STAND_HOST", "127.0.0.1")
        environment.set("STAND_ARI_PORT", "\(self.ports[.standARI])")
        environment.set("STAND_EXCHANGES", "\(self.shape.exchanges)")
        environment.set(
            "STAND_ARI_PORTS", self.shape.standListeners.dropFirst().map { "\(self.ports[$0])" }.joined(separator: ","))
        environment.set("STAND_MIS_PORT", "\(self.ports[.standMIS])")
        environment.set("STAND_CONTROL_PORT", "\(self.ports[.standControl])")
        environment.set("STAND_ARI_USERNAME", Self.standUser)
        environment.set("STAND_ARI_PASSWORD", self.secrets.known("ari-password") ?? "")
        environment.set("STAND_MIS_TOKEN", self.secrets.known("mis-token") ?? "")
        environment.setDefault("STAND_UTC_OFFSET", "4")
        if let traces { environment.setDefault("STAND_TRACES", traces) }
        return ChildCommand(
            name: Self.stand, executable: self.path(Self.stand), arguments: ["serve"],
            environment: environment.variables)
    }

    private func environment(of service: SuiteService) -> ChildEnvironment {
        var environment = ChildEnvironment(self.caller)
        environment.set("POSTGRES_URL", file: self.secrets.file("postgres-\(service.database)-url").path)
        environment.set("AMQP_URL", file: self.secrets.file("amqp-url").path)
        environment.set("HTTP_HOST", "127.0.0.1")
        environment.set("HTTP_PORT", "\(self.ports[service.listener])")
        environment.setDefault("LOG_LEVEL", "info")
        environment.setDefault("LOG_FORMAT", "text")
        if self.outside.isTraining {
            for (name, value) in Self.training { environment.setDefault(name, value) }
        }
        switch service {
        case .callIntake:
            environment.setDefault("ARI_APPLICATION", "call-intake")
            environment.set("RECORDINGS_DIRECTORY", self.home.recordings.path)
            environment.set("RECORDINGS_KEY", file: self.secrets.file("recordings-key").path)
            environment.set("STATEMENT_PUBLIC_KEYS", file: self.secrets.file("statement-public-keys").path)
            if let exchange = self.outside.exchange {
                environment.remove("EXCHANGES_FILE")
                environment.set("ARI_URL", exchange)
            } else if let file = self.outside.exchangesFile {
                environment.set("EXCHANGES_FILE", file)
            } else if self.shape.exchanges > 1 {
                environment.set("EXCHANGES_FILE", self.exchangesFile.path)
            } else {
                environment.set("ARI_URL", "http://127.0.0.1:\(self.ports[.standARI])/ari")
                environment.set("ARI_USERNAME", Self.standUser)
                environment.set("ARI_PASSWORD", file: self.secrets.file("ari-password").path)
            }
        case .booking:
            if let mis = self.outside.mis {
                environment.set("MIS_URL", mis)
            } else {
                environment.set("MIS_PROTOCOL", "n3")
                environment.set("MIS_URL", "http://127.0.0.1:\(self.ports[.standMIS])/HubService.svc")
                environment.set("MIS_TOKEN", file: self.secrets.file("mis-token").path)
            }
        case .journal:
            break
        case .notifier:
            environment.set("SPOOL_DIRECTORY", self.home.spool.path)
        case .operatorDesk:
            environment.set("CALL_INTAKE_URL", "http://127.0.0.1:\(self.ports[.callIntake])")
            environment.set("STATEMENT_PRIVATE_KEY", file: self.secrets.file("statement-private-key").path)
            // What the desk sees of real ones makes it refuse the demonstration accounts.
            for name in ["ARI_URL", "MIS_URL", "EXCHANGES_FILE"] { environment.remove(name) }
            if self.outside.isTraining {
                environment.set("DEMO_PASSWORD", file: self.secrets.file("demo-password").path)
            } else {
                if let exchange = self.outside.exchange { environment.set("ARI_URL", exchange) }
                if let file = self.outside.exchangesFile { environment.set("EXCHANGES_FILE", file) }
                if let mis = self.outside.mis { environment.set("MIS_URL", mis) }
            }
            environment.setDefault("DESK_PUBLIC_URL", "http://127.0.0.1:\(self.ports[.desk])")
        case .callbackDialer:
            break
        }
        return environment
    }

    /// What is right only where nobody real can be called: training goes on at night and on Sundays, and a
    /// demonstration does not last long.
    static let training = [
        "LINE_TIME_ZONE": "Europe/Saratov", "REGION_CODE": "64", "LINE_HOURS": "always",
        "CALLBACK_HOURS": "00:00-24:00", "CALLBACK_ABANDONED_DELAY_SECONDS": "5", "REMINDER_LEAD_HOURS": "96",
        "REMINDER_DELAY_SECONDS": "5", "SURVEY_DELAY_SECONDS": "5", "SURVEY_PAUSE_DAYS": "0",
    ]

    /// `operator-desk account …` of this home.
    func account(_ words: [String]) -> (words: [String], environment: [String: String]) {
        (
            [self.path(SuiteService.operatorDesk.rawValue), "account"] + words,
            self.environment(of: .operatorDesk).variables
        )
    }

    private func path(_ name: String) -> String { self.executables.appendingPathComponent(name).path }
}
