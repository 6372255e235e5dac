import Contracts
import Foundation
import Messaging
import NIOConcurrencyHelpers
import Postgres
import TestSupport
import Testing

@testable import CallIntake

@Suite(.timeLimit(.minutes(10))) struct RecordingRetentionTests {
    private static func retention(
        _ scene: RecordingScene, days: Int?, open: @escaping @Sendable ([UUID]) async throws -> [UUID] = { _ in [] }
    ) throws -> RecordingRetention {
        RecordingRetention(
            store: scene.store, storage: try scene.vault.storage, keepDays: days, openCalls: open,
            logger: quietLogger())
    }

    @Test("T-04 What is older than the ceiling is erased: its key is destroyed, told, and the file removed")
    func erased() async throws {
        try await RecordingScene.run { scene in
            let old = try await scene.finished(daysAgo: 41)
            let young = try await scene.finished(daysAgo: 39)
            try await scene.fetcher.fetchDue()
            try await scene.fetcher.tidy()
            #expect(try await Self.retention(scene, days: 40).eraseAged() == 1)
            #expect(try await scene.state(old) == "erased")
            #expect(try await scene.state(young) == "stored")
            let key: Data? = try await scene.value("wrapped_key", of: old)
            #expect(key == nil)
            let hash: Data? = try await scene.value("sha256", of: old)
            #expect(hash != nil)
            let events = try await scene.announced(RecordingErased.self)
            #expect(events.map(\.recordingID) == [old.id] && events.first?.reason == "RECORDINGS_KEEP_DAYS")
            await #expect(throws: (any Error).self) { try await scene.sound(of: old) }
            #expect(try scene.files().count == 2)
            try await scene.fetcher.tidy()
            #expect(try scene.files() == [RecordingPath.path(of: young.id, attempt: 1)])
            #expect(try await Self.retention(scene, days: 40).eraseAged() == 0)
        }
    }

    @Test("T-04 Without a ceiling nothing is ever erased")
    func forEver() async throws {
        try await RecordingScene.run { scene in
            _ = try await scene.finished(daysAgo: 4000)
            try await scene.fetcher.fetchDue()
            #expect(try await Self.retention(scene, days: nil).eraseAged() == 0)
        }
    }

    @Test("T-04 A recording stays while its appeal is open, and all stay while the journal does not answer")
    func openAppeal() async throws {
        try await RecordingScene.run { scene in
            let open = try await scene.finished(daysAgo: 100)
            let closed = try await scene.finished(daysAgo: 100)
            try await scene.fetcher.fetchDue()
            await #expect(throws: RequestError.self) {
                try await Self.retention(scene, days: 30) { _ in
                    throw RequestError(kind: .timedOut, request: "appeal.get-open")
                }.eraseAged()
            }
            #expect(try await scene.announced(RecordingErased.self).isEmpty)
            #expect(try await Self.retention(scene, days: 30) { _ in [open.callID] }.eraseAged() == 1)
            #expect(try await scene.state(open) == "stored")
            #expect(try await scene.state(closed) == "erased")
        }
    }

    @Test("T-04 More than one batch is erased, and those that must stay do not hold up the others")
    func batches() async throws {
        try await RecordingScene.run { scene in
            let first = try await scene.finished(daysAgo: 50)
            try await scene.fetcher.fetchDue()
            try await scene.store.database.execute(
                """
                INSERT INTO recording (id, exchange, name, call_id, kind, part, format, state, started_at,
                    finished_at, duration_ms, size_bytes, sha256, key_id, wrapped_key, path, stored_at, is_at_exchange)
                SELECT gen_random_uuid(), exchange, name || n, CASE WHEN n <= 600 THEN call_id ELSE gen_random_uuid() END,
                    kind, part, format, state, started_at, finished_at, duration_ms, size_bytes, sha256, key_id,
                    wrapped_key, path, stored_at, false
                FROM recording, generate_series(1, 1200) AS n
                """)
            #expect(try await Self.retention(scene, days: 30) { _ in [first.callID] }.eraseAged() == 600)
        }
    }

    @Test("C-216 The names of the files are read a folder at a time, and every file once")
    func folderByFolder() async throws {
        try await RecordingScene.run { scene in
            let storage = try scene.vault.storage
            var written: Set<String> = []
            for number in 0..<60 {
                let path = RecordingPath.path(of: UUID(), attempt: number % 3 + 1)
                try await storage.write(path) { try await $0.append([1]) }
                written.insert(path)
            }
            let batches = NIOLockedValueBox<[[String]]>([])
            try await storage.paths(olderThan: .distantFuture) { paths in batches.withLockedValue { $0.append(paths) } }
            let seen = batches.withLockedValue { $0 }
            #expect(seen.count == Set(written.map { $0.prefix(2) }).count)
            for batch in seen { #expect(Set(batch.map { $0.prefix(2) }).count == 1) }
            #expect(seen.flatMap(\.self).count == 60 && Set(seen.flatMap(\.self)) == written)
            try await storage.paths(olderThan: .distantPast) { _ in Issue.record("nothing is so old") }
        }
    }

    @Test("C-216 The journal is asked for an open appeal in growing intervals, not daily without end")
    func openAppealsAreRemembered() async throws {
        try await RecordingScene.run { scene in
            let old = try await scene.finished(daysAgo: 1500)
            let young = try await scene.finished(daysAgo: 35)
            try await scene.fetcher.fetchDue()
            let asked = NIOLockedValueBox<[Set<UUID>]>([])
            let retention = try Self.retention(scene, days: 30) { calls in
                asked.withLockedValue { $0.append(Set(calls)) }
                return calls
            }
            #expect(try await retention.eraseAged() == 0)
            #expect(try await retention.eraseAged() == 0)
            #expect(asked.withLockedValue { $0 } == [[old.callID, young.callID]])
            // Five days later it is asked for the young one; for the old one only after 30 days.
            for recording in [old, young] {
                try await scene.change(recording, "ask_journal_at = ask_journal_at - interval '5 days'")
            }
            #expect(try await retention.eraseAged() == 0)
            #expect(asked.withLockedValue { $0.last } == [young.callID])
            try await scene.change(old, "ask_journal_at = ask_journal_at - interval '25 days'")
            // By then it is closed.
            #expect(try await Self.retention(scene, days: 30).eraseAged() == 1)
            #expect(try await scene.state(old) == "erased")
        }
    }

    @Test("T-04 A file that cannot be removed is removed later, and the recording is erased all the same")
    func fileStays() async throws {
        try await RecordingScene.run { scene in
            let old = try await scene.finished(daysAgo: 41)
            try await scene.fetcher.fetchDue()
            // The copy at the exchange was never removed either: it is now.
            try await Self.retention(scene, days: 40).eraseAged()
            scene.exchange.state.withLockedValue { $0.failure = RecordingSourceError.refused(status: 503) }
            let file = scene.folder.appendingPathComponent(RecordingPath.path(of: old.id, attempt: 1))
            try FileManager.default.removeItem(at: file)
            // A folder with something in it cannot be unlinked.
            try FileManager.default.createDirectory(
                at: file.appendingPathComponent("x"), withIntermediateDirectories: true)
            #expect(try await scene.fetcher.tidy() != nil)
            let path: String? = try await scene.value("path", of: old)
            #expect(path != nil)
            try FileManager.default.removeItem(at: file)
            scene.exchange.state.withLockedValue { $0.failure = nil }
            try await scene.change(old, "next_try_at = now()")
            #expect(try await scene.fetcher.tidy() == nil)
            let gone: String? = try await scene.value("path", of: old)
            #expect(gone == nil)
            #expect(scene.exchange.state.withLockedValue { $0.removed } == [old.name])
        }
    }

    @Test("T-04 The files of attempts that were cut off are swept, those of recordings nobody knows are not")
    func sweep() async throws {
        try await RecordingScene.run { scene in
            let recording = try await scene.finished()
            try await scene.fetcher.fetchDue()
            let storage = try scene.vault.storage
            let strange = RecordingPath.path(of: UUID(), attempt: 1)
            for path in [RecordingPath.path(of: recording.id, attempt: 7), strange] {
                try await storage.write(path) { try await $0.append([1]) }
            }
            let retention = try Self.retention(scene, days: nil)
            try await retention.sweep()
            #expect(try scene.files().count == 3)
            try await retention.sweep(now: Date().addingTimeInterval(2 * 86_400))
            #expect(try scene.files() == [RecordingPath.path(of: recording.id, attempt: 1), strange].sorted())
        }
    }
}
