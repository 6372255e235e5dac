import AMQP
import Contracts
import Testing

@testable import Messaging

struct ContractTests {
    @Test func everyServiceHasItsThreeQueues() throws {
        let topology = MessagingTopology(Contracts.registry).amqp
        #expect(topology.queues.count == ServiceName.allCases.count * 3)
        for service in ServiceName.allCases {
            let events = try #require(topology.queues.first { $0.name == service.eventQueue })
            #expect(events.kind == .quorum && events.isDurable)
            #expect(events.arguments["x-dead-letter-routing-key"] == .string(service.deadQueue))
            #expect(events.arguments["x-dead-letter-strategy"] == .string("at-least-once"))
            // Without it the strategy falls back to at-most-once, silently.
            #expect(events.arguments["x-overflow"] == .string("reject-publish"))
            #expect(events.arguments["x-delivery-limit"] == nil)
            let dead = try #require(topology.queues.first { $0.name == service.deadQueue })
            #expect(dead.kind == .quorum)
            let requests = try #require(topology.queues.first { $0.name == service.requestQueue })
            #expect(requests.kind == .classic && requests.isDurable)
        }
    }

    @Test func everySubscriptionIsOneBinding() {
        let bindings = MessagingTopology(Contracts.registry).amqp.bindings
        for (service, events) in Contracts.registry.subscriptions {
            let bound = bindings.filter { $0.queue == service.eventQueue }
            #expect(Set(bound.map(\.routingKey)) == Set(events.map(\.routingKey)))
            #expect(bound.count == events.count)
            #expect(bound.allSatisfy { $0.exchange == MessagingTopology.eventExchange })
        }
    }

    @Test func onlyWhatIsHeardHasAListener() {
        #expect(orderRegistry.hasListener(routingKey: OrderPlaced.routingKey))
        #expect(!orderRegistry.hasListener(routingKey: NightPassed.routingKey))
    }

    private func mismatch(_ handlers: [EventHandler], _ registry: ContractRegistry = orderRegistry) -> String? {
        do {
            _ = try handlers.checked(for: .journal, against: registry)
            return nil
        } catch {
            return "\(error)"
        }
    }

    private let placed = EventHandler.every(OrderPlaced.self) { _, _ in }
    private let closed = EventHandler.ignoring(OrderClosed.self)

    @Test func handlersThatFitAreTaken() {
        #expect(self.mismatch([self.placed, self.closed]) == nil)
    }

    @Test func aMissingHandlerIsRefused() throws {
        #expect(try #require(self.mismatch([self.placed])).contains("order.closed.v1"))
    }

    @Test func aHandlerThatTheContractsDoNotKnowIsRefused() throws {
        let stray = EventHandler.each(StockCounted.self) { _, _ in }
        #expect(try #require(self.mismatch([self.placed, self.closed, stray])).contains("stock.counted.v1"))
    }

    @Test func twoHandlersForOneTypeAreRefused() throws {
        #expect(try #require(self.mismatch([self.placed, self.placed, self.closed])).contains("two handlers"))
    }

    @Test func oneFamilyInTwoOrdersIsRefused() throws {
        let latest = EventHandler.latest(OrderClosed.self) { _, _ in }
        #expect(try #require(self.mismatch([self.placed, latest])).contains("two ways"))
    }

    @Test func aFamilyHeardInPartCannotBeOrdered() throws {
        let registry = ContractRegistry(subscriptions: [
            .journal: [EventType(OrderPlaced.self)], .notifier: [EventType(OrderClosed.self)],
        ])
        #expect(try #require(self.mismatch([self.placed], registry)).contains("order.closed.v1"))
        // Without order a part is enough.
        #expect(self.mismatch([.each(OrderPlaced.self) { _, _ in }], registry) == nil)
    }
}
