import Foundation

/// A program that a test runs, in `/`, with what it writes thrown away.
enum TestProgram {
    /// A program that could not be run.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static func process(_ program: String, _ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        return process
    }

    /// A server's program, as its user when we are root. `setpriv` replaces itself, so the process is the server and
    /// signals reach it.
    static func process(_ program: String, _ arguments: [String], as user: String) -> Process {
        guard getuid() == 0 else { return self.process(program, arguments) }
        return self.process(
            "/usr/bin/setpriv", ["--reuid=\(user)", "--regid=\(user)", "--clear-groups", program] + arguments)
    }

    /// Gives a folder to a server's user when we are root.
    static func give(_ folder: URL, to user: String) throws {
        guard getuid() == 0 else { return }
        try self.complete(self.process("/usr/bin/chown", ["-R", "\(user):\(user)", folder.path]))
    }

    static func complete(_ process: Process) throws {
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let words = [process.executableURL?.lastPathComponent ?? ""] + (process.arguments ?? []).prefix(7)
            throw Failure(
                description: "\(words.joined(separator: " ")) ended with status \(process.terminationStatus)")
        }
    }
}
