import ArgumentParser
import Foundation
import Messaging
import Postgres
import ServiceSupport

/// The workplace: the only door of the suite for people.
@main
struct OperatorDesk: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "operator-desk", abstract: "The workplace of operators.",
        subcommands: [Serve.self, Migration.self, AccountCommand.self],
        defaultSubcommand: Serve.self)

    struct Migration: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "migrate", abstract: "Bring the database up to date.")

        func run() async throws {
            try await ServiceExit.reportingSettings("operator-desk") {
                try await Migrate.run("operator-desk", [.messaging, OperatorDesk.migrations])
            }
        }
    }

    static let migrations = MigrationSet(
        component: "operator-desk",
        directory: Bundle.module.bundleURL.appendingPathComponent("Migrations", isDirectory: true))
}
