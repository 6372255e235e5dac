import AMQP
import TestSupport
import Testing

@Suite(.enabled(if: TestRabbitMQ.isAvailable), .timeLimit(.minutes(10)))
struct RequestTests {
    @Test func everyRequestGetsItsOwnAnswer() async throws {
        try await withTestVirtualHost { url in
            try await withTestClient(url, topology: sampleTopology) { client in
                let consumer = client.consume(queue: "asked", prefetch: 100)
                let serving = Task {
                    while let batch = try await consumer.nextBatch(maximum: 100) {
                        for delivery in batch.deliveries {
                            let body = Array("re: ".utf8) + delivery.message.body
                            await client.reply(to: delivery.message, with: AMQPMessage(body: body))
                        }
                        await batch.acknowledge()
                    }
                }
                try await withThrowingTaskGroup(of: Bool.self) { group in
                    for number in 0..<200 {
                        group.addTask {
                            let answer = try await client.request(
                                exchange: "requests", routingKey: "asked",
                                message: AMQPMessage(body: Array("\(number)".utf8)), deadline: .seconds(60))
                            return answer.body == Array("re: \(number)".utf8)
                        }
                    }
                    for try await isRight in group { #expect(isRight) }
                }
                await consumer.cancel()
                try await serving.value
            }
        }
    }

    @Test func aRequestThatNobodyServesIsUnroutableAndAnUnansweredOneTimesOut() async throws {
        try await withTestVirtualHost { url in
            try await withTestClient(url, topology: sampleTopology) { client in
                let unroutable = await #expect(throws: AMQPError.self) {
                    try await client.request(
                        exchange: "requests", routingKey: "nobody", message: AMQPMessage(body: []),
                        deadline: .seconds(60))
                }
                #expect(unroutable?.kind == .unroutable)
                let late = await #expect(throws: AMQPError.self) {
                    try await client.request(
                        exchange: "requests", routingKey: "asked", message: AMQPMessage(body: []),
                        deadline: .milliseconds(100))
                }
                #expect(late?.kind == .timedOut)
            }
        }
    }
}
