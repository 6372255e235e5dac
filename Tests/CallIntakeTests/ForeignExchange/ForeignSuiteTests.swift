import AMQP
import Configuration
import Contracts
import Crypto
import Foundation
import Messaging
import OutboundHTTP
import Postgres
import ServiceSupport
import TestSupport
import Testing
import Vocabulary

@testable import CallIntake

/// Calls of other exchanges beside those of our own.
@Suite(.timeLimit(.minutes(10))) struct ForeignSuiteTests {
    private typealias Scene = ForeignScene

    private static func requests(_ database: PostgresPool, exchanges: [String]) throws -> LineRequests {
        let broker = AMQPClient(
            try AMQPSettings(url: "amqp://nobody:x@127.0.0.1:1/none"), topology: AMQPTopology(), logger: quietLogger())
        return LineRequests(
            exchanges: exchanges, telephones: [:], plan: .bare, directory: LineDirectory(), database: database,
            client: RequestClient(service: .callIntake, broker: broker, logger: quietLogger()))
    }

    @Test("T-01 The line of one of our exchanges does not read calls of another one, living or over")
    func apart() async throws {
        try await Scene.run { scene in
            let living = Array(Scene.broken("7001").prefix(3))
            #expect(try await scene.post(Scene.list(living + Scene.broken("7002", prefix: "f"))).status == 200)
            for exchange in ["main", "second"] {
                let line = try await LineStore(database: scene.database, exchange: exchange).read(
                    plan: .bare, calendar: nil, fence: 0
                ).line
                #expect(line.calls.isEmpty && line.channels.isEmpty && line.dials.isEmpty)
            }
            // Taking over an exchange touches rows of its own name only.
            let lease = try #require(try await ExchangeLease.take("main", holder: "one", database: scene.database))
            var output = LineOutput()
            output.events = [CallReceived(callID: UUID(), caller: .hidden, line: "122", receivedAt: Date())]
            try await LineStore(database: scene.database, exchange: "main").write(
                output, fence: lease.fence, number: 1)
            #expect(try await scene.store.views().map(\.state) == [.talking])
        }
    }

    @Test("C-01 C-03 A citizen whose call another exchange lost is called back by the first of ours")
    func callback() async throws {
        try await Scene.run { scene in
            #expect(try await scene.post(Scene.list(Scene.broken("7001"))).status == 200)
            let callID = ForeignCall.id(of: "7001", at: "avaya")
            for exchanges in [["main"], ["main", "second"]] {
                let requests = try Self.requests(scene.database, exchanges: exchanges)
                #expect(try await requests.exchange(of: callID) == "main")
            }
            // A line that never had the call dials for it, and the new call says which one it goes on with.
            var line = LineScene()
            let ended = try #require(try await scene.announced(CallEnded.self).first)
            let request = DialCitizen(
                attemptID: CallbackIdentity.attempt(of: callID, 1), callbackID: CallbackIdentity.callback(of: callID),
                number: try #require(ended.caller.number), preferredOperatorID: ended.operatorID,
                originalCallID: callID)
            _ = try line.give(.dial(request))
            let channel = try #require(line.dialled.first)
            let newCall = UUID()
            line.happen(
                .citizenAnswered(channel: channel, attemptID: request.attemptID, callID: newCall))
            #expect(line.calls[newCall]?.originalCallID == callID)
        }
    }

    @Test("T-01 Who looks at the line sees the calls of other exchanges that are not over")
    func seen() async throws {
        try await Scene.run { scene in
            let events = Array(Scene.broken("7001").prefix(3)) + [Scene.event("h", "7001", "held", ago: 5)]
            #expect(try await scene.post(Scene.list(events + Scene.broken("7002", prefix: "f"))).status == 200)
            let view = try #require(try await scene.store.views().first)
            #expect(view.callID == ForeignCall.id(of: "7001", at: "avaya") && view.state == .held)
            #expect(view.operatorID == "operator1" && view.queue == "first" && view.isRecorded == nil)
            #expect(try await scene.store.living().map(\.count) == [1])
            // Silent for hours: the exchange has forgotten to end it.
            try await scene.database.execute("UPDATE foreign_call SET heard_at = heard_at - interval '7 hours'")
            #expect(try await scene.store.views().isEmpty)
            #expect(try await scene.store.living().map(\.count) == [1])
        }
    }

    @Test("T-03 A message of another exchange is one draft; who asks for its sound is told where it lies")
    func message() async throws {
        try await Scene.run { scene in
            let url = "https://pbx.example/r/1.wav"
            let events = [
                Scene.event("1", "7001", "offered", ago: 60, #""caller":"+79990000005","line":"122""#),
                Scene.event("2", "7001", "message", ago: 20, #""duration":14.2,"recordingURL":"\#(url)""#),
                Scene.event("3", "7001", "message", ago: 20, #""duration":14.2,"recordingURL":"\#(url)""#),
                Scene.event("4", "7001", "ended", ago: 10, #""reason":"caller-hung-up""#),
            ]
            #expect(try await scene.post(Scene.list(events)).status == 200)
            #expect(try await scene.story("7001") == ["call.received 1", "call.message-left 2", "call.ended 3"])
            #expect(try await scene.announced(CallEnded.self).first?.outcome == .messageLeft)
            let message = try #require(try await scene.announced(MessageLeft.self).first)
            #expect(message.seconds == 14)
            let playable = try await scene.database.transaction {
                try await RecordingStore.playable(message.recordingID, by: "admin", in: $0)
            }
            #expect(playable?.state == .failed && playable?.failure == "the sound stays at the exchange avaya")
            let name = try await scene.database.query("SELECT name FROM recording").first?.decode(String.self)
            #expect(name?.hasSuffix(" " + url) == true)
            // No alarm of ours, and nothing to fetch.
            let recordings = RecordingStore(database: scene.database)
            #expect(try await recordings.announceFailed().isEmpty)
            #expect(try await recordings.nextRemains() == nil)
            #expect(try await recordings.nextFetch() == nil)
        }
    }

    @Test("P-02 Events and states are forgotten after seven days; what comes even later changes nothing")
    func forgotten() async throws {
        try await Scene.run { scene in
            let body = Scene.list(Scene.broken("7001"))
            #expect(try await scene.post(body).status == 200)
            #expect(try await scene.post(Scene.list(Array(Scene.broken("7002", prefix: "f").prefix(1)))).status == 200)
            try await scene.store.forget()
            #expect(try await scene.count("foreign_event") == 5)
            try await scene.database.execute(
                """
                UPDATE foreign_event SET received_at = received_at - interval '8 days'
                """)
            try await scene.database.execute(
                "UPDATE foreign_call SET ended_at = ended_at - interval '8 days' WHERE ended_at IS NOT NULL")
            try await scene.store.forget()
            // The call that goes on keeps its state.
            #expect(try await scene.count("foreign_event") == 0)
            #expect(try await scene.count("foreign_call") == 1)
            let again = try await scene.post(body)
            #expect(again.status == 422)
            #expect(try Scene.results(again) == Array(repeating: "call-over", count: 4))
            #expect(try await scene.story("7001").count == 3)
            #expect(try await scene.count("foreign_call") == 1)
        }
    }

    @Test("T-01 The example client sends, repeats what is known, and tells what was refused")
    func exampleClient() async throws {
        try await Scene.run { scene in
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("example-\(UUID())")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let secret = folder.appendingPathComponent("secret")
            try Data((Scene.secret + "\n").utf8).write(to: secret)
            func send(_ events: [String]) async throws -> (status: Int32, output: String) {
                let input = folder.appendingPathComponent("events")
                try Data(events.joined(separator: "\n").utf8).write(to: input)
                let process = Process()
                process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
                process.arguments = [
                    Scene.root.appendingPathComponent("ops/exchange-events.example.py").path,
                    scene.url + ForeignRoutes.path, "k1", secret.path,
                ]
                process.standardInput = try FileHandle(forReadingFrom: input)
                let (output, errors) = (Pipe(), Pipe())
                process.standardOutput = output
                process.standardError = errors
                // The process may end before its handler would be set.
                let (ends, continuation) = AsyncStream.makeStream(of: Void.self)
                process.terminationHandler = { _ in continuation.finish() }
                try process.run()
                for await _ in ends {}
                let texts = [output, errors].map { $0.fileHandleForReading.readDataToEndOfFile() }
                return (process.terminationStatus, texts.map { String(decoding: $0, as: UTF8.self) }.joined())
            }
            let events = Scene.broken("7001")
            #expect(try await send(events) == (0, "sent 4, refused 0\n"))
            #expect(try await send(events) == (0, "sent 4, refused 0\n"))
            #expect(try await scene.story("7001").count == 3)
            let refused = try await send([Scene.event("h", "7009", "held")])
            #expect(refused.status == 1 && refused.output.contains("unknown-call"))
            try Data("another secret".utf8).write(to: secret)
            let wrong = try await send(events)
            #expect(wrong.status == 2 && wrong.output.contains("signature-wrong"))
        }
    }

    @Test("T-01 The file of exchanges is checked at the start, and its mistakes are named")
    func settings() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("foreign-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (long, short) = (folder.appendingPathComponent("long"), folder.appendingPathComponent("short"))
        try Data((Scene.secret + "\n").utf8).write(to: long)
        try Data("short".utf8).write(to: short)
        func read(_ text: String?) throws -> ForeignSettings? {
            let file = folder.appendingPathComponent("exchanges.json")
            if let text { try Data(text.utf8).write(to: file) }
            let values = text == nil ? [:] : ["FOREIGN_EXCHANGES_FILE": file.path]
            let provider = EnvironmentVariablesProvider(environmentVariables: values)
            return try ForeignSettings(Settings(ConfigReader(provider: provider)), own: ["main"])
        }
        func entry(_ name: String, _ key: String, _ file: URL = long) -> String {
            #"{"name":"\#(name)","keyID":"\#(key)","secretFile":"\#(file.path)"}"#
        }
        #expect(try read(nil) == nil)
        let settings = try #require(
            try read("[\(entry("avaya", "k1")),\(entry("avaya", "k2")),\(entry("mango", "k3"))]"))
        #expect(settings.keys.mapValues(\.exchange) == ["k1": "avaya", "k2": "avaya", "k3": "mango"])
        #expect(settings.inFlight == 16 && settings.keys["k1"]?.secret.bitCount == 256)
        for (text, word) in [
            ("{", "JSON list"), ("[]", "at least one"), ("[\(entry("main", "k1"))]", "main"),
            ("[\(entry("а", "k1"))]", "Latin"), ("[\(entry("avaya", "k=1"))]", "Latin"),
            ("[\(entry("avaya", "k1", short))]", "32"), ("[\(entry("avaya", "k1")),\(entry("mango", "k1"))]", "twice"),
            ("[\(entry("avaya", "k1", folder.appendingPathComponent("none")))]", "cannot be read"),
        ] {
            do {
                _ = try read(text)
                Issue.record("accepted: \(text)")
            } catch let error as SettingsError {
                #expect(error.description.contains(word) && error.description.contains("FOREIGN_EXCHANGES_FILE"))
            }
        }
    }
}
