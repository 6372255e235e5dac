import ArgumentParser
import Foundation
import Messaging
import Postgres
import ServiceSupport

/// Calls citizens back when the line broke (C-01, C-02).
@main
struct CallbackDialer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "callback-dialer", abstract: "Calls citizens back when the line broke.",
        subcommands: [Serve.self, Migration.self],
        defaultSubcommand: Serve.self)

    struct Migration: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "migrate", abstract: "Bring the database up to date.")

        func run() async throws {
            try await ServiceExit.reportingSettings("callback-dialer") {
                try await Migrate.run("callback-dialer", [.messaging, CallbackDialer.migrations])
            }
        }
    }

    static let migrations = MigrationSet(
        component: "callback-dialer",
        directory: Bundle.module.bundleURL.appendingPathComponent("Migrations", isDirectory: true))
}
