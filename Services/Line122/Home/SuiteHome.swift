import Foundation

/// The folder that holds everything of one installation. Two homes live side by side without knowing each other.
struct SuiteHome: Sendable {
    let folder: URL

    /// - Parameter path: the folder; without it `/var/lib/line122` for root (PostgreSQL runs as a user of its own
    ///   there and cannot enter a closed home folder), else one under the user's data folder.
    init(path: String?, environment: [String: String] = ProcessInfo.processInfo.environment) {
        if let path {
            self.folder = URL(fileURLWithPath: path, isDirectory: true).standardizedFileURL
        } else if ServerUser.isRoot {
            self.folder = URL(fileURLWithPath: "/var/lib/line122", isDirectory: true)
        } else if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") {
            self.folder = URL(fileURLWithPath: data, isDirectory: true).appendingPathComponent("line122")
        } else {
            self.folder = FileManager.default.homeDirectoryForCurrentUser
                .appendingPathComponent(".local/share/line122", isDirectory: true)
        }
    }

    var secrets: URL { self.folder.appendingPathComponent("secrets", isDirectory: true) }
    var logs: URL { self.folder.appendingPathComponent("log", isDirectory: true) }
    var running: URL { self.folder.appendingPathComponent("run", isDirectory: true) }
    var spool: URL { self.folder.appendingPathComponent("spool", isDirectory: true) }
    var recordings: URL { self.folder.appendingPathComponent("recordings", isDirectory: true) }
    var prompts: URL { self.folder.appendingPathComponent("prompts", isDirectory: true) }
    var postgres: URL { self.folder.appendingPathComponent("postgres", isDirectory: true) }
    var rabbitmq: URL { self.folder.appendingPathComponent("rabbitmq", isDirectory: true) }
    var ports: URL { self.folder.appendingPathComponent("ports.json") }
    var state: URL { self.running.appendingPathComponent("state.json") }
    var lock: URL { self.running.appendingPathComponent("line122.lock") }

    func log(of name: String) -> URL { self.logs.appendingPathComponent("\(name).log") }

    /// Makes the folders. The home itself is open to enter, because servers of other users live below it; what is
    /// private in it is closed.
    func create() throws {
        try Self.makeFolder(self.folder, mode: 0o755)
        for folder in [self.secrets, self.logs, self.running, self.spool, self.recordings] {
            try Self.makeFolder(folder, mode: 0o700)
        }
    }

    /// Forgets all data: databases, queues, secrets, spooled messages. Ports and logs stay.
    func forget() throws {
        for folder in [self.postgres, self.rabbitmq, self.secrets, self.spool, self.recordings]
        where FileManager.default.fileExists(atPath: folder.path) {
            try FileManager.default.removeItem(at: folder)
        }
    }

    /// Makes a folder with exactly these permissions, owned by `owner` when we are root.
    static func makeFolder(_ folder: URL, mode: Int, owner: ServerUser = .caller) throws {
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder.path)
            try owner.own(folder)
        } catch let error as CocoaError {
            throw SuiteError("Папку \(folder.path) не удалось подготовить: \(error.localizedDescription)")
        }
    }
}
