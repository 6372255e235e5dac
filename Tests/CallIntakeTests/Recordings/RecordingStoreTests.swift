import Contracts
import Foundation
import Postgres
import TestSupport
import Testing

@testable import CallIntake

@Suite(.timeLimit(.minutes(10))) struct RecordingStoreTests {
    @Test("T-04 What the line writes of a recording only goes forward, however often it is written")
    func forward() async throws {
        try await RecordingScene.run { scene in
            let begun = RecordingScene.recording()
            try await scene.write([begun])
            #expect(try await scene.state(begun) == "recording")
            #expect(try await scene.store.claim(limit: 1).first == nil)
            var over = begun
            over.finishedAt = begun.startedAt.addingTimeInterval(12)
            over.durationSeconds = 12
            // Both in one write: the later counts.
            try await scene.write([begun, over])
            #expect(try await scene.state(begun) == "finished")
            #expect(try await scene.value("duration_ms", of: begun) == Int64(12_000))
            var lost = begun
            lost.failure = "the exchange could not record"
            try await scene.write([lost, begun])
            #expect(try await scene.state(begun) == "finished")
            try await scene.write([])
        }
    }

    @Test("T-04 A recording that could not begin is announced once, and never becomes another thing")
    func failedToBegin() async throws {
        try await RecordingScene.run { scene in
            var lost = RecordingScene.recording(kind: .message)
            lost.failure = "the exchange answered with status 500"
            for _ in 0..<2 { try await scene.write([lost]) }
            for _ in 0..<2 { try await scene.fetcher.tidy() }
            let events = try await scene.announced(RecordingFailed.self)
            #expect(events.count == 1)
            #expect(events.first?.reason == lost.failure && events.first?.kind == .message)
            #expect(events.first?.subject == "recording/\(lost.id)")
            lost.failure = nil
            lost.finishedAt = Date()
            try await scene.write([lost])
            #expect(try await scene.state(lost) == "failed")
        }
    }

    @Test("T-04 A recording whose end was never heard is over two minutes after its call")
    func overdue() async throws {
        try await RecordingScene.run { scene in
            let (old, new, alive) = (UUID(), UUID(), UUID())
            try await scene.call(old, operatorID: "operator1", endedAt: Date().addingTimeInterval(-130))
            try await scene.call(new, operatorID: "operator1", endedAt: Date().addingTimeInterval(-60))
            let recordings = [old, new, alive].map {
                RecordingScene.recording($0, startedAt: Date().addingTimeInterval(-200))
            }
            try await scene.write(recordings)
            try await scene.store.finishOverdue()
            #expect(try await scene.state(recordings[0]) == "finished")
            #expect(try await scene.state(recordings[1]) == "recording")
            #expect(try await scene.state(recordings[2]) == "recording")
        }
    }

    @Test("T-04 The table itself refuses an erasure below 30 days, and a stored recording without a key")
    func rules() async throws {
        try await RecordingScene.run { scene in
            let recording = try await scene.finished()
            try await scene.fetcher.fetchDue()
            func refused(_ assignment: String) async throws {
                do {
                    try await scene.change(recording, assignment)
                    Issue.record("accepted: \(assignment)")
                } catch let error as PostgresError {
                    #expect(error.sqlState == .checkViolation)
                }
            }
            try await refused("state = 'erased', wrapped_key = NULL, erased_at = now(), erase_reason = 'x'")
            try await refused("wrapped_key = NULL")
            try await refused("state = 'finished'")
            try await refused("path = NULL")
            try await scene.change(
                recording, "started_at = now() - interval '31 days', finished_at = now() - interval '31 days'")
            try await refused("state = 'erased', erased_at = now(), erase_reason = 'x'")
            try await scene.change(
                recording, "state = 'erased', wrapped_key = NULL, erased_at = now(), erase_reason = 'x'")
        }
    }
}
