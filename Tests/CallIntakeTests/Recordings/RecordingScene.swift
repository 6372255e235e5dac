import Contracts
import Crypto
import Foundation
import Logging
import Messaging
import NIOConcurrencyHelpers
import Postgres
import TestSupport

@testable import CallIntake

/// An exchange that holds sounds by their names.
final class ExchangeDouble: RecordingSource {
    struct Broken: Error {}

    struct State {
        var sounds: [String: [UInt8]] = [:]
        var failure: (any Error)?
        var reads = 0
        var removed: [String] = []
        /// Called in the middle of each reading.
        var meanwhile: (@Sendable () async throws -> Void)?
    }
    let state: NIOLockedValueBox<State>

    init(_ sounds: [String: [UInt8]] = [:]) {
        self.state = NIOLockedValueBox(State(sounds: sounds))
    }

    func read(_ name: String, at exchange: String, _ take: @Sendable ([UInt8]) async throws -> Void) async throws {
        let (sound, failure, meanwhile) = self.state.withLockedValue {
            $0.reads += 1
            return ($0.sounds[name], $0.failure, $0.meanwhile)
        }
        if let failure { throw failure }
        guard let sound else { throw RecordingSourceError.missing }
        for start in stride(from: 0, to: sound.count, by: 10_000) {
            try await take(Array(sound[start..<min(start + 10_000, sound.count)]))
            if start == 0 { try await meanwhile?() }
        }
    }

    func remove(_ name: String, at exchange: String) async throws {
        let failure = self.state.withLockedValue { state -> (any Error)? in
            guard state.failure == nil else { return state.failure }
            state.sounds[name] = nil
            state.removed.append(name)
            return nil
        }
        if let failure { throw failure }
    }
}

/// Recordings on a database and in a folder of their own.
struct RecordingScene: Sendable {
    static let keys = "old AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    static let start = Date(timeIntervalSince1970: 1_795_230_000)

    let store: RecordingStore
    let folder: URL
    let exchange = ExchangeDouble()

    static func run(_ body: (RecordingScene) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("recordings-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await withTestDatabase(migrations: [.messaging, Self.migrations]) { database in
            try await body(RecordingScene(store: RecordingStore(database: database), folder: folder))
        }
    }

    // Not `Bundle.module`: these are the files as they are in the source.
    private static let migrations = MigrationSet(
        component: "call-intake",
        directory: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Services/CallIntake/Migrations"))

    var vault: RecordingVault {
        get throws {
            RecordingVault(keys: try RecordingKeys(Self.keys), storage: RecordingFolder(directory: self.folder))
        }
    }

    var fetcher: RecordingFetcher {
        get throws {
            RecordingFetcher(store: self.store, vault: try self.vault, source: self.exchange, logger: quietLogger())
        }
    }

    // MARK: Making

    /// A WAV file of 8 kHz, 16 bit, whose samples follow from `seed`.
    static func wav(seconds: Double, seed: UInt8 = 1) -> [UInt8] {
        let length = Int(seconds * 8000) * 2
        func little(_ number: Int, _ width: Int) -> [UInt8] {
            (0..<width).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
        }
        var file = Array("RIFF".utf8) + little(36 + length, 4) + Array("WAVEfmt ".utf8)
        file += little(16, 4) + little(1, 2) + little(1, 2) + little(8000, 4) + little(16_000, 4)
        file += little(2, 2) + little(16, 2) + Array("data".utf8) + little(length, 4)
        return file + (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 256 &+ Int(seed)) }
    }

    static func recording(
        _ call: UUID = UUID(), kind: RecordingKind = .conversation, startedAt: Date = Date()
    ) -> Recording {
        let id = RecordingIdentity.recording(of: call, kind, part: 1)
        return Recording(
            id: id, exchange: "pbx", name: "rec/\(id.uuidString.lowercased())", callID: call, kind: kind, part: 1,
            startedAt: startedAt, finishedAt: nil, durationSeconds: nil, failure: nil)
    }

    /// A recording that is over, whose sound the exchange holds.
    func finished(_ sound: [UInt8]? = Self.wav(seconds: 1), call: UUID = UUID(), daysAgo: Double = 0) async throws
        -> Recording
    {
        var recording = Self.recording(call, startedAt: Date().addingTimeInterval(-daysAgo * 86_400 - 60))
        recording.finishedAt = Date().addingTimeInterval(-daysAgo * 86_400)
        recording.durationSeconds = 59
        if let sound { self.exchange.state.withLockedValue { $0.sounds[recording.name] = sound } }
        try await self.write([recording])
        return recording
    }

    func write(_ recordings: [Recording]) async throws {
        _ = try await self.store.database.query(RecordingStore.upsert(recordings))
    }

    /// A call that an operator has spoken in and that is over.
    func call(_ id: UUID, operatorID: String, endedAt: Date = Date()) async throws {
        try await self.store.database.execute(
            """
            INSERT INTO call (id, exchange, channel_id, caller, line, state, ordinal, spoken_operator_id,
                received_at, answered_at, ended_at, outcome)
            VALUES (\(id), 'pbx', \(id.uuidString), 'hidden', '122', 'ended', 1, \(operatorID),
                \(endedAt.addingTimeInterval(-90)), \(endedAt.addingTimeInterval(-60)), \(endedAt), 'completedByCaller')
            """)
    }

    // MARK: Looking

    func state(_ recording: Recording) async throws -> String? {
        try await self.store.database.query("SELECT state FROM recording WHERE id = \(recording.id)").first?
            .decode("state")
    }

    func value<Value: PostgresDecodable>(_ column: String, of recording: Recording) async throws -> Value? {
        try await self.store.database.query(
            "SELECT \(unsafeSQL: column) AS value FROM recording WHERE id = \(recording.id)"
        ).first?.decode("value", as: Value?.self) ?? nil
    }

    func change(_ recording: Recording, _ assignment: String) async throws {
        try await self.store.database.execute(
            "UPDATE recording SET \(unsafeSQL: assignment) WHERE id = \(recording.id)")
    }

    func announced<E: Event>(_ type: E.Type) async throws -> [E] {
        try await self.store.database.query(
            "SELECT body FROM outbox_message WHERE type = \(E.type) ORDER BY position"
        ).map { try MessageCoding.decoder.decode(E.self, from: try $0.decode("body", as: Data.self)) }
    }

    func plays() async throws -> [(actor: String, ground: String, firstByte: Int64)] {
        try await self.store.database.query(
            "SELECT actor, ground, first_byte FROM recording_play ORDER BY id"
        ).map { try $0.decode(String.self, String.self, Int64.self) }
    }

    /// Every file in the folder, by its path.
    func files() throws -> [String] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: self.folder.path)
        return names.filter { $0.contains("/") }.sorted()
    }

    /// The sound as it would be played.
    func sound(of recording: Recording) async throws -> [UInt8] {
        let playable = try await self.store.database.transaction {
            try await RecordingStore.playable(recording.id, by: "admin", in: $0)
        }
        guard let sound = playable?.sound else { throw RecordingSourceError.missing }
        return try await Self.read(try self.vault.reader(of: sound, 0..<sound.sizeBytes))
    }

    static func read(_ reader: RecordingReader) async throws -> [UInt8] {
        var reader = reader
        var bytes: [UInt8] = []
        while let more = try await reader.next() { bytes += more }
        return bytes
    }
}
