import Foundation
import Logging
import OutboundHTTP
import Postgres

/// A suite that runs on this machine, as the commands see it: its desk, its stand, its databases.
struct RunningSuite: Sendable {
    let state: SuiteState
    let home: SuiteHome
    let secrets: SecretStore

    init(_ home: SuiteHome) throws {
        self.home = home
        self.state = try SuiteState.read(from: home)
        self.secrets = SecretStore(folder: home.secrets)
    }

    var deskURL: String {
        self.state.deskURL.hasSuffix("/") ? String(self.state.deskURL.dropLast()) : self.state.deskURL
    }

    /// The names of the stand's exchanges, as its control knows them.
    var standExchanges: [String] {
        Array(["pbx122", "pbx122b", "pbx122c"].prefix(max(1, self.state.exchanges.count)))
    }

    func standURL() throws -> String {
        guard let url = self.state.standControlURL else {
            throw SuiteError("Учебный стенд не запущен: line122 up запущена с настоящей станцией и МИС")
        }
        return url.hasSuffix("/") ? String(url.dropLast()) : url
    }

    func demoPassword() throws -> String {
        guard let password = self.secrets.known("demo-password") else {
            throw SuiteError("Нет пароля учебных записей: запустите line122 up без настоящей станции")
        }
        return password
    }

    /// Runs `body` with a connection to the database of each service.
    func withDatabases<R: Sendable>(
        _ services: [SuiteService] = SuiteService.allCases, user: String? = nil,
        _ body: @escaping @Sendable ([SuiteService: PostgresPool]) async throws -> R
    ) async throws -> R {
        let postgres = try EmbeddedPostgres(
            home: self.home, port: self.state.ports[.postgres], secrets: self.secrets, progress: Progress())
        var logger = Logger(label: "line122")
        logger.logLevel = .error
        var pools: [SuiteService: PostgresPool] = [:]
        for service in services {
            var settings = try PostgresSettings(url: postgres.url(database: service.database))
            settings.maximumConnections = 2
            settings.applicationName = "line122"
            pools[service] = PostgresPool(settings, logger: logger)
        }
        let all = pools
        return try await withThrowingTaskGroup { group in
            for pool in all.values { group.addTask { try await pool.run() } }
            let result = try await body(all)
            group.cancelAll()
            return result
        }
    }

    private struct Calls: Decodable {
        let announced: [String]
        let unheard: [String]
    }
    private struct Visit: Decodable {
        let id: String
    }
    private struct Dial: Decodable {
        let channel: String
        let epoch: Double
        let callEnded: Double?
    }

    /// What the stand has seen, one by one.
    func evidence() async throws -> DemoReport.Evidence {
        var evidence = DemoReport.Evidence()
        for exchange in self.standExchanges {
            let calls = try await self.standReport("calls?exchange=\(exchange)", as: Calls.self)
            for id in calls.announced { evidence.calls.add(id) }
            for id in calls.unheard { evidence.unheard.add(id) }
        }
        evidence.visits = Things(try await self.standReport("bookings", as: [Visit].self).map(\.id))
        for dial in try await self.standReport("dials", as: [Dial].self) {
            // Of a call that the stand has forgotten it says nothing.
            if let ended = dial.callEnded { evidence.dials[dial.channel] = dial.epoch - ended }
        }
        return evidence
    }

    private func standReport<Report: Decodable>(_ path: String, as type: Report.Type) async throws -> Report {
        let response = try await LoopbackHTTP.send("GET", "\(try self.standURL())/stand/\(path)")
        return try JSONDecoder().decode(type, from: response.body)
    }

    func outside() async throws -> DemoReport.Outside {
        let response = try await LoopbackHTTP.send("GET", "\(try self.standURL())/stand/statistics")
        return try JSONDecoder().decode(DemoReport.Outside.self, from: response.body)
    }
}
