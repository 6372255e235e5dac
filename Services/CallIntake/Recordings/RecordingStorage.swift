import Foundation

/// Where encrypted recordings lie: a folder, or an object store behind the same few words. Paths are relative, made
/// by `RecordingPath`, and each is written once.
protocol RecordingStorage: Sendable {
    /// Writes a file: it is there, whole and durable, when this returns, and not there at all when `body` throws.
    func write<R: Sendable>(_ path: String, _ body: @Sendable (any RecordingSink) async throws -> R) async throws -> R

    /// Exactly these bytes of a file.
    /// - Throws: `RecordingStorageError.missing` when the file or a part of the range is not there.
    func read(_ path: String, _ range: Range<Int>) async throws -> [UInt8]

    /// Removes a file and what an interrupted writing of it has left. One that is not there is removed already.
    func remove(_ path: String) async throws

    /// The files, finished or not, that were last written before `moment`, a folder's at a time: years of recordings
    /// have millions of names, which never stand in memory at once.
    func paths(olderThan moment: Date, _ body: @Sendable ([String]) async throws -> Void) async throws
}

/// Takes the bytes of a file that is being written, in order.
protocol RecordingSink: Sendable {
    func append(_ bytes: [UInt8]) async throws
}

/// Safe to log.
enum RecordingStorageError: Error, Sendable, Equatable, CustomStringConvertible {
    case missing
    /// What the system could not do, and its error number.
    case failed(String, Int32)

    var description: String {
        switch self {
        case .missing: "the recording's file is not there"
        case .failed(let what, let code): "the recordings' folder: \(what) failed with error \(code)"
        }
    }
}

/// The names of the files: they say nothing of the call. Each attempt to fetch a recording writes a file of its own,
/// so that one which was believed dead cannot overwrite what another has stored.
enum RecordingPath {
    private static let ending = ".l122rec"

    /// `3f/3f2a…-1.l122rec`: 256 folders.
    static func path(of id: UUID, attempt: Int) -> String {
        let name = id.uuidString.lowercased()
        return "\(name.prefix(2))/\(name)-\(attempt)\(self.ending)"
    }

    /// The recording whose file this is; nil for a file of another kind.
    static func id(of path: String) -> UUID? {
        guard path.hasSuffix(self.ending), let name = path.split(separator: "/").last else { return nil }
        return UUID(uuidString: String(name.prefix(36)))
    }
}
