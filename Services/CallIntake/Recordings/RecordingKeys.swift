import Crypto
import Foundation
import Statements

/// The key of one recording, closed with a master key; what the database keeps.
struct WrappedKey: Sendable, Equatable {
    /// Which master key closed it.
    let keyID: String
    let wrapped: Data
}

/// The master keys, from `RECORDINGS_KEY_FILE`: lines `keyID base64` of 32 bytes. The first closes new keys, the
/// others still open old ones, so that the master key can be changed.
struct RecordingKeys: Sendable {
    /// The master key of a recording is not among ours, or does not open it.
    struct CannotOpen: Error, Sendable, CustomStringConvertible {
        let keyID: String
        var description: String { "the master key \(self.keyID) is not there or does not fit" }
    }

    private let first: String
    private let keys: [String: SymmetricKey]

    /// - Throws: `StatementKeyError`, which says how the lines must look; the files are alike.
    init(_ text: String) throws {
        let parsed = try StatementKeys.parse(text)
        guard let first = parsed.first else { throw StatementKeyError.noKey }
        self.first = first.id
        self.keys = Dictionary(
            parsed.map { ($0.id, SymmetricKey(data: $0.key)) }, uniquingKeysWith: { first, _ in first })
    }

    /// A new key for the one file of this recording that is about to be written.
    func make(for recording: UUID) throws -> (key: SymmetricKey, wrapped: WrappedKey) {
        var random = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        guard let master = self.keys[self.first] else { throw CannotOpen(keyID: self.first) }
        // A random nonce: one for each recording, far from 2^32 of them (NIST SP 800-38D, 8.3).
        let box = try AES.GCM.seal(bytes, using: master, authenticating: Self.authenticated(recording))
        guard let wrapped = box.combined else { throw CannotOpen(keyID: self.first) }
        return (SymmetricKey(data: bytes), WrappedKey(keyID: self.first, wrapped: wrapped))
    }

    /// - Throws: `CannotOpen`, also for the key of another recording.
    func open(_ key: WrappedKey, for recording: UUID) throws -> SymmetricKey {
        guard let master = self.keys[key.keyID] else { throw CannotOpen(keyID: key.keyID) }
        do {
            let box = try AES.GCM.SealedBox(combined: key.wrapped)
            return SymmetricKey(
                data: try AES.GCM.open(box, using: master, authenticating: Self.authenticated(recording)))
        } catch {
            throw CannotOpen(keyID: key.keyID)
        }
    }

    private static func authenticated(_ recording: UUID) -> Data {
        Data("line122 recording key 1 \(recording.uuidString.lowercased())".utf8)
    }
}
