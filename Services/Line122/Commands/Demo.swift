import ArgumentParser
import Contracts
import Foundation
import Logging
import NIOConcurrencyHelpers
import OutboundHTTP
import Postgres
import Vocabulary

/// `line122 demo`: whole calls through the whole suite, with scripted operators; fails when anything is lost or
/// doubled.
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Провести N звонков целиком: ответ, карточка, запись, передача; таблица в конце.",
        discussion: """
            Код завершения 1, если что-нибудь потеряно или удвоено, если после обрыва набрали позже 15 секунд, если звонок прошёл мимо \
            системы, оператору отказано или разговор не записан.
            """)

    @OptionGroup var location: HomeOptions
    @Option(help: "Сколько звонков.") var calls = 100
    @Option(help: "Звонков в секунду.") var rate = 10.0
    @Option(help: "Сколько операторов; учебных записей столько, сколько задано DEMO_OPERATORS (20).") var operators = 20
    @Option(help: "Сколько звонит телефон оператора, секунды.") var ring = 0.3
    @Option(help: "Средняя длина разговора, секунды.") var talk = 0.15
    @Option(help: "Доля прерванных разговоров.") var drop = 0.05
    @Option(help: "Доля нетерпеливых: ждут в среднем 2 секунды.") var abandon = 0.02
    @Option(help: "Сколько карточек довести до закрытия: гражданину сообщают о мерах, затем его опрашивают.")
    var closed = 6
    @Option(help: "Сколько секунд ждать, пока всё уляжется.") var patience = 120
    @Flag(
        help:
            "Службы или станцию в это время ломают нарочно: звонки мимо системы, отказы и разговоры без записи не ошибка."
    )
    var withFaults = false

    @Flag(
        help:
            "Станция отказывает в наборе или call-intake лежит дольше 15 с: опоздавший перезвон показан, но не ошибка.")
    var mayBeLate = false

    func validate() throws {
        guard self.calls > 0, self.rate > 0, (1...500).contains(self.operators) else {
            throw ValidationError("--calls и --rate больше нуля, --operators от 1 до 500")
        }
    }

    func run() async throws {
        let suite = try RunningSuite(self.location.suiteHome)
        let progress = Progress()
        var logger = Logger(label: "demo")
        logger.logLevel = .error
        var connections = OutboundHTTPConfiguration()
        connections.maximumConnectionsPerHost = 256
        connections.maximumConnections = 300
        let http = OutboundHTTPClient(logger: logger, configuration: connections)
        let report = try await suite.withDatabases { databases in
            let before = try await SuiteCounts.readAll(databases)
            let evidenceBefore = try await suite.evidence()
            let outsideBefore = try await suite.outside()
            let tally = NIOLockedValueBox(ScriptedOperator.Tally())
            let people = NIOLockedValueBox(Int(Date().timeIntervalSince1970) % 1_000_000 * 100)
            var pace = CallPace()
            let closing = DemoClosing(limit: self.closed)
            try await self.play(suite, http, tally: tally, people: people, closing: closing, progress) {
                pace = try await self.settle(
                    suite, databases, before: before, outsideBefore: outsideBefore, progress)
                guard !closing.cards.isEmpty else { return }
                let desk = try await DeskClient(
                    suite.deskURL, login: "admin", password: try suite.demoPassword(), http: http)
                let closed = try await closing.close(as: desk, patience: .seconds(min(self.patience, 40)))
                tally.withLockedValue { $0.closed = closed }
                progress.write("Закрыто карточек: \(closed.count); граждан спрашивают, всё ли хорошо")
                _ = try await self.settle(
                    suite, databases, before: before, outsideBefore: outsideBefore, progress)
            }
            for line in pace.lines { progress.write(line) }
            return DemoReport(
                counts: try await SuiteCounts.readAll(databases) - before, before: outsideBefore,
                after: try await suite.outside(), evidence: try await suite.evidence() - evidenceBefore,
                tally: tally.withLockedValue { $0 })
        }
        for line in report.lines { progress.write(line) }
        if !report.isGood(withFaults: self.withFaults, mayBeLate: self.mayBeLate) { throw ExitCode.failure }
    }

    /// Signs the operators in, lets the calls come, and stays until `settled` returns.
    private func play(
        _ suite: RunningSuite, _ http: OutboundHTTPClient, tally: NIOLockedValueBox<ScriptedOperator.Tally>,
        people: NIOLockedValueBox<Int>, closing: DemoClosing, _ progress: Progress, settled: () async throws -> Void
    ) async throws {
        let password = try suite.demoPassword()
        var desks: [DeskClient] = []
        for number in 1...self.operators {
            desks.append(
                try await DeskClient(suite.deskURL, login: "operator\(number)", password: password, http: http))
        }
        let slots = try await SlotPool.read(desks[0], count: self.calls * 2)
        let organizations = try await desks[0].get("/api/organizations", as: [Organization].self)
        // One exchange after the other: each has operators of its own.
        let exchanges = suite.state.exchanges
        let staff = desks.enumerated().map { index, desk in
            ScriptedOperator(
                desk,
                telephone: exchanges.count > 1 ? "\(1001 + index)@\(exchanges[index % exchanges.count])" : nil,
                slots: slots, organizations: organizations, tally: tally, people: people, closing: closing)
        }
        try await withThrowingTaskGroup { group in
            let (ready, isReady) = AsyncStream.makeStream(of: Void.self)
            for person in staff { group.addTask { await person.work { isReady.yield() } } }
            var count = 0
            for await _ in ready {
                count += 1
                if count == staff.count { break }
            }
            progress.write("Операторы готовы: \(count). Пошли звонки: \(self.calls), \(self.rate) в секунду")
            for (index, name) in suite.standExchanges.enumerated() {
                // What does not divide goes to the first.
                let share = self.calls / suite.standExchanges.count
                let rest = index == 0 ? self.calls % suite.standExchanges.count : 0
                let plan = Plan(
                    exchange: name, count: share + rest, rate: self.rate / Double(suite.standExchanges.count),
                    talk: self.talk, drop: self.drop, abandon: self.abandon, patience: 2)
                _ = try await LoopbackHTTP.send(
                    "PUT", "\(try suite.standURL())/stand/outcomes?exchange=\(name)",
                    body: try JSONEncoder().encode(["operatorRing": self.ring]))
                guard plan.count > 0 else { continue }
                let response = try await LoopbackHTTP.send(
                    "POST", "\(try suite.standURL())/stand/calls", body: try JSONEncoder().encode(plan))
                guard response.status < 300 else {
                    throw SuiteError("Стенд не принял задание, код \(response.status)")
                }
            }
            try await settled()
            for person in staff { try await person.set(.offline) }
            group.cancelAll()
        }
    }

    private struct Plan: Encodable {
        let exchange: String
        let count: Int
        let rate: Double
        let talk: Double
        let drop: Double
        let abandon: Double
        let patience: Double
    }

    /// Waits until the stand has offered all calls, none lives, and nothing is on its way in the suite; twice in a
    /// row, because work moves from one service to the next.
    /// - Returns: how fast the calls went through.
    private func settle(
        _ suite: RunningSuite, _ databases: [SuiteService: PostgresPool], before: SuiteCounts,
        outsideBefore: DemoReport.Outside, _ progress: Progress
    ) async throws -> CallPace {
        var pace = CallPace()
        let started = ContinuousClock.now
        let expected = Duration.seconds(Double(self.calls) / self.rate + Double(self.patience))
        let end = ContinuousClock.now + expected
        var quiet = 0
        // Seconds in which nothing moved at all, though something is missing: longer than any restart takes.
        var stillness = 0
        var last = SuiteCounts()
        while ContinuousClock.now < end {
            try await Task.sleep(for: .seconds(1))
            guard let outside = try? await suite.outside(),
                let forwarded = try? await SuiteCounts.forwarded(databases)
            else { continue }
            let offered =
                outside.exchange.announced + outside.exchange.fellThrough
                - outsideBefore.exchange.announced - outsideBefore.exchange.fellThrough
            pace.note(offered: offered, forwarded: forwarded - before["forwarded"], at: .now - started)
            if pace.count % 10 == 0 {
                progress.write("  предложено \(offered), передано карточек \(forwarded - before["forwarded"])")
            }
            // Counting everything costs the databases as much as several calls: not while calls still come.
            guard offered >= self.calls, outside.exchange.liveChannels == 0,
                let counts = try? await SuiteCounts.read(databases)
            else { continue }
            let made = counts - before
            let isStill = counts.values == last.values
            let isQuiet = isStill && counts.isSettled && made["forwarded"] >= made["answered"]
            // Orders of operators that are under way show in no table yet: forwarded is their last one.
            quiet = isQuiet ? quiet + 1 : 0
            stillness = isStill ? stillness + 1 : 0
            last = counts
            if quiet >= 2 || stillness >= 40 { return pace }
        }
        progress.write("Не улеглось за \(self.patience) секунд: таблица показывает, чего не хватает")
        return pace
    }
}
