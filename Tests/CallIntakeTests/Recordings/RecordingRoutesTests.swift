import Contracts
import Crypto
import Foundation
import Hummingbird
import OutboundHTTP
import Postgres
import Statements
import TestSupport
import Testing

@testable import CallIntake

@Suite(.timeLimit(.minutes(10))) struct RecordingRoutesTests {
    private static let pair = StatementKeys.make(keyID: "desk-1")

    /// Asks as somebody.
    private struct Player {
        let url: String
        let client: OutboundHTTPClient

        func ask(
            _ id: UUID, method: String = "GET", as actor: String = "admin", role: String = "administrator",
            range: String? = nil, headers: [(String, String)] = [], now: Date = Date(), statement: String? = nil,
            query: String = ""
        ) async throws -> OutboundResponse {
            let path = "/v1/recordings/\(id.uuidString.lowercased())\(query)"
            var request = OutboundRequest(method: method, url: self.url + path)
            let signed = try StatementSigner(privateKey: RecordingRoutesTests.pair.privateKey).sign(
                actor: actor, organization: nil, role: role, method: method, path: path, now: now)
            request.headers = [(Statement.header, statement ?? signed)] + headers
            if let range { request.headers.append(("Range", range)) }
            return try await self.client.execute(request)
        }

        func errorID(of answer: OutboundResponse) throws -> String? {
            let json = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: String]
            return json?["errorID"]
        }
    }

    private static func run(_ body: (RecordingScene, Player) async throws -> Void) async throws {
        try await RecordingScene.run { scene in
            let router = Router()
            RecordingRoutes(
                playback: RecordingPlayback(store: scene.store, vault: try scene.vault),
                verifier: try StatementVerifier(publicKeys: Self.pair.publicKey), logger: quietLogger()
            ).add(to: router)
            try await withServer(router) { url in
                try await body(scene, Player(url: url, client: OutboundHTTPClient(logger: quietLogger())))
            }
        }
    }

    @Test("T-04 A recording is played whole and in ranges")
    func plays() async throws {
        try await Self.run { scene, player in
            let sound = RecordingScene.wav(seconds: 30)
            let recording = try await scene.finished(sound)
            try await scene.fetcher.fetchDue()
            let whole = try await player.ask(recording.id)
            #expect(whole.status == 200 && whole.body == sound)
            #expect(whole.header("Content-Type") == "audio/wav" && whole.header("Accept-Ranges") == "bytes")
            #expect(whole.header("Cache-Control") == "no-store")
            let tag = "\"\(Data(SHA256.hash(data: sound)).hexadecimal)\""
            #expect(whole.header("ETag") == tag && whole.header("Content-Length") == "\(sound.count)")
            let part = try await player.ask(recording.id, range: "bytes=100000-299999")
            #expect(part.status == 206 && part.body == Array(sound[100_000..<300_000]))
            #expect(part.header("Content-Range") == "bytes 100000-299999/\(sound.count)")
            let tail = try await player.ask(recording.id, range: "bytes=-5")
            #expect(tail.status == 206 && tail.body == sound.suffix(5))
            let beyond = try await player.ask(recording.id, range: "bytes=\(sound.count)-")
            #expect(beyond.status == 416 && beyond.header("Content-Range") == "bytes */\(sound.count)")
            let head = try await player.ask(recording.id, method: "HEAD")
            #expect(head.status == 200 && head.body.isEmpty && head.header("Content-Length") == "\(sound.count)")
            #expect(head.header("ETag") == tag)
            let same = try await player.ask(recording.id, range: "bytes=0-9", headers: [("If-Range", tag)])
            #expect(same.status == 206 && same.body.count == 10)
            let other = try await player.ask(recording.id, range: "bytes=0-9", headers: [("If-Range", "\"x\"")])
            #expect(other.status == 200 && other.body.count == sound.count)
        }
    }

    @Test("T-04 Each play is kept with who and why; the ranges of one player are one play")
    func audited() async throws {
        try await Self.run { scene, player in
            let call = UUID()
            let recording = try await scene.finished(RecordingScene.wav(seconds: 5), call: call)
            try await scene.call(call, operatorID: "operator1")
            try await scene.fetcher.fetchDue()
            _ = try await player.ask(recording.id, method: "HEAD")
            _ = try await player.ask(recording.id, range: "bytes=99999999-")
            #expect(try await scene.plays().isEmpty)
            _ = try await player.ask(recording.id, range: "bytes=0-999")
            _ = try await player.ask(recording.id, range: "bytes=1000-1999")
            _ = try await player.ask(recording.id, range: "bytes=44-")
            #expect(try await scene.plays().count == 1)
            // Another listener who begins in the middle.
            _ = try await player.ask(recording.id, as: "operator1", role: "operator", range: "bytes=500-999")
            // The first one begins anew, and goes on after ten minutes.
            _ = try await player.ask(recording.id)
            try await scene.store.database.execute("UPDATE recording_play SET at = at - interval '11 minutes'")
            _ = try await player.ask(recording.id, range: "bytes=1000-1999")
            let plays = try await scene.plays()
            #expect(plays.map(\.actor) == ["admin", "operator1", "admin", "admin"])
            #expect(plays.map(\.ground) == ["role", "own-call", "role", "role"])
            #expect(plays.map(\.firstByte) == [0, 500, 0, 1000])
        }
    }

    @Test("T-03 Whoever holds the card of a secretary's message hears it; of a conversation the card is no ground")
    func message() async throws {
        try await Self.run { scene, player in
            let sound = RecordingScene.wav(seconds: 5)
            let recording = try await scene.finished(sound)
            try await scene.fetcher.fetchDue()
            func status(_ query: String) async throws -> UInt {
                UInt(try await player.ask(recording.id, as: "operator1", role: "operator", query: query).status)
            }
            #expect(try await status("?ground=own-card") == 403)
            try await scene.store.database.execute("UPDATE recording SET kind = 'message' WHERE id = \(recording.id)")
            #expect(try await status("") == 403)
            #expect(try await status("?ground=own-card") == 200)
            #expect(try await scene.plays().map(\.ground) == ["own-card"])
        }
    }

    @Test("T-04 An operator hears the recordings of his own calls only")
    func rights() async throws {
        try await Self.run { scene, player in
            let call = UUID()
            let recording = try await scene.finished(call: call)
            try await scene.call(call, operatorID: "operator1")
            try await scene.fetcher.fetchDue()
            func status(_ actor: String, _ role: String) async throws -> Int {
                try await player.ask(recording.id, as: actor, role: role).status
            }
            #expect(try await status("operator1", "operator") == 200)
            #expect(try await status("operator2", "operator") == 403)
            #expect(try await status("boss", "supervisor") == 200)
            #expect(try await status("org-gp-1", "organization") == 403)
            #expect(try await status("operator1", "robot") == 403)
            // Who may not play does not learn what there is.
            let unknown = try await player.ask(UUID(), as: "operator2", role: "operator")
            #expect(unknown.status == 403)
            #expect(try await scene.plays().map(\.actor) == ["operator1", "boss"])
        }
    }

    @Test("T-04 Without the desk's fresh word for this very request nothing is played")
    func unsigned() async throws {
        try await Self.run { scene, player in
            let recording = try await scene.finished()
            try await scene.fetcher.fetchDue()
            func refused(_ answer: OutboundResponse) throws {
                #expect(answer.status == 401)
                #expect(try player.errorID(of: answer) == "not-signed")
            }
            try refused(try await player.ask(recording.id, statement: ""))
            try refused(try await player.ask(recording.id, statement: "x.y"))
            try refused(try await player.ask(recording.id, now: Date().addingTimeInterval(-70)))
            try refused(try await player.ask(recording.id, now: Date().addingTimeInterval(600)))
            let other = try StatementSigner(privateKey: Self.pair.privateKey).sign(
                actor: "admin", organization: nil, role: "administrator", method: "GET",
                path: "/v1/recordings/\(UUID())")
            try refused(try await player.ask(recording.id, statement: other))
            #expect(try await scene.plays().isEmpty)
        }
    }

    @Test("T-04 Nothing is played that cannot be audited")
    func noAudit() async throws {
        try await Self.run { scene, player in
            let recording = try await scene.finished()
            try await scene.fetcher.fetchDue()
            try await scene.store.database.execute("ALTER TABLE recording_play RENAME TO away")
            let answer = try await player.ask(recording.id)
            #expect(answer.status == 503)
            #expect(try player.errorID(of: answer) == "unavailable")
        }
    }

    @Test("T-04 What cannot be played says why: unknown, not here yet, never recorded, erased, damaged")
    func absent() async throws {
        try await Self.run { scene, player in
            func answer(_ recording: Recording) async throws -> (Int, String?) {
                let answer = try await player.ask(recording.id)
                return (answer.status, try player.errorID(of: answer))
            }
            #expect(try await answer(RecordingScene.recording()) == (404, "no-such-recording"))
            let recording = try await scene.finished(daysAgo: 50)
            #expect(try await answer(recording) == (404, "recording-not-ready"))
            var lost = RecordingScene.recording()
            lost.failure = "the exchange answered with status 500"
            try await scene.write([lost])
            #expect(try await answer(lost) == (404, "recording-failed"))
            try await scene.fetcher.fetchDue()
            let path = RecordingPath.path(of: recording.id, attempt: 1)
            let file = scene.folder.appendingPathComponent(path)
            let content = try Data(contentsOf: file)
            try content.dropLast(1).write(to: file)
            #expect(try await answer(recording) == (500, "recording-damaged"))
            try content.write(to: file)
            #expect(try await player.ask(recording.id).status == 200)
            #expect(try await scene.store.erase([recording.id], reason: "RECORDINGS_KEEP_DAYS") == 1)
            let gone = try await player.ask(recording.id)
            #expect(gone.status == 410)
            let json = try JSONSerialization.jsonObject(with: Data(gone.body)) as? [String: String]
            #expect(json?["errorID"] == "recording-erased" && json?["reason"] == "RECORDINGS_KEEP_DAYS")
        }
    }
}
