import AMQP

/// One exchange with one quorum queue behind the key `known`.
let sampleTopology = AMQPTopology(
    exchanges: [.init(name: "events", kind: .topic), .init(name: "requests", kind: .direct)],
    queues: [.init(name: "work", kind: .quorum), .init(name: "asked", kind: .classic)],
    bindings: [
        .init(queue: "work", exchange: "events", routingKey: "known"),
        .init(queue: "asked", exchange: "requests", routingKey: "asked"),
    ])

func sample(_ key: String = "known", _ body: String = "{}", id: String? = nil) -> AMQPPublication {
    AMQPPublication(
        exchange: "events", routingKey: key,
        message: AMQPMessage(
            properties: AMQPProperties(
                contentType: "application/json", messageID: id, type: "sample",
                headers: ["text": .string("да"), "number": .int(7), "list": .array([.bool(true), .null])]),
            body: Array(body.utf8)))
}

/// Takes and acknowledges until `count` deliveries have come.
func take(_ count: Int, from consumer: AMQPConsumer) async throws -> [AMQPDelivery] {
    var taken: [AMQPDelivery] = []
    while taken.count < count, let batch = try await consumer.nextBatch(maximum: 200) {
        if await batch.acknowledge() { taken += batch.deliveries }
    }
    return taken
}
