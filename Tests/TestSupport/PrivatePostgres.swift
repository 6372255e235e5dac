import Foundation
internal import NIOConcurrencyHelpers
public import Postgres

/// A PostgreSQL of a test's own, with TLS, that may be killed and started again. Root runs it as the user `postgres`.
public final class PrivatePostgres: Sendable {
    private static let programs = "/usr/lib/postgresql/15/bin"

    private let home: URL
    private let port: Int
    private let server = NIOLockedValueBox<Process?>(nil)

    /// Makes a data folder and starts the server on a port of 127.0.0.1.
    public init() throws {
        self.home = FileManager.default.temporaryDirectory.appendingPathComponent("pg-\(UUID().uuidString)")
        self.port = try FreePorts.take(1)[0]
        try FileManager.default.createDirectory(at: self.home, withIntermediateDirectories: true)
        let certificates = TestCertificates(folder: self.home)
        // Two authorities, of which the second has signed nothing.
        for name in ["ca", "stranger"] { try certificates.makeAuthority(name) }
        try certificates.make("server", signedBy: "ca", extensions: "subjectAltName=DNS:localhost")
        try TestProgram.give(self.home, to: "postgres")
        let arguments = ["-D", self.data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8"]
        try TestProgram.complete(Self.serverProcess("initdb", arguments))
        try self.start()
    }

    public var settings: PostgresSettings {
        get throws { try PostgresSettings(url: "postgres://postgres@127.0.0.1:\(self.port)/postgres") }
    }

    /// Over TLS, with a verified server: it is believed when `authority` signed its certificate for `host`.
    public func tlsSettings(host: String = "localhost", authority: String = "ca") throws -> PostgresSettings {
        let root = self.home.appendingPathComponent("\(authority).pem").path
        return try PostgresSettings(
            url: "postgres://postgres@\(host):\(self.port)/postgres?sslmode=verify-full&sslrootcert=\(root)")
    }

    /// Starts the server and does not wait: a pool does.
    public func start() throws {
        let process = Self.serverProcess(
            "postgres",
            [
                "-D", self.data, "-p", "\(self.port)", "-c", "listen_addresses=127.0.0.1", "-c",
                "unix_socket_directories=\(self.home.path)", "-c", "ssl=on", "-c",
                "ssl_cert_file=\(self.home.appendingPathComponent("server.pem").path)", "-c",
                "ssl_key_file=\(self.home.appendingPathComponent("server.key").path)",
            ])
        try process.run()
        self.server.withLockedValue { $0 = process }
    }

    /// Ends the server's main process with SIGKILL, as a crash would, and waits until its children are gone too.
    public func killHard() throws { try self.end(with: SIGKILL) }

    /// Stops the server and removes its folder.
    public func remove() throws {
        try self.end(with: SIGQUIT)
        try FileManager.default.removeItem(at: self.home)
    }

    private func end(with signal: Int32) throws {
        let process = self.server.withLockedValue { server in
            defer { server = nil }
            return server
        }
        guard let process else { return }
        guard kill(process.processIdentifier, signal) == 0 else {
            throw TestProgram.Failure(description: "the private PostgreSQL has no process to end")
        }
        // Foundation waits for everything that inherited the process's socket, so for all backends.
        process.waitUntilExit()
    }

    private var data: String { self.home.appendingPathComponent("data").path }

    private static func serverProcess(_ name: String, _ arguments: [String]) -> Process {
        TestProgram.process("\(self.programs)/\(name)", arguments, as: "postgres")
    }
}
