import Contracts
import Crypto
import Foundation
import Messaging
import NIOConcurrencyHelpers
import Postgres
import TestSupport
import Testing

@testable import CallIntake

@Suite(.timeLimit(.minutes(10))) struct RecordingFetcherTests {
    private struct Crash: Error {}

    @Test("T-04 A finished recording is stored with its length, size and hash, told, and only then removed there")
    func stored() async throws {
        try await RecordingScene.run { scene in
            let sound = RecordingScene.wav(seconds: 12.5)
            let recording = try await scene.finished(sound)
            try await scene.fetcher.fetchDue()
            #expect(try await scene.state(recording) == "stored")
            #expect(scene.exchange.state.withLockedValue { $0.removed }.isEmpty)
            #expect(try await scene.sound(of: recording) == sound)
            let events = try await scene.announced(RecordingStored.self)
            let event = try #require(events.first)
            #expect(events.count == 1 && event.callID == recording.callID && event.sizeBytes == sound.count)
            // From the header, not the exchange's whole seconds.
            #expect(event.durationMilliseconds == 12_500)
            #expect(event.sha256 == Data(SHA256.hash(data: sound)).hexadecimal && event.sha256.count == 64)
            try await scene.fetcher.tidy()
            #expect(scene.exchange.state.withLockedValue { $0.removed } == [recording.name])
            #expect(try await scene.value("is_at_exchange", of: recording) == false)
            #expect(try await scene.store.nextRemains() == nil)
            #expect(try scene.files().count == 1)
        }
    }

    @Test("T-04 A crash after the file was written loses nothing and leaves no second file")
    func crashBeforeCommit() async throws {
        try await RecordingScene.run { scene in
            let sound = RecordingScene.wav(seconds: 2)
            let recording = try await scene.finished(sound)
            var dying = try scene.fetcher
            dying.pass = { if $0 == .recordingWritten { throw Crash() } }
            let claimedAt = Date()
            let due = try #require(try await scene.store.claim(limit: 1).first)
            await #expect(throws: Crash.self) { try await dying.fetch(due) }
            #expect(try await scene.state(recording) == "finished")
            #expect(try scene.files().count == 1)
            // A half-written file of the dead one, too.
            let half = scene.folder.appendingPathComponent(RecordingPath.path(of: due.id, attempt: 1) + ".part")
            try Data([1, 2, 3]).write(to: half)
            // The claim still holds, longer than this machine is slow: nobody else fetches meanwhile.
            let until: Date = try #require(try await scene.value("next_try_at", of: recording))
            #expect(until.timeIntervalSince(claimedAt) > 10)
            try await scene.change(recording, "next_try_at = next_try_at + interval '1 hour'")
            try await scene.fetcher.fetchDue()
            #expect(scene.exchange.state.withLockedValue { $0.reads } == 1)
            try await scene.change(recording, "next_try_at = now()")
            try await scene.fetcher.fetchDue()
            #expect(try await scene.sound(of: recording) == sound)
            #expect(try scene.files() == [RecordingPath.path(of: due.id, attempt: 2)])
            #expect(try await scene.announced(RecordingStored.self).count == 1)
        }
    }

    @Test("T-04 A crash after the commit leaves a copy at the exchange, which is removed later")
    func crashAfterCommit() async throws {
        try await RecordingScene.run { scene in
            let recording = try await scene.finished()
            var dying = try scene.fetcher
            dying.pass = { if $0 == .recordingCommitted { throw Crash() } }
            let due = try #require(try await scene.store.claim(limit: 1).first)
            await #expect(throws: Crash.self) { try await dying.fetch(due) }
            #expect(try await scene.state(recording) == "stored")
            try await scene.fetcher.fetchDue()
            #expect(scene.exchange.state.withLockedValue { $0.reads } == 1)
            for _ in 0..<2 { try await scene.fetcher.tidy() }
            #expect(scene.exchange.state.withLockedValue { $0.removed } == [recording.name])
            #expect(try await scene.announced(RecordingStored.self).count == 1)
        }
    }

    @Test("T-04 A removal at the exchange that fails is tried again, and the recording stays stored")
    func lostRemoval() async throws {
        try await RecordingScene.run { scene in
            let recording = try await scene.finished()
            try await scene.fetcher.fetchDue()
            scene.exchange.state.withLockedValue { $0.failure = RecordingSourceError.refused(status: 500) }
            let next = try #require(try await scene.fetcher.tidy())
            #expect(next.timeIntervalSinceNow > 250)
            #expect(try await scene.state(recording) == "stored")
            scene.exchange.state.withLockedValue { $0.failure = nil }
            try await scene.change(recording, "next_try_at = now()")
            #expect(try await scene.fetcher.tidy() == nil)
            #expect(scene.exchange.state.withLockedValue { $0.removed } == [recording.name])
        }
    }

    @Test("T-04 One that was believed dead and goes on writing changes nothing")
    func superseded() async throws {
        try await RecordingScene.run { scene in
            let sound = RecordingScene.wav(seconds: 3)
            let recording = try await scene.finished(sound)
            let slow = try #require(try await scene.store.claim(limit: 1).first)
            let fetcher = try scene.fetcher
            scene.exchange.state.withLockedValue { state in
                state.meanwhile = {
                    scene.exchange.state.withLockedValue { $0.meanwhile = nil }
                    try await scene.change(recording, "next_try_at = now()")
                    try await fetcher.fetchDue()
                }
            }
            // Its file was taken away by the second attempt, so it cannot even be renamed.
            await #expect(throws: RecordingStorageError.self) { try await fetcher.fetch(slow) }
            #expect(try await scene.sound(of: recording) == sound)
            #expect(try scene.files() == [RecordingPath.path(of: recording.id, attempt: 2)])
            #expect(try await scene.announced(RecordingStored.self).count == 1)
            // And one that gets as far as the commit is refused there.
            #expect(
                try await !scene.store.keep(scene.vault.seal(recording.id, attempt: 1) { try await $0([1]) }, of: slow))
        }
    }

    @Test("T-04 A long download keeps its claim; that of a dead replica is soon over")
    func renewal() async throws {
        try await RecordingScene.run { scene in
            let recording = try await scene.finished(RecordingScene.wav(seconds: 1))
            let first = try #require(try await scene.store.claim(limit: 1).first)
            let end = try #require(try await scene.store.nextFetch())
            #expect(end.timeIntervalSinceNow <= RecordingStore.claimSeconds)
            try await scene.change(recording, "next_try_at = now()")
            try await scene.store.renew(first)
            #expect(try await scene.store.claim(limit: 1).first == nil)
            // Too late: another has it, and what the first one renews is not his claim.
            try await scene.change(recording, "next_try_at = now()")
            _ = try #require(try await scene.store.claim(limit: 1).first)
            try await scene.change(recording, "next_try_at = now()")
            try await scene.store.renew(first)
            #expect(try await scene.store.claim(limit: 1).first != nil)
        }
    }

    @Test("T-04 Many replicas fetch each recording once")
    func replicas() async throws {
        try await RecordingScene.run { scene in
            for seed in 0..<30 { _ = try await scene.finished(RecordingScene.wav(seconds: 1, seed: UInt8(seed))) }
            let fetcher = try scene.fetcher
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 { group.addTask { try await fetcher.fetchDue() } }
                try await group.waitForAll()
            }
            #expect(scene.exchange.state.withLockedValue { $0.reads } == 30)
            #expect(Set(try await scene.announced(RecordingStored.self).map(\.recordingID)).count == 30)
            #expect(try scene.files().count == 30)
        }
    }

    @Test("T-04 A file that is missing for ten minutes is an alarm, one that comes later is not")
    func missing() async throws {
        try await RecordingScene.run { scene in
            let recording = try await scene.finished(nil)
            try await scene.fetcher.fetchDue()
            #expect(try await scene.state(recording) == "finished")
            let since: Date? = try await scene.value("missing_since", of: recording)
            #expect(since != nil)
            // Another failure is no answer that it is missing.
            scene.exchange.state.withLockedValue { $0.failure = RecordingSourceError.refused(status: 500) }
            try await scene.change(recording, "next_try_at = now(), missing_since = now() - interval '9 minutes'")
            try await scene.fetcher.fetchDue()
            let none: Date? = try await scene.value("missing_since", of: recording)
            #expect(none == nil)
            scene.exchange.state.withLockedValue { $0.failure = nil }
            try await scene.change(recording, "next_try_at = now(), missing_since = now() - interval '10 minutes'")
            try await scene.fetcher.fetchDue()
            #expect(try await scene.state(recording) == "failed")
            try await scene.fetcher.tidy()
            let events = try await scene.announced(RecordingFailed.self)
            #expect(events.map(\.reason) == ["the exchange has no such recording"])
            try await scene.fetcher.fetchDue()
            #expect(scene.exchange.state.withLockedValue { $0.reads } == 3)
        }
    }

    @Test("T-04 The running fetcher is woken by what the line writes, and stores it")
    func woken() async throws {
        try await RecordingScene.run { scene in
            let fetcher = try scene.fetcher
            let running = Task { try await fetcher.run() }
            defer { running.cancel() }
            let recording = try await scene.finished()
            try await eventually("the recording is stored and removed at the exchange") {
                try await scene.value("is_at_exchange", of: recording) == false
            }
            running.cancel()
            try await running.value
        }
    }

    @Test("T-04 A stop in the middle of a download hands the recording to another replica at once")
    func stopped() async throws {
        try await RecordingScene.run { scene in
            let recording = try await scene.finished()
            let fetcher = try scene.fetcher
            let (started, continuation) = AsyncStream.makeStream(of: Void.self)
            scene.exchange.state.withLockedValue {
                $0.meanwhile = {
                    continuation.yield()
                    try await Task.sleep(for: .seconds(60))
                }
            }
            let fetching = Task { try await fetcher.fetchDue() }
            for await _ in started { break }
            fetching.cancel()
            _ = await fetching.result
            scene.exchange.state.withLockedValue { $0.meanwhile = nil }
            try await fetcher.fetchDue()
            #expect(try await scene.state(recording) == "stored")
            #expect(try scene.files().count == 1)
        }
    }
}
