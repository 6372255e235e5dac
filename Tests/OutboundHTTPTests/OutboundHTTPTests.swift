import Foundation
import Logging
import NIOConcurrencyHelpers
import ServiceLifecycle
import ServiceLifecycleTestKit
import Testing

@testable import OutboundHTTP

struct Echo: Decodable {
    let method: String
    let target: String
    let headers: [String: String]
    let body: String
    let connection: Int
}

@Suite(.timeLimit(.minutes(10))) struct OutboundHTTPTests {
    let peer: Peer
    let client = OutboundHTTPClient(logger: Logger(label: "test"))

    init() throws { self.peer = try Peer.shared.get() }

    /// No test of speed: the peer is one thread, and others use it.
    func request(_ path: String, method: String = "GET", body: OutboundBody = .none) -> OutboundRequest {
        OutboundRequest(
            method: method, url: self.peer.http + path, body: body, connectTimeout: .seconds(60), deadline: .seconds(60)
        )
    }

    func echo(_ request: OutboundRequest) async throws -> Echo {
        let response = try await self.client.execute(request)
        #expect(response.status == 200)
        return try JSONDecoder().decode(Echo.self, from: Data(response.body))
    }

    func failure(_ request: OutboundRequest) async throws -> OutboundHTTPError {
        try #require(await #expect(throws: OutboundHTTPError.self) { try await self.client.execute(request) })
    }

    func stats() async throws -> Peer.Stats {
        let response = try await self.client.execute(self.request("/stats"))
        return try JSONDecoder().decode(Peer.Stats.self, from: Data(response.body))
    }

    // MARK: What is sent

    @Test(arguments: ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    func methodsAndBodiesArriveAsGiven(_ method: String) async throws {
        var request = self.request("/echo?a=1", method: method)
        let bare = try await self.echo(request)
        #expect(bare.method == method && bare.target == "/echo?a=1" && bare.body.isEmpty)
        #expect(bare.headers["content-type"] == nil && bare.headers["expect"] == nil)
        #expect((bare.headers["content-length"] == "0") == ["POST", "PUT", "PATCH"].contains(method))
        request.body = .bytes([0, 1, 2, 0, 65])
        request.headers = [("Content-Type", "application/x"), ("X-Empty", ""), ("X-Two", "да")]
        let full = try await self.echo(request)
        #expect(full.method == method && full.body == "\u{0}\u{1}\u{2}\u{0}A")
        #expect(full.headers["content-type"] == "application/x" && full.headers["x-empty"] == "")
        #expect(full.headers["user-agent"] == "line122" && full.headers["x-two"] != nil)
    }

    @Test func headHasNoBody() async throws {
        let response = try await self.client.execute(self.request("/echo", method: "HEAD"))
        #expect(response.status == 200 && response.body.isEmpty)
    }

    @Test func basicAuthenticationIsSentAtOnce() async throws {
        var request = self.request("/echo")
        request.basicAuthentication = ("ari", "секрет:1")
        let header = try await self.echo(request).headers["authorization"]
        #expect(header == "Basic " + Data("ari:секрет:1".utf8).base64EncodedString())
    }

    @Test(arguments: [3_000_000, nil])
    func streamedBodyArrivesWhole(_ length: Int?) async throws {
        let chunks = AsyncThrowingStream<[UInt8], any Error> { continuation in
            for index in 0..<300 { continuation.yield([UInt8](repeating: UInt8(index % 256), count: 10_000)) }
            continuation.finish()
        }
        // Slow machines take their time: only the length is in question.
        let request = OutboundRequest(
            method: "POST", url: "\(self.peer.http)/length", body: .stream(length: length, chunks),
            deadline: .seconds(60))
        #expect(try await self.client.execute(request).text == "3000000")
    }

    @Test(arguments: [5, 15])
    func streamOfAnotherLengthFailsTheRequest(_ length: Int) async throws {
        let chunks = AsyncThrowingStream<[UInt8], any Error> { continuation in
            continuation.yield([UInt8](repeating: 1, count: 10))
            continuation.finish()
        }
        let error = try await self.failure(
            self.request("/length", method: "PUT", body: .stream(length: length, chunks)))
        #expect(error.kind == .bodyStream)
    }

    @Test func failingStreamFailsTheRequest() async throws {
        let chunks = AsyncThrowingStream<[UInt8], any Error> { continuation in
            continuation.yield([1])
            continuation.finish(throwing: CocoaError(.fileReadUnknown))
        }
        let error = try await self.failure(
            self.request("/length", method: "PUT", body: .stream(length: nil, chunks)))
        #expect(error.kind == .bodyStream && !error.isRetryable)
    }

    @Test func malformedRequestsAreRefusedUnsent() async throws {
        let http = self.peer.http
        for request in [
            OutboundRequest(url: "file:///etc/passwd"), OutboundRequest(url: "gopher://127.0.0.1/"),
            OutboundRequest(url: "no url"), OutboundRequest(url: ""),
            OutboundRequest(method: "GET /x", url: http), OutboundRequest(url: http, headers: [("A\r\nB", "c")]),
            OutboundRequest(url: http, headers: [("A", "b\r\nX: y")]),
        ] {
            let error = try await self.failure(request)
            guard case .invalidRequest = error.kind else {
                Issue.record("\(error)")
                continue
            }
            #expect(!error.wasSent)
        }
    }

    // MARK: What comes back

    @Test func errorStatusIsAResponse() async throws {
        let response = try await self.client.execute(self.request("/status?code=503"))
        #expect(response.status == 503 && response.text == "no")
    }

    @Test func interimResponsesAreSkipped() async throws {
        let response = try await self.client.execute(self.request("/continue"))
        #expect(response.status == 200 && response.header("x-late") == "yes" && response.header("X-Early") == nil)
    }

    @Test func redirectIsFollowedOnlyWhenAsked() async throws {
        var request = self.request("/redirect?to=/echo")
        #expect(try await self.client.execute(request).status == 302)
        request.maximumRedirects = 1
        #expect(try await self.echo(request).target == "/echo")
        request.method = "POST"
        #expect(try await self.client.execute(request).status == 302)
        request.method = "GET"
        request.url = "\(self.peer.http)/redirect?to=file:///etc/passwd"
        _ = try await self.failure(request)
    }

    @Test func connectionIsUsedAgain() async throws {
        let client = OutboundHTTPClient(logger: Logger(label: "test"))
        var connections: Set<String?> = []
        for _ in 0..<50 {
            connections.insert(
                try await client.execute(self.request("/length", method: "POST"))
                    .header("X-Connection"))
        }
        #expect(connections.count == 1)
    }

    @Test func hundredsAtOnceStayWithinTheConnectionLimit() async throws {
        var configuration = OutboundHTTPConfiguration()
        configuration.maximumConnectionsPerHost = 4
        let client = OutboundHTTPClient(logger: Logger(label: "test"), configuration: configuration)
        let connections = try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<400 {
                group.addTask {
                    try await client.execute(self.request("/length")).header("X-Connection")
                }
            }
            return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
        }
        #expect((1...4).contains(connections.count))
    }

    /// A client whose only connection, or the only one to each peer, is held by `/begin` as long as the response lives.
    private func occupied(
        _ limit: WritableKeyPath<OutboundHTTPConfiguration, Int>
    ) async throws -> (OutboundHTTPClient, OutboundStreamingResponse) {
        var configuration = OutboundHTTPConfiguration()
        configuration[keyPath: limit] = 1
        let client = OutboundHTTPClient(logger: Logger(label: "test"), configuration: configuration)
        return (client, try await client.stream(self.request("/begin")))
    }

    @Test func deadlineCountsWhileATransferWaitsForAConnection() async throws {
        let (client, begun) = try await self.occupied(\.maximumConnectionsPerHost)
        var request = self.request("/echo")
        request.deadline = .milliseconds(100)
        let error = await #expect(throws: OutboundHTTPError.self) { try await client.execute(request) }
        #expect(error?.kind == .timedOut && error?.wasSent == false && error?.isRetryable == true)
        #expect(begun.status == 200)
    }

    @Test func cancelledWhileItWaitsForAConnection() async throws {
        let (client, begun) = try await self.occupied(\.maximumConnectionsPerHost)
        let task = Task { try await client.execute(self.request("/echo")) }
        await Task.yield()
        task.cancel()
        let error = await #expect(throws: OutboundHTTPError.self) { try await task.value }
        #expect(error?.kind == .cancelled && error?.wasSent == false)
        // Cancelled before it was submitted, and every connection is busy.
        let early = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await client.execute(self.request("/echo"))
        }
        #expect(await #expect(throws: OutboundHTTPError.self) { try await early.value }?.kind == .cancelled)
        #expect(begun.status == 200)
    }

    @Test func busyPeerHoldsUpNoOther() async throws {
        let (client, begun) = try await self.occupied(\.maximumConnectionsPerHost)
        let other = "http://localhost:\(self.peer.ports.http)/length"
        let response = try await client.execute(OutboundRequest(url: other, deadline: .seconds(60)))
        #expect(response.status == 200 && begun.status == 200)
    }

    @Test func waitingTransferStartsWhenAnotherEnds() async throws {
        var (client, begun): (OutboundHTTPClient, OutboundStreamingResponse?) =
            try await self.occupied(\.maximumConnections)
        let other = "http://localhost:\(self.peer.ports.http)/length"
        let waiting = Task { try await client.execute(OutboundRequest(url: other, deadline: .seconds(60))) }
        await Task.yield()
        #expect(begun?.status == 200)
        begun = nil
        #expect(try await waiting.value.status == 200)
    }

    // MARK: Faults

    @Test func refusedConnectionWasNotSent() async throws {
        let error = try await self.failure(
            OutboundRequest(url: "http://127.0.0.1:\(self.peer.ports.refused)/secret?q=1"))
        #expect(error.kind == .connect && !error.wasSent && error.isRetryable)
        #expect(!error.description.contains("secret") && !error.description.contains("q=1"))
    }

    @Test func deadlineEndsASilentPeerAndTheOutcomeIsUnknown() async throws {
        var request = self.request("/silent", method: "POST")
        request.deadline = .milliseconds(300)
        let clock = ContinuousClock()
        var error: OutboundHTTPError?
        let time = try await clock.measure { error = try await self.failure(request) }
        #expect(error?.kind == .timedOut && error?.wasSent == true)
        #expect(time >= .milliseconds(290) && time < .seconds(60))
    }

    @Test func connectDeadlineIsItsOwn() async throws {
        // A listener whose backlog is full answers no SYN; 192.0.2.0/24 (RFC 5737) is routed nowhere, or refused.
        var request = OutboundRequest(url: "http://192.0.2.1:9/")
        request.connectTimeout = .milliseconds(200)
        let error = try await self.failure(request)
        #expect((error.kind == .timedOut || error.kind == .connect) && !error.wasSent)
    }

    @Test func tooLongResponseIsRefused() async throws {
        var request = self.request("/big?bytes=1001")
        request.maximumResponseBytes = 1000
        #expect(try await self.failure(request).kind == .tooLarge)
        request.url = "\(self.peer.http)/endless?id=limit"
        #expect(try await self.failure(request).kind == .tooLarge)
        request.url = "\(self.peer.http)/heads"
        #expect(try await self.failure(request).kind == .tooLarge)
        request.url = "\(self.peer.http)/big?bytes=1000"
        #expect(try await self.client.execute(request).body.count == 1000)
    }

    @Test func cancelledTaskEndsTheTransferAtOnce() async throws {
        let request = self.request("/silent")
        let task = Task { try await self.client.execute(request) }
        while try await (self.stats().counts["/silent"] ?? 0) == 0 { await Task.yield() }
        task.cancel()
        let error = await #expect(throws: OutboundHTTPError.self) { try await task.value }
        #expect(error?.kind == .cancelled)
        let before = Task { try await self.client.execute(request) }
        before.cancel()
        let early = await #expect(throws: OutboundHTTPError.self) { try await before.value }
        #expect(early?.kind == .cancelled)
    }

    @Test(arguments: ["/partial", "/drop"])
    func brokenConnectionLeavesTheOutcomeUnknown(_ path: String) async throws {
        let error = try await self.failure(OutboundRequest(method: "POST", url: self.peer.http + path))
        #expect(error.kind == .connectionLost && error.wasSent && error.isRetryable)
    }

    @Test func garbageIsAProtocolError() async throws {
        let error = try await self.failure(self.request("/garbage"))
        #expect(error.kind == .protocol && error.wasSent)
    }

    @Test func requestOnANewConnectionIsNeverSentTwice() async throws {
        let client = OutboundHTTPClient(logger: Logger(label: "test"))
        var request = self.request("/drop-when-reused", method: "POST")
        _ = try await client.execute(request)
        // The kept connection dies under the second request: libcurl sends it again by itself.
        #expect(try await client.execute(request).text == "first")
        #expect(try await self.stats().counts["/drop-when-reused"] == 3)
        request.mayReuseConnection = false
        _ = try await client.execute(request)
        #expect(try await self.stats().counts["/drop-when-reused"] == 4)
        request.url = "\(self.peer.http)/drop"
        let before = try await self.stats().counts["/drop"] ?? 0
        _ = await #expect(throws: OutboundHTTPError.self) { try await client.execute(request) }
        #expect(try await self.stats().counts["/drop"] ?? 0 >= before + 1)
    }

    @Test func transfersBeyondTheLimitAreRefused() async throws {
        var configuration = OutboundHTTPConfiguration()
        configuration.maximumTransfers = 1
        let client = OutboundHTTPClient(logger: Logger(label: "test"), configuration: configuration)
        let body = try await client.stream(self.request("/begin"))
        let error = await #expect(throws: OutboundHTTPError.self) {
            try await client.execute(self.request("/echo"))
        }
        #expect(error?.kind == .overloaded && error?.isRetryable == true && error?.wasSent == false)
        #expect(body.status == 200)
    }

    // MARK: TLS

    @Test func certificateIsVerifiedByChainAndName() async throws {
        var request = OutboundRequest(url: "https://localhost:\(self.peer.ports.https)/echo")
        let stranger = try await self.failure(request)
        #expect(stranger.kind == .tls && !stranger.wasSent && !stranger.isRetryable)
        request.tls.caFile = self.peer.ports.certificate
        #expect(try await self.echo(request).method == "GET")
        request.url = "https://127.0.0.1:\(self.peer.ports.https)/echo"
        #expect(try await self.failure(request).kind == .tls)
    }

    // MARK: Streaming

    @Test func headComesBeforeTheBody() async throws {
        let response = try await self.client.stream(self.request("/begin"))
        #expect(response.status == 200 && response.header("x-kind") == "begun")
    }

    @Test func streamedResponseArrivesWhole() async throws {
        let response = try await self.client.stream(self.request("/big?bytes=3000000"))
        var count = 0
        for try await chunk in response.body { count += chunk.count }
        #expect(count == 3_000_000)
    }

    @Test func slowReaderMakesThePeerWait() async throws {
        var request = self.request("/endless?id=pressure")
        request.maximumResponseBytes = 1 << 30
        let response = try await self.client.stream(request)
        // Unread, the peer can send what fits the buffer and the sockets; once it stands still for a while, it waits.
        var sent = -1
        var same = 0
        while same < 20 {
            let now = try await self.stats().sent["pressure"] ?? 0
            same = now == sent ? same + 1 : 0
            sent = now
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(sent < 64 << 20)
        var read = 0
        for try await chunk in response.body {
            read += chunk.count
            if read > sent + (8 << 20) { break }
        }
        #expect(read > sent)
    }

    @Test func streamedBodyReportsALostConnectionAfterItsBytes() async throws {
        let response = try await self.client.stream(self.request("/partial"))
        var bytes: [UInt8] = []
        let error = await #expect(throws: OutboundHTTPError.self) {
            for try await chunk in response.body { bytes += chunk }
        }
        #expect(bytes == Array("0123456789".utf8) && error?.kind == .connectionLost)
    }

    @Test func droppedBodyEndsTheTransfer() async throws {
        var configuration = OutboundHTTPConfiguration()
        configuration.maximumTransfers = 1
        let client = OutboundHTTPClient(logger: Logger(label: "test"), configuration: configuration)
        _ = try await client.stream(self.request("/begin"))
        while true {
            do {
                _ = try await client.execute(self.request("/echo"))
                return
            } catch let error as OutboundHTTPError where error.kind == .overloaded {
                await Task.yield()
            }
        }
    }

    // MARK: Shutdown

    @Test func gracefulShutdownLetsTransfersEndAndRefusesNewOnes() async throws {
        var configuration = OutboundHTTPConfiguration()
        configuration.shutdownGrace = .milliseconds(200)
        let client = OutboundHTTPClient(logger: Logger(label: "test"), configuration: configuration)
        let begun = try await client.stream(self.request("/begin"))
        try await testGracefulShutdown { trigger in
            async let running: Void = client.run()
            trigger.triggerGracefulShutdown()
            try await running
        }
        let ended = await #expect(throws: OutboundHTTPError.self) { for try await _ in begun.body {} }
        #expect(ended?.kind == .cancelled)
        let refused = await #expect(throws: OutboundHTTPError.self) {
            try await client.execute(self.request("/echo"))
        }
        #expect(refused?.kind == .closed)
    }
}
