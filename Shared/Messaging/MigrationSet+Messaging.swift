internal import Foundation
public import Postgres

extension MigrationSet {
    /// The tables of outbox, inbox and requests; comes before a service's own.
    public static var messaging: MigrationSet {
        // The folder is copied into the bundle by Package.swift: without it the build is broken.
        MigrationSet(
            component: "messaging",
            directory: Bundle.module.bundleURL.appendingPathComponent("Migrations", isDirectory: true))
    }
}
