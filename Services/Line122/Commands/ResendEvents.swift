import ArgumentParser
import Foundation
import Messaging

/// `line122 resend`: publishes again what was sent, for a broker that lost all it held.
struct ResendEvents: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resend",
        abstract: "Разослать события ещё раз, если брокер потерял всё; повторы службы узнают и пропускают.")

    @OptionGroup var location: HomeOptions
    @Option(help: "С какого момента: 2026-11-21T06:00:00Z, или столько минут назад: 30m.") var since: String

    func run() async throws {
        let moment: Date
        if self.since.hasSuffix("m"), let minutes = Double(self.since.dropLast()), minutes > 0 {
            moment = Date().addingTimeInterval(-minutes * 60)
        } else if let parsed = Timestamp.date(from: self.since) {
            moment = parsed
        } else {
            throw ValidationError("--since: время как 2026-11-21T06:00:00Z или минуты как 30m")
        }
        let suite = try RunningSuite(self.location.suiteHome)
        try await suite.withDatabases { databases in
            for service in SuiteService.allCases {
                guard let database = databases[service] else { continue }
                let count = try await Resend.resend(since: moment, in: database)
                Progress().write("\(service.rawValue): \(count)")
            }
        }
    }
}
