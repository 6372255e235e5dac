import ArgumentParser
import Foundation
import Messaging
import Postgres
import ServiceSupport

/// The electronic journal of appeals: cards, numbers, history, forwarding.
@main
struct Journal: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal", abstract: "The electronic journal of appeals.",
        subcommands: [Serve.self, Migration.self],
        defaultSubcommand: Serve.self)

    struct Migration: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "migrate", abstract: "Bring the database up to date.")

        func run() async throws {
            try await ServiceExit.reportingSettings("journal") {
                try await Migrate.run("journal", [.messaging, Journal.migrations])
            }
        }
    }

    static let migrations = MigrationSet(
        component: "journal",
        directory: Bundle.module.bundleURL.appendingPathComponent("Migrations", isDirectory: true))
}
