import Foundation
import HTTPTypes
import Hummingbird
import NIOConcurrencyHelpers
import NIOCore
import OutboundHTTP
import TestSupport
import Testing

@testable import CallIntake

/// Against an HTTP server that answers as ARI does (GET and DELETE /recordings/stored/{name}).
@Suite(.timeLimit(.minutes(10))) struct ExchangeRecordingsTests {
    /// What it was asked: method, path as sent, authorization.
    private struct Asked: Sendable, Equatable {
        let method: String
        let path: String
        let authorization: String?
    }

    private static func run(
        _ answer: @escaping @Sendable (Hummingbird.Request) -> Response,
        _ body: (ExchangeRecordings, NIOLockedValueBox<[Asked]>) async throws -> Void
    ) async throws {
        let asked = NIOLockedValueBox<[Asked]>([])
        let router = Router()
        for method in [HTTPRequest.Method.get, .delete] {
            router.on("**", method: method) { request, _ in
                asked.withLockedValue {
                    $0.append(
                        Asked(
                            method: request.method.rawValue, path: request.head.path ?? "",
                            authorization: request.headers[.authorization]))
                }
                return answer(request)
            }
        }
        try await withServer(router) { url in
            let address = try #require(
                ExchangeAddress(
                    name: "pbx", url: url + "/ari", username: "line122", password: "secret", application: "call-intake",
                    operatorEndpoint: "PJSIP/{extension}", trunkEndpoint: "PJSIP/{number}", citizenRing: 30,
                    prompts: "line122"))
            try await body(
                ExchangeRecordings(
                    exchanges: ["pbx": address], client: OutboundHTTPClient(logger: quietLogger())), asked)
        }
    }

    private static func read(_ source: ExchangeRecordings, at exchange: String = "pbx") async throws -> [UInt8] {
        let bytes = NIOLockedValueBox<[UInt8]>([])
        try await source.read("rec/a b", at: exchange) { piece in bytes.withLockedValue { $0 += piece } }
        return bytes.withLockedValue { $0 }
    }

    @Test("T-04 A sound is fetched and removed by its name, slashes and all")
    func reads() async throws {
        let sound = RecordingScene.wav(seconds: 60)
        try await Self.run({ request in
            request.method == .get
                ? Response(status: .ok, body: .init(byteBuffer: ByteBuffer(bytes: sound)))
                : Response(status: .noContent)
        }) { source, asked in
            #expect(try await Self.read(source) == sound)
            try await source.remove("rec/a b", at: "pbx")
            let authorization = "Basic " + Data("line122:secret".utf8).base64EncodedString()
            #expect(
                asked.withLockedValue { $0 } == [
                    Asked(
                        method: "GET", path: "/ari/recordings/stored/rec%2Fa%20b/file", authorization: authorization),
                    Asked(method: "DELETE", path: "/ari/recordings/stored/rec%2Fa%20b", authorization: authorization),
                ])
            await #expect(throws: RecordingSourceError.unknownExchange) {
                try await Self.read(source, at: "another")
            }
        }
    }

    @Test("T-04 A file that is not there is missing, and removed already; other answers are refusals")
    func refuses() async throws {
        try await Self.run({ _ in Response(status: .notFound) }) { source, _ in
            await #expect(throws: RecordingSourceError.missing) { try await Self.read(source) }
            try await source.remove("rec/a b", at: "pbx")
        }
        try await Self.run({ _ in Response(status: .forbidden) }) { source, _ in
            await #expect(throws: RecordingSourceError.refused(status: 403)) { try await Self.read(source) }
            await #expect(throws: RecordingSourceError.refused(status: 403)) {
                try await source.remove("rec/a b", at: "pbx")
            }
        }
    }

    @Test("T-04 A download that breaks off is an error, never a shorter sound")
    func breaksOff() async throws {
        struct Gone: Error {}
        try await Self.run({ _ in
            Response(
                status: .ok,
                body: .init(contentLength: 100_000) { writer in
                    try await writer.write(ByteBuffer(repeating: 1, count: 50_000))
                    throw Gone()
                })
        }) { source, _ in
            await #expect(throws: OutboundHTTPError.self) { try await Self.read(source) }
        }
    }
}
