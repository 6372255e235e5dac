import Foundation

/// `run/NAME.pid`: which processes belong to this home, also after `line122` itself was killed.
struct PidFiles: Sendable {
    private struct Entry: Codable {
        let process: ProcessIdentity
        let stopSignal: Int32
    }

    private let folder: URL

    init(_ home: SuiteHome) {
        self.folder = home.running
    }

    func write(_ identity: ProcessIdentity, stopSignal: Int32, as name: String) throws {
        let data = try JSONEncoder().encode(Entry(process: identity, stopSignal: stopSignal))
        try data.write(to: self.file(name), options: .atomic)
    }

    func remove(_ name: String) throws {
        guard FileManager.default.fileExists(atPath: self.file(name).path) else { return }
        try FileManager.default.removeItem(at: self.file(name))
    }

    /// Ends what an earlier `line122` left running: services first, then the servers, epmd last.
    /// - Returns: the names of those that were still alive.
    func endLeftovers() async throws -> [String] {
        let names = try FileManager.default.contentsOfDirectory(atPath: self.folder.path)
            .filter { $0.hasSuffix(".pid") }.map { String($0.dropLast(4)) }.sorted()
        let servers: [[String]] = [["rabbitmq", "postgres"], ["epmd"]]
        var ended: [String] = []
        for stage in [names.filter { !servers.joined().contains($0) }] + servers {
            try await withThrowingTaskGroup(of: String?.self) { group in
                for name in stage where names.contains(name) {
                    group.addTask { try await self.end(name) ? name : nil }
                }
                for try await name in group { if let name { ended.append(name) } }
            }
        }
        return ended
    }

    private func end(_ name: String) async throws -> Bool {
        defer { try? self.remove(name) }  // A file that stays names a process that is gone: harmless.
        guard let data = FileManager.default.contents(atPath: self.file(name).path),
            let entry = try? JSONDecoder().decode(Entry.self, from: data), entry.process.isAlive
        else { return false }
        entry.process.signal(entry.stopSignal)
        if await !entry.process.waitUntilGone(.seconds(10)) {
            entry.process.signalGroup(SIGKILL)
            guard await entry.process.waitUntilGone(.seconds(5)) else {
                throw SuiteError(
                    "Процесс \(entry.process.pid) (\(name)) прежнего запуска не завершается: завершите его сами")
            }
        }
        return true
    }

    private func file(_ name: String) -> URL { self.folder.appendingPathComponent("\(name).pid") }
}
