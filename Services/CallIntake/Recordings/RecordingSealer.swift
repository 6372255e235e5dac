import Crypto
import Foundation

/// Encrypts a sound while it comes, without ever holding more than a chunk of it; counts, hashes and reads its header.
actor RecordingSealer {
    /// What is known of the sound when all of it has come.
    struct Summary: Sendable {
        let sizeBytes: Int
        let sha256: Data
        /// Nil when the sound is no WAV file.
        let durationMilliseconds: Int?
    }

    private let cipher: RecordingCipher
    private let sink: any RecordingSink
    private var buffer: [UInt8] = []
    private var head: [UInt8] = []
    private var hash = SHA256()
    private var size = 0
    private var chunk = 0

    init(cipher: RecordingCipher, sink: any RecordingSink) {
        self.cipher = cipher
        self.sink = sink
    }

    /// Calls come one after another.
    func append(_ bytes: [UInt8]) async throws {
        if self.chunk == 0, self.size == 0 { try await self.sink.append(RecordingCipher.header) }
        self.hash.update(data: bytes)
        self.size += bytes.count
        if self.head.count < WAVHeader.searched {
            self.head += bytes.prefix(WAVHeader.searched - self.head.count)
        }
        self.buffer += bytes
        // A full chunk waits until it is known not to be the last.
        while self.buffer.count > RecordingCipher.chunkBytes {
            try await self.write(self.buffer.prefix(RecordingCipher.chunkBytes), isLast: false)
            self.buffer.removeFirst(RecordingCipher.chunkBytes)
        }
    }

    /// - Throws: `RecordingSourceError.empty` when nothing has come.
    func finish() async throws -> Summary {
        guard self.size > 0 else { throw RecordingSourceError.empty }
        try await self.write(self.buffer[...], isLast: true)
        return Summary(
            sizeBytes: self.size, sha256: Data(self.hash.finalize()),
            durationMilliseconds: WAVHeader(self.head)?.duration(fileBytes: self.size))
    }

    private func write(_ plain: ArraySlice<UInt8>, isLast: Bool) async throws {
        let sealed = try self.cipher.seal(plain, chunk: self.chunk, isLast: isLast)
        self.chunk += 1
        try await self.sink.append(sealed)
    }
}
