import AMQP
import Foundation
import TestSupport
import Testing

/// What only a broker of our own can be put through.
@Suite(.enabled(if: TestRabbitMQ.isAvailable), .serialized, .timeLimit(.minutes(10)))
struct FaultTests {
    private func withBroker(_ body: (PrivateRabbitMQ) async throws -> Void) async throws {
        let broker = try PrivateRabbitMQ()
        let result: Result<Void, any Error>
        do {
            // The first start of a node takes several seconds.
            try await withTestClient(broker.url, patience: .seconds(90)) { _ in }
            try await body(broker)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        try broker.remove()
        try result.get()
    }

    @Test("TLS: the server is verified, and a certificate may stand for the user (EXTERNAL)")
    func tls() async throws {
        try await self.withBroker { broker in
            for url in [broker.tlsURL(), broker.certificateURL] {
                try await withTestClient(url, topology: sampleTopology) { client in
                    #expect(await client.publish([sample("known", "a")]) == [.confirmed])
                }
            }
            let error = await #expect(throws: AMQPError.self) {
                try await withTestClient(broker.tlsURL(authority: "stranger"), patience: .seconds(3)) { _ in }
            }
            #expect(error?.kind != .invalid)
        }
    }

    @Test("F-04: a broker without memory takes nothing; the client says so, waits, and goes on")
    func memoryAlarm() async throws {
        try await self.withBroker { broker in
            try await withTestClient(
                broker.url, topology: sampleTopology, configure: { $0.publishTimeout = .seconds(60) }
            ) { client in
                #expect(await client.publish([sample("known", "before")]) == [.confirmed])
                try broker.setMemoryAlarm(true)
                // The broker tells whoever publishes next.
                async let outcomes = client.publish([sample("known", "during")])
                try await eventually("the client knows that it is blocked", within: .seconds(60)) {
                    client.state.isBlocked
                }
                #expect(client.state.isConnected)
                try broker.setMemoryAlarm(false)
                #expect(await outcomes == [.confirmed])
                try await eventually("the client knows that it is free", within: .seconds(60)) {
                    !client.state.isBlocked
                }
            }
        }
    }

    @Test("F-05: a broker that is silent is given up by its heartbeat, and found again")
    func frozen() async throws {
        try await self.withBroker { broker in
            try await withTestClient(
                broker.url, topology: sampleTopology,
                configure: {
                    $0.heartbeat = .seconds(1)
                    $0.publishTimeout = .seconds(60)
                }
            ) { client in
                try broker.freeze()
                async let outcomes = client.publish([sample("known", "a", id: "1")])
                try await eventually("the client gives it up", within: .seconds(60)) { !client.state.isConnected }
                try broker.thaw()
                // Whether the broker had it when it froze nobody knows: it is said, and published again.
                if case .failed = await outcomes[0] {
                    try await client.waitUntilReady(deadline: .seconds(60))
                    #expect(await client.publish([sample("known", "a", id: "1")]) == [.confirmed])
                }
                let taken = try await take(1, from: client.consume(queue: "work", prefetch: 10))
                #expect(taken[0].message.properties.messageID == "1")
            }
        }
    }

    @Test("F-03: a killed broker comes back with what it had confirmed; the client declares and consumes anew")
    func killed() async throws {
        try await self.withBroker { broker in
            // RabbitMQ 3.10 that dies in the second in which it made a quorum queue forgets who leads it: its queues
            // are older here, as they are in life.
            try await withTestClient(broker.url, topology: sampleTopology) { _ in }
            try broker.restart()
            try await withTestClient(
                broker.url, topology: sampleTopology, configure: { $0.publishTimeout = .seconds(60) }
            ) { client in
                let sent = (0..<200).map { sample("known", "\($0)", id: "\($0)") }
                #expect(await client.publish(sent).allSatisfy { $0 == .confirmed })
                let consumer = client.consume(queue: "work", prefetch: 50)
                let first = try #require(try await consumer.nextBatch(maximum: 20, linger: .seconds(1)))
                try broker.killHard()
                try await eventually("the client notices", within: .seconds(60)) { !client.state.isConnected }
                #expect(await first.acknowledge() == false)
                try broker.start()
                let all = try await take(200, from: consumer)
                #expect(Set(all.compactMap(\.message.properties.messageID)).count == 200)
                #expect(await client.publish([sample("known", "new")]) == [.confirmed])
            }
        }
    }
}
