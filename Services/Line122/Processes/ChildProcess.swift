import Foundation

/// A started program: a process group of its own, so that Ctrl-C at the terminal reaches `line122` alone.
struct ChildProcess: Sendable {
    /// How a process ended.
    enum Exit: Sendable, Equatable, CustomStringConvertible {
        case code(Int32)
        case signal(Int32)

        var description: String {
            switch self {
            case .code(let code): "код \(code)"
            case .signal(let signal): "сигнал \(signal)"
            }
        }
    }

    let identity: ProcessIdentity?
    private let exited: Task<Exit, Never>

    /// Starts the program and notes it in `run/NAME.pid`, by which a later start finds it if we are killed.
    init(_ command: ChildCommand, home: SuiteHome) throws {
        let log = home.log(of: command.name)
        try Self.rotate(log)
        let words = command.words(logFile: log.path)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: words[0])
        process.arguments = Array(words.dropFirst())
        process.environment = command.environment
        // Servers of other users cannot always enter the folder we were started in.
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        let (exits, continuation) = AsyncStream<Exit>.makeStream()
        process.terminationHandler = { process in
            let status = process.terminationStatus
            continuation.yield(process.terminationReason == .exit ? .code(status) : .signal(status))
            continuation.finish()
        }
        try process.run()
        self.identity = ProcessIdentity(pid: process.processIdentifier)
        self.exited = Task {
            // Foundation tells of the end only while the object lives; nothing else here holds it.
            defer { withExtendedLifetime(process) {} }
            for await exit in exits { return exit }
            return .signal(0)
        }
        if let identity = self.identity {
            try PidFiles(home).write(identity, stopSignal: command.stopSignal, as: command.name)
        }
    }

    /// Waits for the end of the process.
    func waitForExit() async -> Exit { await self.exited.value }

    /// Keeps the previous log once the current one has grown beyond 16 MiB.
    private static func rotate(_ log: URL) throws {
        let manager = FileManager.default
        guard let size = try? manager.attributesOfItem(atPath: log.path)[.size] as? Int, size > 16 << 20 else { return }
        let previous = log.appendingPathExtension("1")
        if manager.fileExists(atPath: previous.path) { try manager.removeItem(at: previous) }
        try manager.moveItem(at: log, to: previous)
    }
}
