import Configuration
import Foundation
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import TestSupport
import Testing

@testable import ServiceSupport

/// Connections that take more than their share of time or number (D-309).
@Suite(.timeLimit(.minutes(10))) struct HTTPServiceTests {
    private struct Server {
        let port: Int
        /// Ends what `GET /stream` answers.
        let endStreams: AsyncStream<Void>.Continuation
        /// Ends when an answer to `GET /flood` could not be written any more.
        let floodOver: AsyncStream<Void>
    }

    /// Serves `POST /` (how long the body is), `GET /stream` (one line, then nothing until told) and `GET /flood` (more
    /// than any buffer holds) while `body` runs.
    private static func serving(
        _ limits: HTTPLimits, _ body: (Server) async throws -> Void
    ) async throws {
        let router = Router()
        router.post("/") { request, _ in "\(try await request.body.collect(upTo: 1 << 20).readableBytes) bytes" }
        let (over, end) = AsyncStream.makeStream(of: Void.self)
        router.get("/stream") { _, _ in
            Response(
                status: .ok,
                body: .init { writer in
                    try await writer.write(ByteBuffer(string: "begun\n"))
                    for await _ in over {}
                    try await writer.finish(nil)
                })
        }
        let (floodOver, endFlood) = AsyncStream.makeStream(of: Void.self)
        router.get("/flood") { _, _ in
            Response(
                status: .ok,
                body: .init { writer in
                    defer { endFlood.finish() }
                    let bytes = ByteBuffer(repeating: 0, count: 1 << 20)
                    for _ in 0..<1024 { try await writer.write(bytes) }
                    try await writer.finish(nil)
                })
        }
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let server = HTTPService.application(
            router, at: HTTPAddress(host: "127.0.0.1", port: 0), limits: limits, logger: quietLogger(),
            onServerRunning: { port.yield($0.localAddress?.port ?? 0) })
        let group = ServiceGroup(configuration: .init(services: [.init(service: server)], logger: quietLogger()))
        let running = Task { try await group.run() }
        let result: Result<Void, any Error>
        do {
            let number = try #require(await ports.first { _ in true })
            try await body(Server(port: number, endStreams: end, floodOver: floodOver))
            result = .success(())
        } catch {
            result = .failure(error)
        }
        end.finish()
        await group.triggerGracefulShutdown()
        try await running.value
        try result.get()
    }

    private static let request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde"

    private static func limits(_ change: (inout HTTPLimits) -> Void) -> HTTPLimits {
        var limits = HTTPLimits()
        change(&limits)
        return limits
    }

    @Test(
        "D-309 A connection that says nothing, half a head, or nothing more after an answer, is closed in time",
        arguments: ["", "POST / HTTP/1.1\r\nHost:", Self.request])
    func idle(text: String) async throws {
        try await Self.serving(Self.limits { $0.idle = .milliseconds(200) }) { server in
            let connection = try RawConnection(port: server.port)
            connection.send(text)
            let answer = await connection.readToEnd()
            #expect(answer.isEmpty == (text != Self.request))
        }
    }

    @Test("D-309 A body that never ends is not waited for, however steadily it comes")
    func slowBody() async throws {
        try await Self.serving(Self.limits { $0.body = .milliseconds(500) }) { server in
            let connection = try RawConnection(port: server.port)
            connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
            let dripping = Task {
                while !Task.isCancelled {
                    connection.send("x")
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            #expect(await connection.readToEnd().contains("200 OK") == false)
            dripping.cancel()
        }
    }

    @Test("D-309 An answer that nobody reads is given up")
    func unread() async throws {
        try await Self.serving(Self.limits { $0.unread = .milliseconds(200) }) { server in
            let connection = try RawConnection(port: server.port)
            connection.send("GET /flood HTTP/1.1\r\nHost: a\r\n\r\n")
            // A gigabyte is in no buffer: it ends because the connection did.
            for await _ in server.floodOver {}
            #expect(await connection.readToEnd().utf8.count < 1 << 30)
        }
    }

    @Test("D-309 An answer that lasts is not cut off: a live stream may be silent for longer than any limit")
    func stream() async throws {
        let limits = Self.limits {
            $0.idle = .milliseconds(100)
            $0.body = .milliseconds(100)
            $0.unread = .milliseconds(100)
        }
        try await Self.serving(limits) { server in
            let stream = try RawConnection(port: server.port)
            stream.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(await stream.read(until: "begun").contains("200 OK"))
            // Connections that are closed for idling, one after the other, are a clock that the limits set.
            for _ in 0..<3 { _ = await (try RawConnection(port: server.port)).readToEnd() }
            server.endStreams.finish()
            #expect(await stream.readToEnd().hasSuffix("0\r\n\r\n"))
        }
    }

    @Test("D-309 One address has so many connections and no more; a proxy's are not counted; one that ends makes room")
    func perAddress() async throws {
        try await Self.serving(Self.limits { $0.connectionsPerAddress = 2 }) { server in
            let first = try RawConnection(port: server.port)
            let second = try RawConnection(port: server.port)
            for connection in [first, second] {
                connection.send(Self.request)
                #expect(await connection.read(until: "5 bytes").contains("200 OK"))
            }
            let third = try RawConnection(port: server.port)
            #expect(await third.readToEnd().isEmpty)
            first.finish()
            _ = await first.readToEnd()
            try await eventually("the place is free again") {
                let fourth = try RawConnection(port: server.port)
                fourth.send(Self.request)
                return await fourth.read(until: "5 bytes").contains("200 OK")
            }
            withExtendedLifetime((second, third)) {}
        }
        let proxies = try TrustedProxies(
            Settings(
                ConfigReader(
                    provider: EnvironmentVariablesProvider(
                        environmentVariables: ["HTTP_TRUSTED_PROXIES": "127.0.0.1"]))))
        let limits = Self.limits {
            $0.connectionsPerAddress = 1
            $0.proxies = proxies
        }
        try await Self.serving(limits) { server in
            let connections = try (0..<5).map { _ in try RawConnection(port: server.port) }
            for connection in connections {
                connection.send(Self.request)
                #expect(await connection.read(until: "5 bytes").contains("200 OK"))
            }
        }
    }

    @Test("D-309 More connections than there may be wait until one ends")
    func inAll() async throws {
        try await Self.serving(Self.limits { $0.connections = 1 }) { server in
            let first = try RawConnection(port: server.port)
            first.send(Self.request)
            #expect(await first.read(until: "5 bytes").contains("200 OK"))
            let second = try RawConnection(port: server.port)
            second.send(Self.request)
            first.finish()
            #expect(await second.read(until: "5 bytes").contains("200 OK"))
        }
    }
}

@Suite struct HealthAddressTests {
    private static func settings(_ environment: [String: String]) -> Settings {
        Settings(ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: environment)))
    }

    @Test(
        "D-310 Health and metrics are beside the pages, on this machine alone, unless somebody says otherwise",
        arguments: [
            ([:], true, "127.0.0.1", 9122), (["HEALTH_PORT": "7000"], true, "127.0.0.1", 7000),
            (["HEALTH_HOST": "10.0.0.1"], true, "10.0.0.1", 9122), ([:], false, "0.0.0.0", 8122),
            (["HEALTH_HOST": "127.0.0.1"], false, "127.0.0.1", 8122),
        ] as [([String: String], Bool, String, Int)])
    func address(environment: [String: String], hasPages: Bool, host: String, port: Int) throws {
        let address = try HealthAddress(Self.settings(environment))
            .address(beside: HTTPAddress(host: "0.0.0.0", port: 8122), hasPages: hasPages)
        #expect(address.host == host && address.port == port)
    }

    @Test("D-310 The port of the pages is refused, and a port high up has its neighbour below")
    func refused() throws {
        let same = try HealthAddress(Self.settings(["HEALTH_PORT": "8122"]))
        #expect(throws: SettingsError.self) {
            try same.address(beside: HTTPAddress(host: "0.0.0.0", port: 8122), hasPages: true)
        }
        let high = HTTPAddress(host: "127.0.0.1", port: 65_000)
        let below = try HealthAddress(Self.settings([:])).address(beside: high, hasPages: true)
        #expect(below.port == 64_000)
    }
}

@Suite struct IPAddressTests {
    private static func proxies(_ text: String) throws -> TrustedProxies {
        try TrustedProxies(
            Settings(
                ConfigReader(
                    provider: EnvironmentVariablesProvider(environmentVariables: ["HTTP_TRUSTED_PROXIES": text]))))
    }

    @Test(
        "R-705 Where a request comes from is said by our proxies, and by nobody else",
        arguments: [
            ("203.0.113.5", "198.51.100.1", "203.0.113.5"), ("10.1.2.3", "198.51.100.1", "198.51.100.1"),
            ("10.1.2.3", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
            ("10.1.2.3", "6.6.6.6, 198.51.100.1, 10.9.9.9", "198.51.100.1"), ("10.1.2.3", nil, "10.1.2.3"),
            ("10.1.2.3", "unknown", "10.1.2.3"), ("10.1.2.3", "198.51.100.1:4711", "198.51.100.1"),
            ("::ffff:10.1.2.3", "[2001:db8::1]:4711", "2001:db8:0:0:0:0:0:1"), ("2001:db9::7", "1.2.3.4", "1.2.3.4"),
        ] as [(String, String?, String)])
    func client(peer: String, forwarded: String?, expected: String) throws {
        let proxies = try Self.proxies("10.0.0.0/8, 2001:db9::/32")
        let peer = try #require(IPAddress(peer))
        let client = proxies.client(peer: peer, forwarded: forwarded)
        #expect("\(client)" == expected)
        #expect(TrustedProxies().client(peer: peer, forwarded: forwarded) == peer)
    }

    @Test("R-705 A network ends where its bits end, and one subscriber has 64 bits of IPv6")
    func networks() throws {
        func isIn(_ network: String, _ address: String) throws -> Bool {
            let address = try #require(IPAddress(address))
            return try IPNetwork(network).contains(address)
        }
        #expect(try isIn("192.0.2.128/25", "192.0.2.200"))
        #expect(try isIn("192.0.2.128/25", "192.0.2.127") == false)
        #expect(try isIn("0.0.0.0/0", "8.8.8.8"))
        #expect(try isIn("0.0.0.0/0", "::1") == false)
        let (left, right) = (IPAddress("2001:db8:1:2:3::1"), IPAddress("2001:db8:1:2:ffff::2"))
        #expect(left?.subscriber == right?.subscriber && left != right)
        #expect(IPAddress("fe80::1%eth0") == IPAddress("fe80::1"))
        for text in ["", "10.0.0", "10.0.0.0/33", "a/8", "10.0.0.0/-1", "10.0.0.0/8/8"] {
            #expect(throws: IPNetwork.Malformed.self) { try IPNetwork(text) }
        }
    }
}
