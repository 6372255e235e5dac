import AMQP
import Glibc
import TestSupport
import Testing

/// A node that takes connections and never says a word: frozen, or behind a firewall that swallows.
private final class BlackHole: Sendable {
    private let socket: Int32
    let port: UInt16

    init() throws {
        self.socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let socket = self.socket
        let isListening = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(socket, address, length) == 0 && listen(socket, 64) == 0
                    && getsockname(socket, address, &length) == 0
            }
        }
        guard isListening else { throw NeverHappened(description: "no socket to listen on") }
        self.port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(self.socket) }
}

struct ConnectingTests {
    @Test("C-206 A node that never answers does not hold the thread: what was asked fails in its own time")
    func blackHole() async throws {
        let hole = try BlackHole()
        defer { withExtendedLifetime(hole) {} }
        try await within(patience, "the client answers and stops") {
            var settings = try AMQPSettings(url: "amqp://127.0.0.1:\(hole.port)/")
            // Longer than the test lasts.
            settings.connectTimeout = .seconds(3600)
            settings.publishTimeout = .milliseconds(200)
            let client = AMQPClient(settings, topology: sampleTopology, logger: quietLogger())
            let running = Task { try await client.run() }
            let outcomes = await client.publish([sample("known", "a")])
            guard case .failed(let error) = outcomes[0] else {
                Issue.record("published into a black hole: \(outcomes)")
                return
            }
            #expect(error.kind == .disconnected)
            let request = await #expect(throws: AMQPError.self) {
                try await client.request(
                    exchange: "requests", routingKey: "asked", message: AMQPMessage(body: []),
                    deadline: .milliseconds(200))
            }
            #expect(request?.kind == .disconnected)
            running.cancel()
            try await running.value
        }
    }

    @Test("C-206 The next node is taken while the first says nothing", .enabled(if: TestRabbitMQ.isAvailable))
    func nextNode() async throws {
        let hole = try BlackHole()
        defer { withExtendedLifetime(hole) {} }
        try await withTestVirtualHost { url in
            try await withTestClient(
                "amqp://127.0.0.1:\(hole.port)/,\(url)", topology: sampleTopology,
                configure: { $0.connectTimeout = .milliseconds(300) }
            ) { client in
                #expect(await client.publish([sample("known", "a")]) == [.confirmed])
            }
        }
    }
}
