import ArgumentParser
import Foundation
import Messaging

/// `line122 parked`: messages that need a person.
struct Parked: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Отложенные сообщения, которым нужен человек.", subcommands: [List.self, Retry.self, Drop.self],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Показать отложенные сообщения.")
        @OptionGroup var location: HomeOptions
        @Option(help: "Только эта служба.") var service: SuiteService?

        func run() async throws {
            let suite = try RunningSuite(self.location.suiteHome)
            let services = self.service.map { [$0] } ?? SuiteService.allCases
            try await suite.withDatabases(services) { databases in
                let progress = Progress()
                var count = 0
                for service in services {
                    guard let database = databases[service] else { continue }
                    for entry in try await ParkedMessages(database: database).list() {
                        count += 1
                        progress.write(
                            "\(service.rawValue)  \(entry.id.uuidString.lowercased())  \(entry.type ?? "?")  "
                                + "\(entry.reason): \(entry.detail)  \(entry.parkedAt.formatted(.iso8601))")
                    }
                }
                if count == 0 { progress.write("Отложенных сообщений нет.") }
            }
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Обработать ещё раз.")
        @OptionGroup var location: HomeOptions
        @Option(help: "Служба, у которой сообщение отложено.") var service: SuiteService
        @Argument(help: "Номера сообщений из line122 parked list.", transform: Parked.id) var ids: [UUID]

        func run() async throws {
            try await Parked.change(self.location, self.service) { try await $0.retry(self.ids) }
        }
    }

    struct Drop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Отказаться от сообщений; следующие за ними будут обработаны.")
        @OptionGroup var location: HomeOptions
        @Option(help: "Служба, у которой сообщение отложено.") var service: SuiteService
        @Argument(help: "Номера сообщений из line122 parked list.", transform: Parked.id) var ids: [UUID]

        func run() async throws {
            try await Parked.change(self.location, self.service) { try await $0.drop(self.ids) }
        }
    }

    private static func id(_ text: String) throws -> UUID {
        guard let id = UUID(uuidString: text) else { throw ValidationError("Не номер сообщения: \(text)") }
        return id
    }

    private static func change(
        _ location: HomeOptions, _ service: SuiteService,
        _ body: @escaping @Sendable (ParkedMessages) async throws -> Int
    ) async throws {
        let suite = try RunningSuite(location.suiteHome)
        let count = try await suite.withDatabases([service]) { databases in
            guard let database = databases[service] else { return 0 }
            return try await body(ParkedMessages(database: database))
        }
        Progress().write("Сообщений: \(count)")
    }
}

extension SuiteService: ExpressibleByArgument {}
