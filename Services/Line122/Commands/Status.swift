import ArgumentParser
import Foundation
import Vocabulary

/// `line122 status`: who is ready, what waits in queues and outboxes.
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Состояние служб, очередей и исходящих событий.",
        discussion: "Код завершения 1, если хоть одна служба не готова.")

    @OptionGroup var location: HomeOptions

    func run() async throws {
        let home = self.location.suiteHome
        let state = try SuiteState.read(from: home)
        let progress = Progress()
        let secrets = SecretStore(folder: home.secrets)
        progress.write(
            "Рабочее место \(state.deskURL)/, процесс \(state.process.pid), запущено \(state.startedAt.formatted(.iso8601))"
        )
        progress.write("")
        let allReady = await self.services(state, progress)
        await self.calendar(state, progress)
        progress.write("")
        try await self.queues(state, secrets, progress)
        progress.write("")
        try await self.outboxes(home, state, secrets, progress)
        if !allReady { throw ExitCode.failure }
    }

    private func services(_ state: SuiteState, _ progress: Progress) async -> Bool {
        var allReady = true
        for service in state.services {
            let readiness = await Readiness.ask(service.url)
            allReady = allReady && readiness.isReady
            let words = readiness.isReady ? "готов" : readiness.isLive ? "работает, не готов" : "не работает"
            let missing = readiness.missing.isEmpty ? "" : ": \(readiness.missing.joined(separator: ", "))"
            progress.write("\(Self.column(service.name, 18))\(words)\(missing)")
        }
        return allReady
    }

    /// Says months before that the production calendar ends; nothing while it is known for long, or always open.
    private func calendar(_ state: SuiteState, _ progress: Progress) async {
        guard let service = state.services.first(where: { $0.name == SuiteService.callIntake.rawValue }),
            let metrics = try? await LoopbackHTTP.send("GET", "\(service.url)/metrics"),
            let warning = Self.calendarWarning(inMetrics: String(decoding: metrics.body, as: UTF8.self))
        else { return }
        progress.write("")
        progress.write(warning)
    }

    static func calendarWarning(inMetrics text: String) -> String? {
        let name = "production_calendar_official_days "
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name) }),
            let days = Double(line.dropFirst(name.count)), days < Double(ProductionCalendar.warningDays)
        else { return nil }
        return
            "Производственный календарь известен ещё на \(Russian.counted(Int(days), "день", "дня", "дней")): добавьте файл следующего года в PRODUCTION_CALENDAR_FILE"
    }

    private func queues(_ state: SuiteState, _ secrets: SecretStore, _ progress: Progress) async throws {
        let management = ManagementAPI(
            port: state.ports[.management], user: EmbeddedRabbitMQ.user,
            password: secrets.known("rabbitmq-password") ?? "", virtualHost: EmbeddedRabbitMQ.virtualHost)
        progress.write("\(Self.column("очередь", 28))ждёт   в работе  слушают")
        for queue in try await management.queues() {
            progress.write(
                Self.column(queue.name, 28) + Self.column("\(queue.messagesReady ?? 0)", 7)
                    + Self.column("\(queue.messagesUnacknowledged ?? 0)", 10) + "\(queue.consumers ?? 0)")
        }
    }

    private func outboxes(
        _ home: SuiteHome, _ state: SuiteState, _ secrets: SecretStore, _ progress: Progress
    ) async throws {
        let postgres = try EmbeddedPostgres(
            home: home, port: state.ports[.postgres], secrets: secrets, progress: progress)
        progress.write("\(Self.column("база", 18))не отправлено  некому  отложено  разобрать")
        for service in SuiteService.allCases {
            let counts = try await postgres.run(sql: SuiteTables.counts, database: service.database)
                .split(whereSeparator: { $0 == "|" || $0.isNewline }).map(String.init)
            let widths = [15, 8, 10, 0]
            progress.write(
                Self.column(service.database, 18) + zip(counts, widths).map { Self.column($0, $1) }.joined())
        }
    }

    private static func column(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
