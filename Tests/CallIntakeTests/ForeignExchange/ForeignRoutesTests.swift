import Contracts
import Foundation
import NIOCore
import NIOPosix
import OutboundHTTP
import Postgres
import TestSupport
import Testing
import Vocabulary

@testable import CallIntake

/// Events of other exchanges, over HTTP into a real PostgreSQL.
@Suite(.timeLimit(.minutes(10))) struct ForeignRoutesTests {
    private typealias Scene = ForeignScene

    @Test("T-15 C-01 A line that broke at another exchange is announced like one of ours, with the row of one")
    func broken() async throws {
        try await Scene.run { scene in
            let answer = try await scene.post(Scene.list(Scene.broken("7001")))
            #expect(answer.status == 200)
            #expect(try Scene.results(answer) == ["done", "done", "done", "done"])
            #expect(try await scene.story("7001") == ["call.received 1", "call.answered 2", "call.ended 3"])
            let ended = try #require(try await scene.announced(CallEnded.self).first)
            #expect(ended.outcome == .callerLineBroken && ended.outcome?.isBroken == true && ended.cause == 41)
            #expect(ended.operatorID == "operator1" && ended.caller.number?.e164 == "+79990000005")
            let row = try #require(
                try await scene.database.query(
                    """
                    SELECT id, exchange, channel_id, caller, line, direction, state, queue, spoken_operator_id,
                        outcome, cause, waiting_ms, ringing_ms, kept IS NULL AS is_clean FROM call
                    """
                ).first)
            #expect(try row.decode("id", as: UUID.self) == ended.callID)
            func text(_ column: String) throws -> String { try row.decode(column, as: String.self) }
            let columns = ["exchange", "channel_id", "caller", "line", "direction", "state", "queue", "outcome"]
            let values = try columns.map(text)
            #expect(
                values == ["avaya", "7001", "+79990000005", "122", "inbound", "ended", "first", "callerLineBroken"])
            #expect(try row.decode("ringing_ms", as: Int64.self) == 4000)
            #expect(abs(try row.decode("waiting_ms", as: Int64.self) - 20_000) < 100)
            #expect(try text("spoken_operator_id") == "operator1" && row.decode("is_clean", as: Bool.self))
            // Counted among the indicators as any other.
            let indicators = try await IndicatorStore(database: scene.database).answer(
                GetCallIndicators(from: Date().addingTimeInterval(-86_400), to: Date()))
            #expect(indicators.offered == 1 && indicators.answered == 1 && indicators.broken == 1)
        }
    }

    @Test("T-15 A request that is replayed, and an event that comes in another one, change nothing")
    func replay() async throws {
        try await Scene.run { scene in
            let body = Scene.list(Scene.broken("7001"))
            let header = Scene.header(body)
            #expect(try await scene.post(body, header: header).status == 200)
            let again = try await scene.post(body, header: header)
            #expect(again.status == 200)
            #expect(try Scene.results(again) == Array(repeating: "known", count: 4))
            // One of them alone, twice in one request with another.
            let first = Scene.broken("7001")[0]
            let third = try await scene.post(
                Scene.list([first, Scene.event("x", "7002", "offered", ago: 10, #""line":"122""#), first]))
            #expect(try Scene.results(third) == ["known", "done", "known"])
            #expect(try await scene.story("7001").count == 3)
            #expect(try await scene.count("foreign_event") == 5)
            // The same names at another exchange are other events of another call.
            let other = try await scene.post(
                body, header: Scene.header(body, key: "k2", secret: Scene.otherSecret))
            #expect(try Scene.results(other) == Array(repeating: "done", count: 4))
            #expect(try await scene.story("7001", at: "mango").count == 3)
        }
    }

    @Test("T-01 Each event is answered for itself: an unknown type is named, the others are taken")
    func perEvent() async throws {
        try await Scene.run { scene in
            let answer = try await scene.post(
                Scene.list([
                    Scene.event("1", "7001", "offered", ago: 30, #""caller":null,"line":"122""#),
                    Scene.event("2", "7001", "dialled"), Scene.event("3", "7009", "held"), "7",
                    Scene.event("4", "7001", "answered", #""operator":"operator1""#),
                    Scene.event("5", "7001", "ended", ago: 5, #""reason":"tired""#),
                ]))
            #expect(answer.status == 422)
            #expect(
                try Scene.results(answer) == [
                    "done", "unknown-type", "unknown-call", "field-wrong", "done", "field-wrong",
                ])
            #expect(String(decoding: answer.body, as: UTF8.self).contains("dialled"))
            #expect(try await scene.story("7001") == ["call.received 1", "call.answered 2"])
            // Nothing is left of the call that was not taken.
            #expect(try await scene.count("foreign_call") == 1)
            #expect(try await scene.count("foreign_event") == 2)
            // What was refused may come again, mended, under its id.
            let mended = try await scene.post(Scene.event("5", "7001", "ended", ago: 5, #""reason":"caller-hung-up""#))
            #expect(mended.status == 200)
            #expect(try Scene.results(mended) == ["done"])
            #expect(try await scene.announced(CallEnded.self).first?.caller == .hidden)
        }
    }

    @Test("P-01 What is not signed, signed wrongly or long ago is not believed and leaves nothing")
    func signature() async throws {
        try await Scene.run { scene in
            let body = Scene.list(Scene.broken("7001"))
            func refused(_ header: String) async throws -> String? {
                let answer = try await scene.post(body, header: header)
                #expect(answer.status == 401)
                return try Scene.errorID(answer)
            }
            let headers = [
                ("nonsense", "not-signed"), (Scene.header(body + " "), "signature-wrong"),
                (Scene.header(body, secret: Scene.otherSecret), "signature-wrong"),
                (Scene.header(body, key: "k3"), "signature-wrong"),
                (Scene.header(body, at: Date() - 400), "signature-expired"),
            ]
            for (header, expected) in headers {
                let errorID = try await refused(header)
                #expect(errorID == expected)
            }
            #expect(try await scene.count("foreign_event") == 0)
            #expect(try await scene.count("call") == 0)
        }
    }

    @Test("T-01 A body that is no JSON, too large or of too many events is refused as a whole")
    func bodies() async throws {
        try await Scene.run { scene in
            for body in ["", "{", "[]", "7", #"{"events":7}"#] {
                let answer = try await scene.post(body)
                #expect(answer.status == 400)
                #expect(try Scene.errorID(answer) == "not-json")
            }
            let large = try await scene.post(String(repeating: " ", count: ForeignRoutes.maximumBody + 1))
            #expect(large.status == 413)
            #expect(try Scene.errorID(large) == "too-large")
            let fitting = "{}" + String(repeating: " ", count: ForeignRoutes.maximumBody - 2)
            #expect(try await scene.post(fitting).status == 422)
            let many = try await scene.post(Scene.list(Array(repeating: "{}", count: ForeignBatch.maximumEvents + 1)))
            #expect(many.status == 413)
            #expect(try Scene.errorID(many) == "too-many-events")
            let none = try await scene.post(#"{"events":[]}"#)
            #expect(none.status == 200)
            #expect(try Scene.results(none).isEmpty)
        }
    }

    @Test("T-01 A thousand events of many calls are one request")
    func many() async throws {
        try await Scene.run { scene in
            let events = (0..<250).flatMap { Scene.broken("call-\($0)", prefix: "e\($0)-", reason: "caller-hung-up") }
            let answer = try await scene.post(Scene.list(events))
            #expect(answer.status == 200)
            #expect(try Scene.results(answer).count { $0 == "done" } == 1000)
            #expect(try await scene.count("call") == 250)
            #expect(try await scene.announced(CallEnded.self).count == 250)
        }
    }

    @Test("T-15 What fails before its commit leaves nothing, and is taken whole when it comes again")
    func crash() async throws {
        try await Scene.run { scene in
            // As if the server went away when everything but the commit was done.
            _ = try await scene.database.runScript(
                """
                CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS
                    $$ BEGIN RAISE EXCEPTION 'gone' USING ERRCODE = '57P01'; END $$;
                CREATE CONSTRAINT TRIGGER crash AFTER INSERT ON outbox_message DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION crash();
                """)
            let body = Scene.list(Scene.broken("7001"))
            let failed = try await scene.post(body)
            #expect(failed.status == 503 && failed.header("Retry-After") == "5")
            #expect(try Scene.errorID(failed) == "away")
            for table in ["call", "foreign_call", "foreign_event", "outbox_message"] {
                #expect(try await scene.count(table) == 0)
            }
            try await scene.database.execute("DROP TRIGGER crash ON outbox_message")
            #expect(try Scene.results(try await scene.post(body)) == Array(repeating: "done", count: 4))
            #expect(try await scene.story("7001").count == 3)
        }
    }

    @Test("T-01 A value that the database does not take spoils its own call only")
    func poison() async throws {
        try await Scene.run { scene in
            try await scene.database.execute("ALTER TABLE call ADD CHECK (line <> 'poison')")
            let events = (0..<9).map {
                Scene.event("\($0)", "c\($0)", "offered", ago: 10, #""line":"\#($0 == 5 ? "poison" : "122")""#)
            }
            let answer = try await scene.post(
                Scene.list(events + [Scene.event("9", "c2", "queued", ago: 9, #""queue":"first""#)]))
            #expect(answer.status == 422)
            let results = try Scene.results(answer)
            #expect(results[5] == "cannot-be-kept" && results.count { $0 == "done" } == 9)
            #expect(try await scene.count("call") == 8)
        }
    }

    @Test("T-15 Events of one call that come at once on many connections make one call")
    func concurrent() async throws {
        try await Scene.run { scene in
            let events = Scene.broken("7001")
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for round in 0..<12 {
                    let event = events[round % 4]
                    group.addTask { try await scene.post(event).status }
                }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.allSatisfy { $0 == 200 })
            let story = try await scene.story("7001")
            #expect(story.first == "call.received 1" && story.last?.hasPrefix("call.ended") == true)
            #expect(try await scene.announced(CallReceived.self).count == 1)
            #expect(try await scene.announced(CallEnded.self).count == 1)
            #expect(try await scene.count("call") == 1)
            #expect(try await scene.count("foreign_event") == 4)
        }
    }

    @Test("T-01 More requests than may be in hand are sent away with a time to come again")
    func busy() async throws {
        try await Scene.run(limit: 1) { scene in
            let callID = ForeignCall.id(of: "7001", at: "avaya")
            #expect(try await scene.post(Scene.broken("7001")[0]).status == 200)
            let (reached, signal) = AsyncStream.makeStream(of: Void.self)
            let (release, go) = AsyncStream.makeStream(of: Void.self)
            async let holding: Void = scene.database.transaction { transaction in
                _ = try await transaction.query(
                    "SELECT 1::bigint FROM foreign_call WHERE call_id = \(callID) FOR UPDATE")
                signal.finish()
                for await _ in release {}
            }
            for await _ in reached {}
            async let first = scene.post(Scene.broken("7001")[1])
            try await eventually("the first one waits") {
                try await scene.database.query("SELECT 1::bigint FROM pg_locks WHERE NOT granted").isEmpty == false
            }
            let second = try await scene.post(Scene.broken("7002")[0])
            #expect(second.status == 429 && second.header("Retry-After") == "1")
            #expect(try Scene.errorID(second) == "busy")
            go.finish()
            try await holding
            #expect(try await first.status == 200)
            #expect(try await scene.post(Scene.broken("7002")[0]).status == 200)
        }
    }

    @Test("T-01 A body that does not come in time gives its place to others")
    func slow() async throws {
        try await Scene.run(limit: 1, bodyDeadline: .seconds(1)) { scene in
            let body = Scene.broken("7001")[0]
            let head = """
                POST \(ForeignRoutes.path) HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r
                \(ForeignSignature.header): \(Scene.header(body))\r\n\r\n{
                """
            let port = try #require(URLComponents(string: scene.url)?.port)
            let connection = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(host: "127.0.0.1", port: port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            let answer = try await connection.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(string: head))
                var text = ""
                for try await part in inbound {
                    text += String(buffer: part)
                    if text.contains("too-slow") { break }
                }
                return text
            }
            #expect(answer.hasPrefix("HTTP/1.1 408 ") && answer.contains("Retry-After: 1"))
            // On a busy machine the second of this test is short for a whole body as well.
            try await eventually("others are heard") { try await scene.post(body).status == 200 }
        }
    }

    @Test("T-01 While the database is away the exchange is told to keep its events")
    func away() async throws {
        let server = try PrivatePostgres()
        defer { #expect(throws: Never.self) { try server.remove() } }
        var settings = try server.settings
        settings.connectTimeout = .milliseconds(300)
        let pool = PostgresPool(settings, logger: quietLogger())
        try server.killHard()
        let intake = ForeignIntake(store: ForeignStore(database: pool), rules: Scene.rules, logger: quietLogger())
        let entries = try JSONDecoder().decode(ForeignBatch.self, from: Data(Scene.broken("7001")[0].utf8)).entries
        do {
            _ = try await intake.take(entries, from: "avaya", at: Date())
            Issue.record("events were taken without a database")
        } catch let error as PostgresError {
            #expect(error.isRetryable)
        }
        await pool.close()
    }
}
