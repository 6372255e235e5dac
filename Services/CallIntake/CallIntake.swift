import ArgumentParser
import Foundation
import Messaging
import Postgres
import ServiceSupport

/// Takes the calls of the exchange: queue, operators, dials.
@main
struct CallIntake: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call-intake", abstract: "Takes the calls of the exchange: queue, operators, dials.",
        subcommands: [Serve.self, Migration.self], defaultSubcommand: Serve.self)

    struct Migration: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "migrate", abstract: "Brings the database up to date.")

        func run() async throws {
            try await ServiceExit.reportingSettings("call-intake") {
                try await Migrate.run("call-intake", [.messaging, CallIntake.migrations])
            }
        }
    }

    static let migrations = MigrationSet(
        component: "call-intake",
        directory: Bundle.module.bundleURL.appendingPathComponent("Migrations", isDirectory: true))
}
