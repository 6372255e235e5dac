public import AMQP

/// The exchanges, queues and bindings of the suite.
///
/// Every service declares all of them before its relay starts, so that a copy for a service that was never started
/// does not vanish. `delivery-limit` is set by policy only: as an argument it could never be changed.
public struct MessagingTopology: Sendable {
    public static let eventExchange = "line122.events"
    public static let requestExchange = "line122.requests"

    public let amqp: AMQPTopology

    public init(_ registry: ContractRegistry) {
        var topology = AMQPTopology()
        topology.exchanges = [
            .init(name: Self.eventExchange, kind: .topic, isDurable: true),
            .init(name: Self.requestExchange, kind: .direct, isDurable: true),
        ]
        for service in ServiceName.allCases {
            topology.queues += [
                .init(
                    name: service.eventQueue, kind: .quorum, isDurable: true,
                    arguments: [
                        // A crash loop must not lose its victims on the way: at-least-once needs reject-publish.
                        "x-dead-letter-exchange": .string(""),
                        "x-dead-letter-routing-key": .string(service.deadQueue),
                        "x-dead-letter-strategy": .string("at-least-once"),
                        "x-overflow": .string("reject-publish"),
                    ]),
                .init(name: service.deadQueue, kind: .quorum, isDurable: true, arguments: [:]),
                .init(name: service.requestQueue, kind: .classic, isDurable: true, arguments: [:]),
            ]
            topology.bindings.append(
                .init(
                    queue: service.requestQueue, exchange: Self.requestExchange, routingKey: service.rawValue,
                    arguments: [:]))
            for event in (registry.subscriptions[service] ?? []).sorted(by: { $0.routingKey < $1.routingKey }) {
                topology.bindings.append(
                    .init(
                        queue: service.eventQueue, exchange: Self.eventExchange, routingKey: event.routingKey,
                        arguments: [:]))
            }
        }
        self.amqp = topology
    }
}
