import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import Statements
import TestSupport
import Testing

@testable import OperatorDesk

/// The desk in front of a call-intake that only looks at who asks.
@Suite(.timeLimit(.minutes(10))) struct RecordingRelayTests {
    private static let pair = StatementKeys.make(keyID: "desk-1")
    private static let sound = (0..<400_000).map { UInt8(truncatingIfNeeded: $0 / 11) }

    /// - Parameter publicKey: what call-intake believes.
    private static func run(
        publicKey: String = pair.publicKey, _ body: (DeskServer) async throws -> Void
    ) async throws {
        let verifier = try StatementVerifier(publicKeys: publicKey)
        let router = Router()
        router.on("/v1/recordings/:id", method: .get) { request, _ in Self.answer(request, verifier) }
        router.on("/v1/recordings/:id", method: .head) { request, _ in Self.answer(request, verifier) }
        let (ports, continuation) = AsyncStream.makeStream(of: Int?.self)
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { continuation.yield($0.localAddress?.port) }, logger: quietLogger())
        let group = ServiceGroup(configuration: .init(services: [.init(service: application)], logger: quietLogger()))
        let running = Task { try await group.run() }
        let result: Result<Void, any Error>
        do {
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next() ?? nil)
            try await DeskServer.run(
                [
                    "CALL_INTAKE_URL": "http://127.0.0.1:\(port)/",
                    "STATEMENT_PRIVATE_KEY": Self.pair.privateKey,
                ], body)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await group.triggerGracefulShutdown()
        try await running.value
        try result.get()
    }

    private static func answer(_ request: Request, _ verifier: StatementVerifier) -> Response {
        do {
            let statement = try verifier.verify(
                request.headers[HTTPField.Name(Statement.header)!], method: request.method.rawValue,
                path: request.head.path ?? "")
            guard statement.role == "operator" else {
                let json = #"{"errorID":"not-yours","message":"Нельзя."}"#
                return Response(
                    status: .forbidden, headers: [.contentType: "application/json; charset=utf-8"],
                    body: .init(byteBuffer: ByteBuffer(string: json)))
            }
            var headers: HTTPFields = [
                .contentType: "audio/wav", .acceptRanges: "bytes", .eTag: "\"\(statement.actor)\"",
                .cacheControl: "no-store", .server: "call-intake",
            ]
            guard request.method == .get else {
                headers[.contentLength] = "\(Self.sound.count)"
                return Response(status: .ok, headers: headers)
            }
            guard request.headers[.range] == "bytes=10-19" else {
                return Response(
                    status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: Self.sound)))
            }
            headers[.contentRange] = "bytes 10-19/\(Self.sound.count)"
            return Response(
                status: .partialContent, headers: headers,
                body: .init(byteBuffer: ByteBuffer(bytes: Self.sound[10..<20])))
        } catch {
            return Response(status: .unauthorized)
        }
    }

    @Test("T-04 Who is signed in hears a recording through the desk, whole or in ranges")
    func relayed() async throws {
        try await Self.run { desk in
            let path = "/api/recordings/\(UUID())"
            #expect(try await desk.ask("GET", path).status == 401)
            let cookie = try await desk.cookie()
            let whole = try await desk.ask("GET", path, cookie: cookie)
            #expect(whole.status == 200 && Array(whole.body) == Self.sound)
            #expect(whole.headers["content-type"] == "audio/wav" && whole.headers["etag"] == "\"operator1\"")
            #expect(whole.headers["cache-control"] == "no-store" && whole.headers["server"] != "call-intake")
            let part = try await desk.ask("GET", path, cookie: cookie, headers: ["Range": "bytes=10-19"])
            #expect(part.status == 206 && Array(part.body) == Array(Self.sound[10..<20]))
            #expect(part.headers["content-range"] == "bytes 10-19/\(Self.sound.count)")
            let head = try await desk.ask("HEAD", path, cookie: cookie)
            #expect(head.status == 200 && head.body.isEmpty)
            #expect(head.headers["content-length"] == "\(Self.sound.count)")
            #expect(try await desk.ask("GET", "/api/recordings/x", cookie: cookie).status == 400)
            let ofCard = try await desk.ask("GET", path + "?appeal=\(UUID())", cookie: cookie)
            #expect(ofCard.status != 400, "D-306 the path knows its parameter")
        }
    }

    @Test("T-04 A refusal of call-intake reaches the person, and its disbelief in the desk is no sign-out")
    func refused() async throws {
        try await Self.run { desk in
            let cookie = try await desk.cookie("org-gp-1")
            let answer = try await desk.ask("GET", "/api/recordings/\(UUID())", cookie: cookie)
            #expect(answer.status == 403 && answer.errorID == "not-yours")
        }
        try await Self.run(publicKey: StatementKeys.make(keyID: "desk-1").publicKey) { desk in
            let answer = try await desk.ask("GET", "/api/recordings/\(UUID())", cookie: try await desk.cookie())
            #expect(answer.status == 500 && answer.errorID == "failed")
        }
    }

    @Test("T-04 A desk without call-intake says so")
    func notSetUp() async throws {
        try await DeskServer.run { desk in
            let answer = try await desk.ask("GET", "/api/recordings/\(UUID())", cookie: try await desk.cookie())
            #expect(answer.status == 503 && answer.errorID == "not-set-up")
        }
        try await DeskServer.run([
            "CALL_INTAKE_URL": "http://127.0.0.1:1", "STATEMENT_PRIVATE_KEY": Self.pair.privateKey,
        ]) { desk in
            let answer = try await desk.ask("GET", "/api/recordings/\(UUID())", cookie: try await desk.cookie())
            #expect(answer.status == 503 && answer.errorID == "unavailable")
        }
    }
}
