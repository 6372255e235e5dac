import ArgumentParser
import Foundation
import Messaging
import Postgres
import ServiceSupport

/// Books visits to doctors in the МИС of the region (B-01, B-03).
@main
struct Booking: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "booking", abstract: "Books visits to doctors in the МИС of the region.",
        subcommands: [Serve.self, Migration.self],
        defaultSubcommand: Serve.self)

    struct Migration: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "migrate", abstract: "Bring the database up to date.")

        func run() async throws {
            try await ServiceExit.reportingSettings("booking") {
                try await Migrate.run("booking", [.messaging, Booking.migrations])
            }
        }
    }

    static let migrations = MigrationSet(
        component: "booking",
        directory: Bundle.module.bundleURL.appendingPathComponent("Migrations", isDirectory: true))
}
