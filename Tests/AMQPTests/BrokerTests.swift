import AMQP
import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: TestRabbitMQ.isAvailable), .timeLimit(.minutes(10)))
struct BrokerTests {
    @Test func eachPublicationOfABatchGetsItsOwnOutcome() async throws {
        try await withTestVirtualHost { url in
            try await withTestClient(url, topology: sampleTopology) { client in
                var batch = (0..<3000).map { sample($0 % 3 == 0 ? "nowhere" : "known", "\($0)") }
                batch[1].message.properties.type = String(repeating: "x", count: 256)
                let outcomes = await client.publish(batch)
                #expect(outcomes.count == 3000)
                for (index, outcome) in outcomes.enumerated() where index != 1 {
                    if index % 3 == 0 {
                        guard case .unroutable(312, _) = outcome else { return #expect(Bool(false), "\(outcome)") }
                    } else {
                        #expect(outcome == .confirmed)
                    }
                }
                guard case .failed(let error) = outcomes[1] else { return #expect(Bool(false)) }
                #expect(error.kind == .invalid)
            }
        }
    }

    @Test func aFullQueueRejects() async throws {
        try await withTestVirtualHost { url in
            var topology = sampleTopology
            topology.queues[0].arguments = ["x-max-length": .int(2), "x-overflow": .string("reject-publish")]
            try await withTestClient(url, topology: topology) { client in
                var outcomes: [PublishOutcome] = []
                for _ in 0..<10 { outcomes += await client.publish([sample()]) }
                #expect(outcomes.first == .confirmed)
                #expect(outcomes.last == .rejected)
            }
        }
    }

    @Test func whatIsPublishedIsConsumedUnchangedAndOnce() async throws {
        try await withTestVirtualHost { url in
            try await withTestClient(url, topology: sampleTopology) { client in
                let sent = (0..<500).map { sample("known", "тело \($0)", id: "\($0)") }
                #expect(await client.publish(sent).allSatisfy { $0 == .confirmed })
                let consumer = client.consume(queue: "work", prefetch: 50)
                let first = try #require(try await consumer.nextBatch(maximum: 1000, linger: .milliseconds(200)))
                #expect(first.deliveries.count <= 50)
                #expect(await first.acknowledge())
                #expect(await first.acknowledge() == false)
                let rest = try await take(500 - first.deliveries.count, from: consumer)
                #expect((first.deliveries + rest).map(\.message) == sent.map(\.message))
                await consumer.cancel()
                #expect(try await consumer.nextBatch(maximum: 1) == nil)
            }
        }
    }

    @Test func anAcknowledgementOfALaterBatchLeavesTheEarlierOneAlone() async throws {
        try await withTestVirtualHost { url in
            try await withTestClient(url, topology: sampleTopology) { client in
                _ = await client.publish([sample("known", "a"), sample("known", "b")])
                let consumer = client.consume(queue: "work", prefetch: 10)
                let first = try #require(try await consumer.nextBatch(maximum: 1))
                let second = try #require(try await consumer.nextBatch(maximum: 1))
                #expect(await second.acknowledge())
                #expect(first.deliveries.map(\.message.body) == [Array("a".utf8)])
            }
            try await withTestClient(url, topology: sampleTopology) { client in
                let again = try await take(1, from: client.consume(queue: "work", prefetch: 10))
                #expect(again.map(\.message.body) == [Array("a".utf8)])
                #expect(again.map(\.isRedelivered) == [true])
            }
        }
    }

    @Test func aBodyOverTheLimitIsSkippedAndMarked() async throws {
        try await withTestVirtualHost { url in
            try await withTestClient(url, topology: sampleTopology) { client in
                var large = sample("known", "", id: "large")
                large.message.body = Array(repeating: 1, count: 600_000)
                _ = await client.publish([large, sample("known", "small", id: "small")])
            }
            try await withTestClient(url, topology: sampleTopology, configure: { $0.maximumBodyBytes = 1000 }) {
                client in
                let taken = try await take(2, from: client.consume(queue: "work", prefetch: 10))
                #expect(taken.map(\.isOversized) == [true, false])
                #expect(taken[0].message.body.isEmpty)
                #expect(taken.map(\.message.properties.messageID) == ["large", "small"])
            }
        }
    }

    @Test func aQueueDeletedUnderItsConsumerIsDeclaredAgain() async throws {
        try await withTestVirtualHost { url in
            try await withTestClient(url, topology: sampleTopology) { client in
                let consumer = client.consume(queue: "work", prefetch: 10)
                _ = await client.publish([sample()])
                #expect(try await take(1, from: consumer).count == 1)
                let virtualHost = try #require(url.split(separator: "/").last)
                try await TestRabbitMQ.manage("DELETE", "/api/queues/\(virtualHost)/work")
                while await client.publish([sample("known", "after")]) != [.confirmed] {}
                #expect(try await take(1, from: consumer).map(\.message.body) == [Array("after".utf8)])
            }
        }
    }

    @Test func connectionsClosedByTheBrokerComeBack() async throws {
        try await withTestVirtualHost { url in
            try await withTestClient(url, topology: sampleTopology) { client in
                let consumer = client.consume(queue: "work", prefetch: 10)
                _ = await client.publish([sample()])
                #expect(try await take(1, from: consumer).count == 1)
                let virtualHost = try #require(url.split(separator: "/").last)
                var names: [String] = []
                while names.count < 3 {
                    let list = try await TestRabbitMQ.manage("GET", "/api/vhosts/\(virtualHost)/connections")
                    names = try JSONDecoder().decode([Named].self, from: list).map(\.name)
                }
                for name in names {
                    let path = name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? name
                    try await TestRabbitMQ.manage("DELETE", "/api/connections/\(path)")
                }
                while await client.publish([sample("known", "after")]) != [.confirmed] {}
                #expect(try await take(1, from: consumer).map(\.message.body) == [Array("after".utf8)])
            }
        }
    }

    @Test func aDeadNodeIsPassedOver() async throws {
        try await withTestVirtualHost { url in
            try await withTestClient("amqp://127.0.0.1:1/,\(url)", topology: sampleTopology) { client in
                #expect(await client.publish([sample()]) == [.confirmed])
            }
        }
    }

    @Test func aTopologyThatDiffersIsSaidLoudly() async throws {
        try await withTestVirtualHost { url in
            try await withTestClient(url, topology: sampleTopology) { client in
                var other = sampleTopology
                other.exchanges[0].kind = .fanout
                let error = await #expect(throws: AMQPError.self) { try await client.declare(other) }
                #expect(error?.code == 406)
                #expect(await client.publish([sample()]) == [.confirmed])
            }
        }
    }

    private struct Named: Decodable { let name: String }
}
