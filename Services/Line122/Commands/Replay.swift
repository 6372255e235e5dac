import ArgumentParser
import Contracts
import Foundation
import Logging
import NIOConcurrencyHelpers
import OutboundHTTP
import Postgres

/// `line122 replay`: a recorded call against the running suite, one operator ready; says what became of it.
struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Проиграть записанный на станции звонок и показать, чем он кончился.")

    @OptionGroup var location: HomeOptions
    @Argument(help: "Папка записи (events.jsonl, rest.jsonl …).") var folder: String
    @Option(help: "Во сколько раз быстрее записи.") var speed = 1.0
    @Flag(help: "Без оператора: звонок некому принять.") var noOperator = false

    private struct Order: Encodable {
        let trace: String
        let traces: String
        let speed: Double
    }

    private struct Started: Decodable {
        let id: Int
    }

    private struct Progressed: Decodable {
        let state: String
        let waitingFor: String?
    }

    func run() async throws {
        let suite = try RunningSuite(self.location.suiteHome)
        let progress = Progress()
        let trace = URL(fileURLWithPath: self.folder).standardizedFileURL
        guard FileManager.default.fileExists(atPath: trace.appendingPathComponent("events.jsonl").path) else {
            throw SuiteError("В папке \(self.folder) нет events.jsonl: это не запись звонка")
        }
        // Whether an operator takes part is in the recording: one whose leg was never dialled has none.
        let script = try String(contentsOf: trace.appendingPathComponent("rest.jsonl"), encoding: .utf8)
        let hasOperator = script.contains("operator,") && !self.noOperator
        let counts = try await suite.withDatabases { databases in
            let before = try await SuiteCounts.read(databases)
            try await self.withOperator(hasOperator, suite) {
                try await self.play(suite, trace)
                try await self.settle(suite, databases, progress)
            }
            return try await SuiteCounts.read(databases) - before
        }
        for (name, key) in [
            ("звонков", "calls"), ("принято", "answered"), ("не дождались", "abandoned"), ("прервано", "broken"),
            ("карточек", "cards"), ("перезвонов", "callbacks"), ("сообщений", "messages"),
        ] {
            progress.write("  \(name)\(String(repeating: " ", count: 16 - name.count))\(counts[key])")
        }
    }

    /// One operator who picks up and writes nothing; the calls that wait get nobody when `isWanted` is false.
    private func withOperator(
        _ isWanted: Bool, _ suite: RunningSuite, _ body: () async throws -> Void
    ) async throws {
        guard isWanted else { return try await body() }
        var logger = Logger(label: "replay")
        logger.logLevel = .error
        let desk = try await DeskClient(
            suite.deskURL, login: "operator1", password: try suite.demoPassword(),
            http: OutboundHTTPClient(logger: logger))
        let _: OperatorView = try await desk.order("POST", "/api/state", ["state": "ready"])
        do {
            try await body()
        } catch {
            let _: OperatorView? = try? await desk.order("POST", "/api/state", ["state": "offline"])
            throw error
        }
        let _: OperatorView = try await desk.order("POST", "/api/state", ["state": "offline"])
    }

    private func play(_ suite: RunningSuite, _ trace: URL) async throws {
        let stand = try suite.standURL()
        let order = Order(
            trace: trace.lastPathComponent, traces: trace.deletingLastPathComponent().path, speed: self.speed)
        let response = try await LoopbackHTTP.send(
            "POST", "\(stand)/stand/replay", body: try JSONEncoder().encode(order))
        guard response.status < 300, let started = try? JSONDecoder().decode(Started.self, from: response.body) else {
            throw SuiteError("Стенд не принял запись, код \(response.status)")
        }
        let end = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(200))
            let answer = try await LoopbackHTTP.send("GET", "\(stand)/stand/replays/\(started.id)")
            let progressed = try JSONDecoder().decode(Progressed.self, from: answer.body)
            if progressed.state == "finished" { return }
        }
        throw SuiteError("Запись не доиграна за две минуты")
    }

    /// Waits until nothing is on its way, three readings in a row.
    private func settle(
        _ suite: RunningSuite, _ databases: [SuiteService: PostgresPool], _ progress: Progress
    ) async throws {
        var quiet = 0
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end, quiet < 3 {
            try await Task.sleep(for: .milliseconds(300))
            let counts = try await SuiteCounts.read(databases)
            let outside = try await suite.outside()
            quiet = counts.isSettled && outside.exchange.liveChannels == 0 ? quiet + 1 : 0
        }
        if quiet < 3 { progress.write("Не улеглось за минуту; вот что есть:") }
    }
}
