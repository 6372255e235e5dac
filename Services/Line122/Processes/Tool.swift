import Foundation

/// A program that does one thing and ends: `initdb`, `psql`, `SERVICE migrate`.
enum Tool {
    struct Result: Sendable {
        let exit: ChildProcess.Exit
        let output: String
        let errors: String
    }

    /// Runs a program to its end.
    /// - Parameters:
    ///   - words: the program and its arguments; no secrets, they are visible to all users of the machine.
    ///   - input: what it reads from standard input.
    static func run(
        _ words: [String], environment: [String: String], input: String = ""
    ) async throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["--default-signal=HUP,INT,QUIT,TERM,PIPE"] + words
        process.environment = environment
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
        process.standardInput = stdin
        process.standardOutput = stdout
        process.standardError = stderr
        let (exits, continuation) = AsyncStream<ChildProcess.Exit>.makeStream()
        process.terminationHandler = { process in
            let status = process.terminationStatus
            continuation.yield(process.terminationReason == .exit ? .code(status) : .signal(status))
            continuation.finish()
        }
        // Less than a pipe holds (64 KiB, pipe(7)), so that writing never waits for the reader; and before there is one,
        // because a program that ends without reading would make this a write to nobody, which kills us (SIGPIPE).
        try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try stdin.fileHandleForWriting.close()
        try process.run()
        let identity = ProcessIdentity(pid: process.processIdentifier)
        return try await withTaskCancellationHandler {
            async let output = Self.readAll(stdout.fileHandleForReading)
            async let errors = Self.readAll(stderr.fileHandleForReading)
            var exit = ChildProcess.Exit.signal(0)
            for await value in exits { exit = value }
            // Foundation tells of the end only while the object lives; nothing else here holds it.
            withExtendedLifetime(process) {}
            let result = try await Result(exit: exit, output: output, errors: errors)
            try Task.checkCancellation()
            return result
        } onCancel: {
            identity?.signalGroup(SIGTERM)
        }
    }

    /// Runs a program that must succeed.
    /// - Throws: `SuiteError` with `what` and the last line that the program wrote about its failure.
    @discardableResult
    static func require(
        _ what: String, _ words: [String], environment: [String: String], input: String = ""
    ) async throws -> String {
        let result = try await Self.run(words, environment: environment, input: input)
        guard result.exit == .code(0) else {
            let said = (result.errors + result.output).split(separator: "\n").suffix(5).joined(separator: "\n")
            throw SuiteError("\(what): \(result.exit)\n\(said)")
        }
        return result.output
    }

    /// Reading blocks, so it happens on a thread outside the cooperative pool.
    private static func readAll(_ handle: FileHandle) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    with: Swift.Result { String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self) })
            }
        }
    }
}
