/// Decrypts a range of a sound piece by piece, reading only the chunks that it touches.
struct RecordingReader: Sendable {
    /// Chunks read from the storage at once: 256 KiB.
    private static let together = 4

    let storage: any RecordingStorage
    let sound: StoredSound
    let cipher: RecordingCipher
    /// What is still to be given, in bytes of the sound.
    private var left: Range<Int>

    /// - Parameter range: within the sound.
    init(storage: any RecordingStorage, sound: StoredSound, range: Range<Int>, cipher: RecordingCipher) {
        self.storage = storage
        self.sound = sound
        self.cipher = cipher
        self.left = range.clamped(to: 0..<sound.sizeBytes)
    }

    /// The next bytes; nil after the last.
    /// - Throws: `RecordingCipher.Damaged`, `RecordingStorageError`.
    mutating func next() async throws -> [UInt8]? {
        guard !self.left.isEmpty else { return nil }
        let size = RecordingCipher.chunkBytes
        let count = RecordingCipher.chunks(ofSize: self.sound.sizeBytes)
        let first = self.left.lowerBound / size
        let last = min((self.left.upperBound - 1) / size, first + Self.together - 1)
        let end = min(
            RecordingCipher.offset(ofChunk: last + 1), RecordingCipher.fileBytes(ofSize: self.sound.sizeBytes))
        let start = RecordingCipher.offset(ofChunk: first)
        let sealed = try await self.storage.read(self.sound.path, start..<end)
        var plain: [UInt8] = []
        plain.reserveCapacity((last - first + 1) * size)
        for chunk in first...last {
            let from = RecordingCipher.offset(ofChunk: chunk) - start
            let to = min(from + size + RecordingCipher.tagBytes, sealed.count)
            guard from < to else { throw RecordingCipher.Damaged() }
            plain += try self.cipher.open(sealed[from..<to], chunk: chunk, isLast: chunk == count - 1)
        }
        let wanted = self.left.lowerBound - first * size..<min(self.left.upperBound, (last + 1) * size) - first * size
        guard wanted.upperBound <= plain.count else { throw RecordingCipher.Damaged() }
        self.left = min(self.left.upperBound, (last + 1) * size)..<self.left.upperBound
        return Array(plain[wanted])
    }
}
