import Crypto
import Foundation

/// A sound that lies encrypted in the storage, and what must be written down of it.
struct SealedRecording: Sendable {
    let path: String
    let key: WrappedKey
    let sizeBytes: Int
    let sha256: Data
    /// From the WAV header; nil when there is none.
    let durationMilliseconds: Int?
}

/// What is written down of a stored sound.
struct StoredSound: Sendable {
    let recordingID: UUID
    let path: String
    let sizeBytes: Int
    let sha256: Data
    let key: WrappedKey
}

/// Encrypts sounds into the storage and plays them from it.
struct RecordingVault: Sendable {
    let keys: RecordingKeys
    let storage: any RecordingStorage

    /// Encrypts what `source` gives into a file of this attempt, under a key of its own. The file is durable when this
    /// returns; until its key is committed it is nobody's.
    func seal(
        _ id: UUID, attempt: Int,
        _ source: @escaping @Sendable (_ take: @Sendable ([UInt8]) async throws -> Void) async throws -> Void
    ) async throws -> SealedRecording {
        let (key, wrapped) = try self.keys.make(for: id)
        let path = RecordingPath.path(of: id, attempt: attempt)
        let summary = try await self.storage.write(path) { sink in
            let sealer = RecordingSealer(cipher: RecordingCipher(key: key), sink: sink)
            try await source { try await sealer.append($0) }
            return try await sealer.finish()
        }
        return SealedRecording(
            path: path, key: wrapped, sizeBytes: summary.sizeBytes, sha256: summary.sha256,
            durationMilliseconds: summary.durationMilliseconds)
    }

    /// Removes what attempts before this one have left, half written or whole.
    func clear(_ id: UUID, before attempt: Int) async throws {
        for earlier in 1..<max(1, attempt) {
            try await self.storage.remove(RecordingPath.path(of: id, attempt: earlier))
        }
    }

    /// Reads these bytes of the sound.
    /// - Throws: `RecordingKeys.CannotOpen`.
    func reader(of sound: StoredSound, _ range: Range<Int>) throws -> RecordingReader {
        RecordingReader(
            storage: self.storage, sound: sound, range: range,
            cipher: RecordingCipher(key: try self.keys.open(sound.key, for: sound.recordingID)))
    }
}
