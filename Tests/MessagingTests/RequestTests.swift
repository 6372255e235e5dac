import AMQP
import Foundation
import Logging
import NIOConcurrencyHelpers
import Postgres
import TestSupport
import Testing

@testable import Messaging

@Suite(.enabled(if: serversAreWanted), .serialized, .timeLimit(.minutes(10)))
struct RequestTests {
    private static let countUp = RequestHandler.write(CountUp.self) { request, transaction in
        guard request.amount != 13 else { throw Refusal("unlucky", "Число 13 не принимается.") }
        guard request.amount != 14 else { throw Broken() }
        let rows = try await transaction.query(
            "UPDATE counter SET total = total + \(Int64(request.amount)) RETURNING total")
        return Counted(total: try rows.first?.decode(Int64.self) ?? -1)
    }

    private func client(_ scene: MessagingScene) -> RequestClient {
        RequestClient(service: .operatorDesk, broker: scene.broker, logger: scene.logger)
    }

    private func server(_ scene: MessagingScene, _ handlers: [RequestHandler]) -> RequestServer {
        RequestServer(
            service: .journal, database: scene.database, broker: scene.broker, logger: scene.logger,
            handlers: handlers)
    }

    private func total(_ scene: MessagingScene) async throws -> Int64 {
        try await scene.number("SELECT total FROM counter")
    }

    @Test func aRequestIsAnswered() async throws {
        try await withMessagingScene { scene in
            let database = scene.database
            let read = RequestHandler.read(ReadCount.self) { _ in
                Counted(total: try await Ledger.number("SELECT total FROM counter", in: database))
            }
            try await running([self.server(scene, [Self.countUp, read])]) {
                let done = try await self.client(scene).ask(CountUp(amount: 5), deadline: patience)
                #expect(done == Counted(total: 5))
                let known = try await self.client(scene).ask(ReadCount(), deadline: patience)
                #expect(known == Counted(total: 5))
            }
        }
    }

    @Test func aRefusalComesBackWithItsTextAndItsWorkIsUndone() async throws {
        try await withMessagingScene { scene in
            try await running([self.server(scene, [Self.countUp])]) {
                let refusal = await #expect(throws: Refusal.self) {
                    try await self.client(scene).ask(CountUp(amount: 13), deadline: patience)
                }
                #expect(refusal == Refusal("unlucky", "Число 13 не принимается."))
                let unknown = await #expect(throws: Refusal.self) {
                    try await self.client(scene).ask(NeverHeardOf(), deadline: patience)
                }
                #expect(unknown?.errorID == "unknown-request")
                let failure = await #expect(throws: RequestError.self) {
                    try await self.client(scene).ask(CountUp(amount: 14), deadline: patience)
                }
                #expect(failure?.kind == .failed)
                // Neither keeps its key: asked again when things have changed, it is done.
                let kept = try await scene.number("SELECT count(*) FROM request_answer")
                #expect(kept == 0)
            }
        }
    }

    @Test func theSameKeyIsDoneOnceAndAnsweredTheSame() async throws {
        try await withMessagingScene { scene in
            let key = MessageID.next()
            try await running([self.server(scene, [Self.countUp]), self.server(scene, [Self.countUp])]) {
                let answers = try await withThrowingTaskGroup { group in
                    for _ in 0..<10 {
                        group.addTask {
                            try await self.client(scene).ask(CountUp(amount: 3), key: key, deadline: patience)
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(answers == Array(repeating: Counted(total: 3), count: 10))
                #expect(try await self.total(scene) == 3)
            }
        }
    }

    @Test func theSameKeyWithAnotherBodyIsRefused() async throws {
        try await withMessagingScene { scene in
            let key = MessageID.next()
            try await running([self.server(scene, [Self.countUp])]) {
                _ = try await self.client(scene).ask(CountUp(amount: 3), key: key, deadline: patience)
                let refusal = await #expect(throws: Refusal.self) {
                    try await self.client(scene).ask(CountUp(amount: 4), key: key, deadline: patience)
                }
                #expect(refusal?.errorID == "key-reused")
                #expect(try await self.total(scene) == 3)
            }
        }
    }

    @Test func aServiceThatIsNotThereTimesOut() async throws {
        try await withMessagingScene { scene in
            let started = ContinuousClock.now
            let error = await #expect(throws: RequestError.self) {
                try await self.client(scene).ask(CountUp(amount: 1), deadline: .milliseconds(700))
            }
            #expect(error?.kind == .timedOut)
            #expect(ContinuousClock.now - started < .seconds(30))
            // Started later, it does not do what nobody waits for any more.
            try await running([self.server(scene, [Self.countUp])]) {
                let answer = try await self.client(scene).ask(CountUp(amount: 10), deadline: patience)
                #expect(answer == Counted(total: 10))
            }
        }
    }

    @Test func aServiceWithoutAQueueIsUnavailable() async throws {
        var topology = journalTopology(orderRegistry)
        topology.queues.removeAll { $0.name == ServiceName.journal.requestQueue }
        topology.bindings.removeAll { $0.queue == ServiceName.journal.requestQueue }
        try await withMessagingScene(topology: topology) { scene in
            let error = await #expect(throws: RequestError.self) {
                try await self.client(scene).ask(CountUp(amount: 1), deadline: .seconds(2))
            }
            #expect(error?.kind == .unavailable)
        }
    }

    @Test func moreRequestsThanPlacesAreAllAnswered() async throws {
        try await withMessagingScene { scene in
            let server = RequestServer(
                service: .journal, database: scene.database, broker: scene.broker, logger: scene.logger,
                concurrency: 3, handlers: [Self.countUp])
            try await running([server]) {
                try await withThrowingTaskGroup { group in
                    for _ in 0..<60 {
                        group.addTask {
                            _ = try await self.client(scene).ask(CountUp(amount: 1), deadline: patience)
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(try await self.total(scene) == 60)
            }
        }
    }

    @Test func aMalformedBodyIsRefusedWithoutItsContent() async throws {
        try await withMessagingScene { scene in
            var properties = AMQPProperties()
            properties.messageID = MessageID.next().uuidString
            properties.headers = ["cloudEvents:dataschema": .string("line122:count.up:1")]
            let message = AMQPMessage(properties: properties, body: Array(#"{"amount":"Иванов"}"#.utf8))
            try await running([self.server(scene, [Self.countUp])]) {
                let answer = try await scene.broker.request(
                    exchange: MessagingTopology.requestExchange, routingKey: ServiceName.journal.rawValue,
                    message: message, deadline: patience)
                #expect(answer.properties.type == "refusal")
                let refusal = try MessageCoding.decoder.decode(Refusal.self, from: Data(answer.body))
                #expect(refusal.errorID == "malformed-request")
                #expect(refusal.message.contains("amount") && !refusal.message.contains("Иванов"))
            }
        }
    }
}
