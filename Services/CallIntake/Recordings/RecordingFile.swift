import Foundation
import Glibc
import NIOConcurrencyHelpers

/// A file of the folder that is being written. Appended to by one task at a time, on threads that may wait.
final class RecordingFile: RecordingSink {
    private let url: URL
    private let handle: NIOLockedValueBox<FileHandle?>

    /// Makes the file and its sub-folder; what stood there of an earlier writing is lost. Blocks.
    init(creating url: URL) throws {
        let manager = FileManager.default
        try manager.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        // Readable by nobody else, not even for a moment.
        let descriptor = unsafe open(url.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw RecordingStorageError.failed("open", errno) }
        self.url = url
        self.handle = NIOLockedValueBox(FileHandle(fileDescriptor: descriptor, closeOnDealloc: true))
    }

    func append(_ bytes: [UInt8]) async throws {
        try await RecordingFolder.blocking {
            try self.handle.withLockedValue { handle in
                guard let handle else { throw RecordingStorageError.failed("write", EBADF) }
                try handle.write(contentsOf: Data(bytes))
            }
        }
    }

    /// Returns when the content is on the disk. Blocks.
    func close() throws {
        try self.handle.withLockedValue { handle in
            try handle?.synchronize()
            try handle?.close()
            handle = nil
        }
    }

    /// Removes it. Blocks.
    func abandon() throws {
        try self.handle.withLockedValue { handle in
            try handle?.close()
            handle = nil
        }
        if unsafe unlink(self.url.path) != 0, errno != ENOENT { throw RecordingStorageError.failed("unlink", errno) }
    }
}
