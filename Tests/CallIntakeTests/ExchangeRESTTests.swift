import Foundation
import HTTPTypes
import Hummingbird
import NIOConcurrencyHelpers
import OutboundHTTP
import TestSupport
import Testing
import Vocabulary

@testable import CallIntake

/// Commands of several steps, against an HTTP server that keeps bridges as ARI does.
@Suite(.timeLimit(.minutes(10))) struct ExchangeRESTTests {
    /// The bridges that are there, and what was asked for, in order: `POST /bridges/talk-1/record`.
    private struct Bridges: Sendable {
        var made: Set<String> = []
        var asked: [String] = []

        mutating func answer(_ method: String, _ path: String, bridgeID: String?) -> HTTPResponse.Status {
            self.asked.append(method + " " + path)
            let parts = path.split(separator: "/").dropFirst().map(String.init)
            if parts == ["bridges"], let bridgeID {
                return self.made.insert(bridgeID).inserted ? .ok : .conflict
            }
            guard parts.count > 1, self.made.contains(parts[1]) else { return .notFound }
            if method == "DELETE" { self.made.remove(parts[1]) }
            return .noContent
        }
    }

    private static func run(
        _ commands: [ExchangeCommand], breaking: @escaping @Sendable (Int) -> Set<String>? = { _ in nil }
    ) async throws -> (Bridges, reports: Int) {
        let bridges = NIOLockedValueBox(Bridges())
        let reports = NIOLockedValueBox(0)
        let router = Router()
        for method in [HTTPRequest.Method.post, .delete] {
            router.on("**", method: method) { request, _ in
                let id = request.uri.queryParameters["bridgeId"].map(String.init)
                let status = bridges.withLockedValue {
                    $0.answer(request.method.rawValue, request.uri.path, bridgeID: id)
                }
                return Response(status: status)
            }
        }
        try await withServer(router) { url in
            let rest = ExchangeREST(address: try Self.address(url), client: OutboundHTTPClient(logger: quietLogger()))
            for (index, command) in commands.enumerated() {
                let result = try await rest.carryOut(command, isAgain: false) { _ in
                    reports.withLockedValue { $0 += 1 }
                }
                #expect(result == .done)
                if let left = breaking(index) { bridges.withLockedValue { $0.made = left } }
            }
        }
        return (bridges.withLockedValue { $0 }, reports.withLockedValue { $0 })
    }

    @Test("A-11 C-01 An order to dial is stamped when it goes out and when a slow exchange has answered it")
    func slowExchange() async throws {
        let asked = NIOLockedValueBox<Date?>(nil)
        let router = Router()
        router.on("**", method: .post) { _, _ in
            asked.withLockedValue { $0 = Date() }
            // As the exchange does that takes its time.
            try await Task.sleep(for: .milliseconds(400))
            return Response(status: .ok)
        }
        try await withServer(router) { url in
            let rest = ExchangeREST(
                address: try Self.address(url), client: OutboundHTTPClient(logger: quietLogger()))
            let channel = "dial-" + UUID().uuidString.lowercased()
            let number = try PhoneNumber(parsing: "+79990000005")
            let result = try await rest.carryOut(.dial(channel: channel, number: number, arguments: "")) { _ in }
            guard case .taken(channel, let orderedAt, let answeredAt) = result else {
                Issue.record("\(result)")
                return
            }
            let arrived = try #require(asked.withLockedValue { $0 })
            #expect(orderedAt <= arrived && answeredAt.timeIntervalSince(arrived) >= 0.4)
        }
    }

    private static func address(_ url: String) throws -> ExchangeAddress {
        try #require(
            ExchangeAddress(
                name: "pbx", url: url + "/ari", username: "line122", password: "secret", application: "call-intake",
                operatorEndpoint: "PJSIP/{extension}", trunkEndpoint: "PJSIP/{number}", citizenRing: 30,
                prompts: "line122"))
    }

    private static let connect = ExchangeCommand.connect(
        bridge: "talk-1", channels: ["a", "b"], recording: "line122/one", isPrepared: true)

    @Test("T-05 A conversation whose bridge was prepared takes two orders")
    func prepared() async throws {
        let (bridges, reports) = try await Self.run([.prepare(bridge: "talk-1"), Self.connect])
        #expect(
            bridges.asked == [
                "POST /ari/bridges", "POST /ari/bridges/talk-1/record", "POST /ari/bridges/talk-1/addChannel",
            ])
        #expect(reports == 0)
    }

    @Test("T-04 A prepared bridge that is gone is made again, and the conversation is recorded all the same")
    func preparedBridgeIsGone() async throws {
        let (bridges, reports) = try await Self.run(
            [.prepare(bridge: "talk-1"), Self.connect], breaking: { $0 == 0 ? [] : nil })
        #expect(
            bridges.asked == [
                "POST /ari/bridges", "POST /ari/bridges/talk-1/record", "POST /ari/bridges",
                "POST /ari/bridges/talk-1/record", "POST /ari/bridges/talk-1/addChannel",
            ])
        #expect(bridges.made == ["talk-1"] && reports == 0)
    }

    @Test("T-05 Without a recording a prepared bridge that is gone is made when nobody can be put into it")
    func preparedBridgeIsGoneWithoutRecording() async throws {
        let (bridges, _) = try await Self.run([
            .connect(bridge: "talk-1", channels: ["a"], recording: nil, isPrepared: true)
        ])
        #expect(
            bridges.asked == [
                "POST /ari/bridges/talk-1/addChannel", "POST /ari/bridges", "POST /ari/bridges/talk-1/addChannel",
            ])
    }
}
