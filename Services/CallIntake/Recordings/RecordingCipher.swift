import Crypto
import Foundation

/// The form of an encrypted recording: a header of 16 bytes, then chunks of 64 KiB, each sealed with AES-256-GCM under
/// the file's own key.
///
/// The nonce is the chunk's number, which is safe because a key is used for one file, written once (NIST SP 800-38D,
/// 8.2.1). Header, number and whether the chunk is the last are authenticated, so a file that was cut, put together
/// anew or in another order does not open (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015).
struct RecordingCipher: Sendable {
    static let chunkBytes = 64 << 10
    /// What a chunk grows by.
    static let tagBytes = 16
    /// Magic, version 1, three bytes to spare, the size of a chunk.
    static let header: [UInt8] = Array("L122REC".utf8) + [0, 1, 0, 0, 0] + Self.bigEndian(UInt32(Self.chunkBytes))

    /// The file is not what was written, or the key is not its key.
    struct Damaged: Error, Sendable, CustomStringConvertible {
        var description: String { "the recording's file is damaged" }
    }

    private let key: SymmetricKey

    init(key: SymmetricKey) { self.key = key }

    func seal(_ plain: some DataProtocol, chunk: Int, isLast: Bool) throws -> [UInt8] {
        let box = try AES.GCM.seal(
            plain, using: self.key, nonce: Self.nonce(chunk), authenticating: Self.authenticated(chunk, isLast))
        return Array(box.ciphertext) + Array(box.tag)
    }

    /// - Throws: `Damaged`.
    func open(_ sealed: some DataProtocol, chunk: Int, isLast: Bool) throws -> [UInt8] {
        guard sealed.count >= Self.tagBytes else { throw Damaged() }
        do {
            let box = try AES.GCM.SealedBox(
                nonce: Self.nonce(chunk), ciphertext: sealed.dropLast(Self.tagBytes), tag: sealed.suffix(Self.tagBytes))
            return Array(
                try AES.GCM.open(box, using: self.key, authenticating: Self.authenticated(chunk, isLast)))
        } catch {
            // What the library says is that it did not fit.
            throw Damaged()
        }
    }

    // MARK: Places

    /// An empty sound has one chunk, which is empty.
    static func chunks(ofSize size: Int) -> Int { max(1, (size + self.chunkBytes - 1) / self.chunkBytes) }

    /// Where a chunk begins in the file.
    static func offset(ofChunk chunk: Int) -> Int { self.header.count + chunk * (self.chunkBytes + self.tagBytes) }

    /// The length of the file of a sound of `size` bytes.
    static func fileBytes(ofSize size: Int) -> Int {
        self.header.count + size + self.chunks(ofSize: size) * self.tagBytes
    }

    private static func nonce(_ chunk: Int) throws -> AES.GCM.Nonce {
        try AES.GCM.Nonce(data: [0, 0, 0, 0] + Self.bigEndian(UInt64(chunk)))
    }

    private static func authenticated(_ chunk: Int, _ isLast: Bool) -> [UInt8] {
        Self.header + Self.bigEndian(UInt64(chunk)) + [isLast ? 1 : 0]
    }

    private static func bigEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        (0..<Number.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
}
