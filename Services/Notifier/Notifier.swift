import ArgumentParser
import Foundation
import Messaging
import Postgres
import ServiceSupport

/// Writes and delivers messages to citizens and organizations (N-01, N-02).
@main
struct Notifier: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notifier", abstract: "Messages to citizens and organizations.",
        subcommands: [Serve.self, Migration.self],
        defaultSubcommand: Serve.self)

    struct Migration: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "migrate", abstract: "Bring the database up to date.")

        func run() async throws {
            try await ServiceExit.reportingSettings("notifier") {
                try await Migrate.run("notifier", [.messaging, Notifier.migrations])
            }
        }
    }

    static let migrations = MigrationSet(
        component: "notifier",
        directory: Bundle.module.bundleURL.appendingPathComponent("Migrations", isDirectory: true))
}
