import Foundation
public import Postgres

/// A PostgreSQL of a test's own that may be killed and started again. Root runs it as the user `postgres`.
public final class PrivatePostgres: Sendable {
    /// A server program that could not be run.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    private static let programs = "/usr/lib/postgresql/15/bin"

    private let home: URL
    private let port: Int

    /// Makes a data folder and starts the server on a free port of 127.0.0.1.
    public init() throws {
        self.home = FileManager.default.temporaryDirectory.appendingPathComponent("pg-\(UUID().uuidString)")
        self.port = Int.random(in: 20_000...29_999)
        try FileManager.default.createDirectory(at: self.home, withIntermediateDirectories: true)
        if getuid() == 0 { try Self.run("/usr/bin/chown", ["postgres", self.home.path], asServer: false) }
        try Self.run(
            "\(Self.programs)/initdb", ["-D", self.data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8"])
        try self.start()
    }

    public var settings: PostgresSettings {
        get throws { try PostgresSettings(url: "postgres://postgres@127.0.0.1:\(self.port)/postgres") }
    }

    /// Starts the server and returns when it answers.
    public func start() throws {
        let options = "-p \(self.port) -c listen_addresses=127.0.0.1 -c unix_socket_directories=\(self.home.path)"
        // After kill -9 the old children hold the shared memory for a moment and the start is refused: asked again.
        var attempts = 0
        while true {
            do {
                return try Self.run(
                    "\(Self.programs)/pg_ctl",
                    ["-D", self.data, "-w", "-l", self.home.appendingPathComponent("log").path, "-o", options, "start"])
            } catch {
                attempts += 1
                guard attempts < 20 else { throw error }
                usleep(250_000)
            }
        }
    }

    /// Ends the server's main process with SIGKILL, as a crash would.
    public func killHard() throws {
        let file = try String(contentsOfFile: self.data + "/postmaster.pid", encoding: .utf8)
        guard let pid = file.split(separator: "\n").first.flatMap({ pid_t($0) }), kill(pid, SIGKILL) == 0 else {
            throw Failure(description: "the private PostgreSQL has no process to kill")
        }
    }

    /// Stops the server and removes its folder.
    public func remove() throws {
        try Self.run("\(Self.programs)/pg_ctl", ["-D", self.data, "-m", "immediate", "stop"])
        try FileManager.default.removeItem(at: self.home)
    }

    private var data: String { self.home.appendingPathComponent("data").path }

    private static func run(_ program: String, _ arguments: [String], asServer: Bool = true) throws {
        let process = Process()
        let isRoot = asServer && getuid() == 0
        process.executableURL = URL(fileURLWithPath: isRoot ? "/usr/sbin/runuser" : program)
        process.arguments = isRoot ? ["-u", "postgres", "--", program] + arguments : arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "\(program) ended with status \(process.terminationStatus)")
        }
    }
}
