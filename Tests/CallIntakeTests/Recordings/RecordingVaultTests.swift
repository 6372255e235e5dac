import Crypto
import Foundation
import NIOConcurrencyHelpers
import Testing

@testable import CallIntake

/// A folder that notes what was read of it.
struct CountingStorage: RecordingStorage {
    let folder: RecordingFolder
    let ranges = NIOLockedValueBox<[Range<Int>]>([])

    func write<R: Sendable>(
        _ path: String, _ body: @Sendable (any RecordingSink) async throws -> R
    ) async throws -> R { try await self.folder.write(path, body) }

    func read(_ path: String, _ range: Range<Int>) async throws -> [UInt8] {
        self.ranges.withLockedValue { $0.append(range) }
        return try await self.folder.read(path, range)
    }

    func remove(_ path: String) async throws { try await self.folder.remove(path) }
    func paths(olderThan moment: Date, _ body: @Sendable ([String]) async throws -> Void) async throws {
        try await self.folder.paths(olderThan: moment, body)
    }
}

@Suite(.timeLimit(.minutes(10))) struct RecordingVaultTests {
    private static let chunk = RecordingCipher.chunkBytes

    private static func withVault(
        keys: String = RecordingScene.keys, _ body: (RecordingVault, CountingStorage) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("vault-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let storage = CountingStorage(folder: RecordingFolder(directory: folder))
        try await body(RecordingVault(keys: try RecordingKeys(keys), storage: storage), storage)
    }

    private static func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 / 7) } }

    /// - Parameter piece: the bytes that come at once.
    private static func seal(
        _ sound: [UInt8], in vault: RecordingVault, id: UUID = UUID(), piece: Int = 10_007
    ) async throws -> StoredSound {
        let sealed = try await vault.seal(id, attempt: 1) { take in
            for start in stride(from: 0, to: sound.count, by: piece) {
                try await take(Array(sound[start..<min(start + piece, sound.count)]))
            }
        }
        return StoredSound(
            recordingID: id, path: sealed.path, sizeBytes: sealed.sizeBytes, sha256: sealed.sha256, key: sealed.key)
    }

    @Test(
        "T-04 A sound of any size comes back as it was, whatever pieces it came in",
        arguments: [1, 16, chunk - 1, chunk, chunk + 1, 2 * chunk, 5 * chunk + 3], [1_000, chunk, 300_000])
    func roundTrip(_ size: Int, _ piece: Int) async throws {
        try await Self.withVault { vault, storage in
            let sound = Self.bytes(size)
            let stored = try await Self.seal(sound, in: vault, piece: piece)
            #expect(stored.sizeBytes == size && stored.sha256 == Data(SHA256.hash(data: sound)))
            #expect(try await RecordingScene.read(try vault.reader(of: stored, 0..<size)) == sound)
            let file = storage.folder.directory.appendingPathComponent(stored.path)
            let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
            #expect(attributes[.size] as? Int == RecordingCipher.fileBytes(ofSize: size))
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test("T-04 Of a range only the chunks are read that it touches")
    func ranges() async throws {
        try await Self.withVault { vault, storage in
            let sound = Self.bytes(20 * Self.chunk + 5)
            let stored = try await Self.seal(sound, in: vault)
            for range in [
                0..<1, 0..<sound.count, Self.chunk - 1..<Self.chunk + 1, 10 * Self.chunk..<11 * Self.chunk,
                sound.count - 1..<sound.count, 3..<9 * Self.chunk, 7 * Self.chunk + 1..<20 * Self.chunk + 2,
            ] {
                storage.ranges.withLockedValue { $0 = [] }
                #expect(try await RecordingScene.read(try vault.reader(of: stored, range)) == Array(sound[range]))
                let read = storage.ranges.withLockedValue { $0 }.map(\.count).reduce(0, +)
                let chunks = (range.upperBound - 1) / Self.chunk - range.lowerBound / Self.chunk + 1
                #expect(read <= chunks * (Self.chunk + RecordingCipher.tagBytes))
            }
        }
    }

    @Test("T-04 A file that was changed, cut, lengthened or put together anew does not open")
    func damaged() async throws {
        try await Self.withVault { vault, storage in
            let size = 3 * Self.chunk
            let sound = Self.bytes(size)
            let whole = Self.chunk + RecordingCipher.tagBytes
            func refused(
                _ what: String, size: Int = size, _ change: (inout Data) throws -> Void
            ) async throws {
                let stored = try await Self.seal(sound, in: vault)
                let url = storage.folder.directory.appendingPathComponent(stored.path)
                var file = try Data(contentsOf: url)
                try change(&file)
                try file.write(to: url)
                let believed = StoredSound(
                    recordingID: stored.recordingID, path: stored.path, sizeBytes: size, sha256: stored.sha256,
                    key: stored.key)
                do {
                    _ = try await RecordingScene.read(try vault.reader(of: believed, 0..<size))
                    Issue.record("opened: \(what)")
                } catch {
                    #expect(error is RecordingCipher.Damaged || error is RecordingStorageError, "\(what)")
                }
            }
            try await refused("one bit") { $0[16 + 100] ^= 1 }
            try await refused("the tag") { $0[16 + whole - 1] ^= 1 }
            try await refused("cut") { $0.removeLast(1) }
            try await refused("the last chunk is gone") { $0.removeLast(whole) }
            // Not even when the database were to believe the shorter size.
            try await refused("the last chunk is gone, and believed so", size: 2 * Self.chunk) {
                $0.removeLast(whole)
            }
            try await refused("swapped") { file in
                let (first, second) = (file[16..<16 + whole], file[16 + whole..<16 + 2 * whole])
                file.replaceSubrange(16..<16 + 2 * whole, with: second + first)
            }
            try await refused("a chunk of another file") { file in
                let first = file[16..<16 + whole]
                file.replaceSubrange(16 + whole..<16 + 2 * whole, with: first)
            }
        }
    }

    @Test("T-04 A key opens the file of its own recording only, and no key nothing")
    func otherKey() async throws {
        try await Self.withVault { vault, _ in
            let one = try await Self.seal(Self.bytes(100), in: vault)
            let two = try await Self.seal(Self.bytes(100), in: vault)
            let mixed = StoredSound(
                recordingID: one.recordingID, path: one.path, sizeBytes: 100, sha256: one.sha256, key: two.key)
            #expect(throws: RecordingKeys.CannotOpen.self) { try vault.reader(of: mixed, 0..<100) }
            let swapped = StoredSound(
                recordingID: one.recordingID, path: two.path, sizeBytes: 100, sha256: one.sha256, key: one.key)
            await #expect(throws: RecordingCipher.Damaged.self) {
                try await RecordingScene.read(try vault.reader(of: swapped, 0..<100))
            }
        }
    }

    @Test("T-04 A new master key closes new recordings, the old one still opens the old")
    func masterKeys() async throws {
        try await Self.withVault { vault, storage in
            let old = try await Self.seal(Self.bytes(10), in: vault)
            let fresh = "new " + Data(repeating: 7, count: 32).base64EncodedString()
            let next = RecordingVault(keys: try RecordingKeys("\(fresh)\n\(RecordingScene.keys)"), storage: storage)
            let new = try await Self.seal(Self.bytes(10), in: next)
            #expect(old.key.keyID == "old" && new.key.keyID == "new")
            #expect(try await RecordingScene.read(try next.reader(of: old, 0..<10)) == Self.bytes(10))
            #expect(try await RecordingScene.read(try next.reader(of: new, 0..<10)) == Self.bytes(10))
            #expect(throws: RecordingKeys.CannotOpen.self) { try vault.reader(of: new, 0..<10) }
        }
    }

    @Test("T-04 The sound is nowhere in the file, and no two files are alike")
    func encrypted() async throws {
        try await Self.withVault { vault, storage in
            let sound = [UInt8](repeating: 65, count: 1000)
            let files = try await [
                Self.seal(sound, in: vault), Self.seal(sound, in: vault),
            ].map { try Data(contentsOf: storage.folder.directory.appendingPathComponent($0.path)) }
            #expect(files[0] != files[1] && files[0].prefix(8) == files[1].prefix(8))
            #expect(files[0].range(of: Data(repeating: 65, count: 8)) == nil)
        }
    }

    @Test("T-04 A download that breaks off leaves no file, and an empty one is no recording")
    func brokenOff() async throws {
        try await Self.withVault { vault, storage in
            await #expect(throws: ExchangeDouble.Broken.self) {
                try await vault.seal(UUID(), attempt: 1) { take in
                    try await take(Self.bytes(200_000))
                    throw ExchangeDouble.Broken()
                }
            }
            await #expect(throws: RecordingSourceError.empty) { try await vault.seal(UUID(), attempt: 1) { _ in } }
            try await storage.paths(olderThan: .distantFuture) { left in Issue.record("left: \(left.count)") }
        }
    }
}
