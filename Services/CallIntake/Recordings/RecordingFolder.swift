import Dispatch
import Foundation
import Glibc

/// Recordings in a folder, a volume that replicas may share: sub-folders by the first two digits of the id, files that
/// only their owner reads.
struct RecordingFolder: RecordingStorage {
    private static let unfinished = ".part"

    let directory: URL

    func write<R: Sendable>(
        _ path: String, _ body: @Sendable (any RecordingSink) async throws -> R
    ) async throws -> R {
        let final = self.directory.appendingPathComponent(path)
        let temporary = URL(fileURLWithPath: final.path + Self.unfinished)
        let file = try await Self.blocking { try RecordingFile(creating: temporary) }
        do {
            let result = try await body(file)
            try await Self.blocking {
                try file.close()
                try Self.check("rename") { unsafe rename(temporary.path, final.path) }
                // The name is durable only when its folder is (fsync(2)).
                try Self.synchronize(final.deletingLastPathComponent())
                try Self.synchronize(self.directory)
            }
            return result
        } catch {
            // Best effort: what stays is removed before the next attempt.
            await Self.quietly { try file.abandon() }
            throw error
        }
    }

    func read(_ path: String, _ range: Range<Int>) async throws -> [UInt8] {
        let url = self.directory.appendingPathComponent(path)
        return try await Self.blocking {
            guard FileManager.default.fileExists(atPath: url.path) else { throw RecordingStorageError.missing }
            let file = try FileHandle(forReadingFrom: url)
            defer { try? file.close() }
            try file.seek(toOffset: UInt64(range.lowerBound))
            var bytes: [UInt8] = []
            bytes.reserveCapacity(range.count)
            while bytes.count < range.count {
                guard let more = try file.read(upToCount: range.count - bytes.count), !more.isEmpty else {
                    throw RecordingStorageError.missing
                }
                bytes += more
            }
            return bytes
        }
    }

    func remove(_ path: String) async throws {
        let url = self.directory.appendingPathComponent(path)
        try await Self.blocking {
            for name in [url.path, url.path + Self.unfinished] {
                guard unsafe unlink(name) != 0, errno != ENOENT else { continue }
                throw RecordingStorageError.failed("unlink", errno)
            }
        }
    }

    func paths(olderThan moment: Date, _ body: @Sendable ([String]) async throws -> Void) async throws {
        let folders = try await Self.blocking {
            try FileManager.default.contentsOfDirectory(atPath: self.directory.path).filter { $0.count == 2 }.sorted()
        }
        for folder in folders {
            let paths = try await Self.blocking { try self.paths(in: folder, olderThan: moment) }
            if !paths.isEmpty { try await body(paths) }
        }
    }

    private func paths(in folder: String, olderThan moment: Date) throws -> [String] {
        let manager = FileManager.default
        let url = self.directory.appendingPathComponent(folder)
        var paths: Set<String> = []
        for name in try manager.contentsOfDirectory(atPath: url.path) {
            let attributes = try? manager.attributesOfItem(atPath: url.appendingPathComponent(name).path)
            // One that is gone meanwhile is not of interest.
            guard let date = attributes?[.modificationDate] as? Date, date < moment else { continue }
            paths.insert("\(folder)/\(name.replacing(Self.unfinished, with: ""))")
        }
        return paths.sorted()
    }

    // MARK: The disk

    /// Not on the cooperative pool: it waits for the disk.
    static func blocking<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global(qos: .utility).async { continuation.resume(with: Result(catching: body)) }
        }
    }

    private static func quietly(_ body: @escaping @Sendable () throws -> Void) async {
        _ = try? await self.blocking(body)
    }

    private static func check(_ what: String, _ body: () -> Int32) throws {
        guard body() == 0 else { throw RecordingStorageError.failed(what, errno) }
    }

    private static func synchronize(_ folder: URL) throws {
        let descriptor = unsafe open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw RecordingStorageError.failed("open", errno) }
        defer { close(descriptor) }
        try self.check("fsync") { fsync(descriptor) }
    }
}
