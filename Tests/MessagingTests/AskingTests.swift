import AMQP
import Foundation
import NIOConcurrencyHelpers
import Postgres
import ServiceLifecycle
import TestSupport
import Testing

@testable import Messaging

/// How often a question is asked, and until when.
@Suite(.enabled(if: serversAreWanted), .serialized, .timeLimit(.minutes(10)))
struct AskingTests {
    private func client(_ scene: MessagingScene) -> RequestClient {
        RequestClient(service: .operatorDesk, broker: scene.broker, logger: scene.logger)
    }

    private func server(_ scene: MessagingScene, _ handlers: [RequestHandler], places: Int = 32) -> RequestServer {
        RequestServer(
            service: .journal, database: scene.database, broker: scene.broker, logger: scene.logger,
            concurrency: places, handlers: handlers)
    }

    /// A question that is asked past the client, as a peer would with a clock of its own.
    private func question(deadlineIn seconds: Double) throws -> AMQPMessage {
        var properties = AMQPProperties()
        properties.messageID = MessageID.next().uuidString
        properties.type = CountUp.type
        properties.headers = [
            "cloudEvents:dataschema": .string("line122:count.up:1"),
            "line122-deadline": .int(Int64((Date().timeIntervalSince1970 + seconds) * 1000)),
        ]
        return AMQPMessage(
            properties: properties, body: Array(try MessageCoding.encoder.encode(CountUp(amount: 100))))
    }

    @Test("C-201 One attempt has the whole deadline") func wholeDeadline() async throws {
        try await withMessagingScene { scene in
            let asking = Task { try await self.client(scene).ask(CountUp(amount: 1), deadline: .seconds(40)) }
            let consumer = scene.broker.consume(queue: ServiceName.journal.requestQueue, prefetch: 10)
            let batch = try #require(try await consumer.nextBatch(maximum: 10))
            let asked = try #require(batch.deliveries.first).message
            // Half of it, and the МИС that answers in 7 s of 12 would have been asked again and not heard.
            #expect(try #require(asked.properties.expiration) > .seconds(30))
            var answer = AMQPMessage(body: Array(#"{"total":7}"#.utf8))
            answer.properties.type = "answer"
            await scene.broker.reply(to: asked, with: answer)
            let heard = try await asking.value
            #expect(heard == Counted(total: 7))
            await consumer.cancel()
        }
    }

    @Test("C-201 An answer that takes long is heard, and was asked for once") func slowAnswer() async throws {
        let asked = NIOLockedValueBox(0)
        let read = RequestHandler.read(ReadCount.self) { _ in
            asked.withLockedValue { $0 += 1 }
            // Longer than an attempt was of a deadline of four seconds.
            try await Task.sleep(for: .milliseconds(2200))
            return Counted(total: 1)
        }
        try await withMessagingScene { scene in
            try await running([self.server(scene, [read])]) {
                let answer = try await self.client(scene).ask(ReadCount(), deadline: patience)
                #expect(answer == Counted(total: 1))
                #expect(asked.withLockedValue { $0 } == 1)
            }
        }
    }

    @Test("C-201 A-15 Try again is asked again with the same key until it is done, and done once")
    func tryAgain() async throws {
        let keys = NIOLockedValueBox<[UUID]>([])
        let database = NIOLockedValueBox<PostgresPool?>(nil)
        let effect = RequestHandler.effect(CountUp.self) { request, key in
            let attempt = keys.withLockedValue { keys in
                keys.append(key)
                return keys.count
            }
            switch attempt {
            case 1: throw Refusal("taken-over", "Линия переходит к другой копии службы.", retryAfter: 0)
            case 2: throw CancellationError()
            case 3:
                try await database.withLockedValue { $0 }?
                    .execute("DO $$ BEGIN RAISE EXCEPTION 'away' USING ERRCODE = '57P03'; END $$")
                throw Broken()
            default: return Counted(total: Int64(request.amount))
            }
        }
        try await withMessagingScene { scene in
            database.withLockedValue { $0 = scene.database }
            try await running([self.server(scene, [effect])]) {
                let key = MessageID.next()
                let answer = try await self.client(scene).ask(CountUp(amount: 5), key: key, deadline: patience)
                #expect(answer == Counted(total: 5))
                #expect(keys.withLockedValue { $0 } == [key, key, key, key])
            }
        }
    }

    @Test("C-201 A no, a later and a failure that will not pass are not asked again") func notAgain() async throws {
        let asked = NIOLockedValueBox(0)
        let later = Refusal("later", "Позже.", retryAfter: 60)
        let effect = RequestHandler.effect(CountUp.self) { request, _ -> Counted in
            asked.withLockedValue { $0 += 1 }
            switch request.amount {
            case 1: throw Refusal("never", "Нет.")
            case 2: throw later
            default: throw Broken()
            }
        }
        try await withMessagingScene { scene in
            try await running([self.server(scene, [effect])]) {
                let client = self.client(scene)
                let never = await #expect(throws: Refusal.self) {
                    try await client.ask(CountUp(amount: 1), deadline: patience)
                }
                #expect(never?.errorID == "never")
                await #expect(throws: later) { try await client.ask(CountUp(amount: 2), deadline: patience) }
                let failure = await #expect(throws: RequestError.self) {
                    try await client.ask(CountUp(amount: 3), deadline: patience)
                }
                #expect(failure?.kind == .failed)
                #expect(asked.withLockedValue { $0 } == 3)
            }
        }
    }

    @Test("C-201 Out of time, whoever was told to try again is told why not") func outOfTime() async throws {
        let again = Refusal("taken-over", "Линия переходит к другой копии службы.", retryAfter: 0)
        let effect = RequestHandler.effect(CountUp.self) { _, _ -> Counted in throw again }
        try await withMessagingScene { scene in
            try await running([self.server(scene, [effect])]) {
                // Asked once in any case: the time of the first answer is not counted on.
                let error = await #expect(throws: (any Error).self) {
                    try await self.client(scene).ask(CountUp(amount: 1), deadline: .seconds(2))
                }
                let isSaid = (error as? Refusal) == again || (error as? RequestError)?.kind == .timedOut
                #expect(isSaid, "\(String(describing: error))")
            }
        }
    }

    @Test("C-201 A question whose connection is lost is asked again with the same key") func lostConnection()
        async throws
    {
        struct Named: Decodable { let name: String, user_provided_name: String? }
        try await withMessagingScene { scene in
            try await withTestClient(scene.url) { peer in
                let key = MessageID.next()
                let asking = Task { try await self.client(scene).ask(CountUp(amount: 1), key: key, deadline: patience) }
                let consumer = peer.consume(queue: ServiceName.journal.requestQueue, prefetch: 10)
                let first = try #require(try await consumer.nextBatch(maximum: 1))
                await first.acknowledge()
                // The connections of the asker and of its peer: who listens is connected again as well.
                try await eventually("its connection is closed") {
                    let list = try await TestRabbitMQ.manage("GET", "/api/vhosts/\(scene.virtualHost)/connections")
                    let asker = try JSONDecoder().decode([Named].self, from: list)
                        .filter { $0.user_provided_name?.hasSuffix(".request") == true }.map(\.name)
                    for name in asker {
                        let path = name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? name
                        _ = try? await TestRabbitMQ.manage("DELETE", "/api/connections/\(path)")
                    }
                    return !asker.isEmpty
                }
                let second = try #require(try await consumer.nextBatch(maximum: 1))
                let asked = second.deliveries[0].message
                #expect(asked.properties.messageID == key.uuidString.lowercased())
                var answer = AMQPMessage(body: Array(#"{"total":1}"#.utf8))
                answer.properties.type = "answer"
                await peer.reply(to: asked, with: answer)
                let heard = try await asking.value
                #expect(heard == Counted(total: 1))
                await consumer.cancel()
            }
        }
    }

    @Test("C-201 What a replica had in hand when it died the broker gives to another") func deadReplica() async throws {
        try await withMessagingScene { scene in
            let key = MessageID.next()
            let asking = Task { try await self.client(scene).ask(CountUp(amount: 4), key: key, deadline: patience) }
            let isAsked = NIOLockedValueBox(false)
            let hanging = RequestHandler.effect(CountUp.self) { _, _ -> Counted in
                isAsked.withLockedValue { $0 = true }
                try await Task.sleep(for: .seconds(3600))
                throw Broken()
            }
            // Its connections end first, as those of a process that is killed: what it still says is not heard.
            let serving = try await withTestClient(scene.url) { dying in
                let server = RequestServer(
                    service: .journal, database: scene.database, broker: dying, logger: scene.logger,
                    handlers: [hanging])
                let serving = Task { try await server.run() }
                try await eventually("the first replica has it in hand") { isAsked.withLockedValue { $0 } }
                return serving
            }
            serving.cancel()
            let taken = NIOLockedValueBox<[UUID]>([])
            let effect = RequestHandler.effect(CountUp.self) { request, key in
                taken.withLockedValue { $0.append(key) }
                return Counted(total: Int64(request.amount))
            }
            try await running([self.server(scene, [effect])]) {
                let answer = try await asking.value
                #expect(answer == Counted(total: 4))
                #expect(taken.withLockedValue { $0 } == [key])
            }
        }
    }

    @Test("C-208 A clock that differs by an hour drops no request", arguments: [-3600.0, 3600])
    func foreignClock(offset: Double) async throws {
        try await withMessagingScene { scene in
            let effect = RequestHandler.effect(CountUp.self) { request, _ in Counted(total: Int64(request.amount)) }
            try await running([self.server(scene, [effect])]) {
                let answer = try await scene.broker.request(
                    exchange: MessagingTopology.requestExchange, routingKey: ServiceName.journal.rawValue,
                    message: try self.question(deadlineIn: offset), deadline: patience)
                #expect(answer.properties.type == "answer")
            }
        }
    }

    @Test("C-208 What waits in a busy service for longer than its expiration is not done") func expired() async throws {
        try await withMessagingScene { scene in
            let (isOpen, open) = AsyncStream.makeStream(of: Void.self)
            let done = NIOLockedValueBox<[Int]>([])
            let effect = RequestHandler.effect(CountUp.self) { request, _ in
                done.withLockedValue { $0.append(request.amount) }
                if request.amount == 1 { for await _ in isOpen { break } }
                return Counted(total: Int64(request.amount))
            }
            try await running([self.server(scene, [effect], places: 1)]) {
                let client = self.client(scene)
                let first = Task { try await client.ask(CountUp(amount: 1), deadline: patience) }
                try await eventually("the only place is taken") { done.withLockedValue { $0 } == [1] }
                let late = await #expect(throws: RequestError.self) {
                    try await client.ask(CountUp(amount: 2), deadline: .milliseconds(200))
                }
                #expect(late?.kind == .timedOut)
                open.yield()
                _ = try await first.value
                _ = try await client.ask(CountUp(amount: 3), deadline: patience)
                #expect(done.withLockedValue { $0 } == [1, 3])
            }
        }
    }

    @Test("C-208 Relative expiration decides") func relative() {
        #expect(!RequestServer.hasExpired(nil, waited: .seconds(3600)))
        #expect(!RequestServer.hasExpired(.seconds(5), waited: .seconds(5)))
        #expect(RequestServer.hasExpired(.seconds(5), waited: .milliseconds(5001)))
    }

    @Test(
        "A-02 A control character in any member of any request is refused, naming it; nothing is done",
        arguments: [
            (#"{"amount":1,"note":"a\u0000b"}"#, "note"),
            (#"{"amount":1,"deep":{"list":["x","\u0007"]}}"#, "deep.list.1"),
            (#"{"amount":1,"\u0000":2}"#, ""),
        ])
    func controlCharacters(body: String, field: String) async throws {
        try await withMessagingScene { scene in
            let done = NIOLockedValueBox(0)
            let handlers = [
                RequestHandler.effect(CountUp.self) { _, _ in
                    done.withLockedValue { $0 += 1 }
                    return Counted(total: 1)
                },
                RequestHandler.write(CountUp.self) { _, _ in
                    done.withLockedValue { $0 += 1 }
                    return Counted(total: 1)
                },
                RequestHandler.read(CountUp.self) { _ in
                    done.withLockedValue { $0 += 1 }
                    return Counted(total: 1)
                },
                RequestHandler.writeTogether(CountUp.self, apart: { $0.amount }) { orders, _ in
                    done.withLockedValue { $0 += 1 }
                    return orders.map { _ in .success(Counted(total: 1)) }
                },
            ]
            for handler in handlers {
                let refusal = await #expect(throws: Refusal.self) {
                    _ = try await handler.answer(Data(body.utf8), MessageID.next(), scene.database)
                }
                #expect(refusal?.errorID == "field-invalid")
                #expect(refusal?.field == field)
            }
            #expect(done.withLockedValue { $0 } == 0)
            let kept = try await scene.number("SELECT count(*) FROM request_answer")
            #expect(kept == 0)
        }
    }
}
