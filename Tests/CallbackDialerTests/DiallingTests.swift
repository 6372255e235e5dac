import AMQP
import Contracts
import Foundation
import Messaging
import MessagingTestSupport
import NIOConcurrencyHelpers
import Postgres
import ServiceLifecycle
import TestSupport
import Testing
import Vocabulary

@testable import CallbackDialer

/// The loops that dial, on a real PostgreSQL and RabbitMQ, with a call-intake that answers as it is told.
@Suite(.timeLimit(.minutes(10))) struct DiallingTests {
    /// What call-intake was asked, and what it answers.
    private struct Line: Sendable {
        var isAway = true
        var refusal: Refusal?
        var asked: [DialCitizen] = []
        var isTaken: [UUID] = []

        mutating func answer(_ request: DialCitizen) throws -> Done {
            self.asked.append(request)
            if self.isAway { throw Refusal("exchange-away", "АТС недоступна.", retryAfter: 1) }
            if let refusal { throw refusal }
            self.isTaken.append(request.attemptID)
            return Done()
        }

        func count(_ kind: CallbackKind) -> Int { self.asked.count { $0.kind == kind } }
    }

    private typealias Shared = NIOLockedValueBox<Line>

    private static func run(
        _ scene: CallbackScene, _ line: Shared, _ body: () async throws -> Void
    ) async throws {
        try await withTestVirtualHost { url in
            try await withTestClient(url, topology: MessagingTopology(Contracts.registry).amqp) { broker in
                let callIntake = RequestServer(
                    service: .callIntake, database: scene.store.database, broker: broker, logger: quietLogger(),
                    handlers: [
                        .effect(DialCitizen.self) { request, _ in try line.withLockedValue { try $0.answer(request) } }
                    ])
                let requests = RequestClient(service: .callbackDialer, broker: broker, logger: quietLogger())
                let lanes = DialLane.allCases.map { lane in
                    Dialling(
                        store: scene.store, requests: requests, lane: lane, rules: CallbackScene.rules(),
                        scripts: CallbackScene.scripts, logger: quietLogger())
                }
                var services: [any Service] = lanes
                services.append(callIntake)
                let group = ServiceGroup(
                    configuration: .init(
                        services: services.map { .init(service: $0) }, logger: quietLogger()))
                let running = Task { try await group.run() }
                let result: Result<Void, any Error>
                do {
                    try await body()
                    result = .success(())
                } catch {
                    result = .failure(error)
                }
                await group.triggerGracefulShutdown()
                try await running.value
                try result.get()
            }
        }
    }

    /// Visits that are reminded of now.
    private static func remind(_ count: Int, in scene: CallbackScene) async throws {
        let visit = String(decoding: try MessageCoding.encoder.encode(Self.visit), as: UTF8.self)
        try await scene.store.database.execute(
            """
            WITH new AS (
                INSERT INTO callback (id, kind, call_id, number, state, broken_at, place_at, first_due_at, booking_id, visit)
                SELECT gen_random_uuid(), 'appointmentReminder', gen_random_uuid(), '+7999' || (1000000 + n), 'open', now(),
                    now(), now(), gen_random_uuid(), \(visit)::jsonb
                FROM generate_series(1, \(Int64(count))) AS n RETURNING id
            )
            INSERT INTO dial_attempt (id, callback_id, number, state, due_at, place_at, lane)
            SELECT gen_random_uuid(), id, 1, 'scheduled', now(), now(), 'voice' FROM new
            """)
    }

    private static var visit: Visit {
        Visit(
            clinicID: "1", clinicName: "Поликлиника", specialityID: "2", specialityName: "Терапевт", doctorID: "3",
            doctorName: "Иванов", slotID: "4", startsAt: Date().addingTimeInterval(86_400), room: nil)
    }

    @Test(
        "B-101 With 3,000 reminders due and the exchange away few are asked about; a broken call goes out when it is back"
    )
    func outage() async throws {
        try await CallbackScene.run { scene in
            try await Self.remind(3000, in: scene)
            let line = Shared(Line())
            try await Self.run(scene, line) {
                let started = ContinuousClock.now
                let broken = CallbackScene.ended()
                try await scene.hearing.hear(broken)
                // What is scheduled meanwhile wakes the lanes, and they rest all the same.
                for number in 0..<20 {
                    try await scene.hearing.hear(CallbackScene.ended(from: "+799900001\(10 + number)"))
                }
                try await eventually("the reminders were probed for") {
                    line.withLockedValue { $0.count(.appointmentReminder) } >= 8 + 2 * 3
                }
                let (reminders, urgent) = line.withLockedValue {
                    ($0.count(.appointmentReminder), $0.count(.brokenCall))
                }
                let seconds = Double((ContinuousClock.now - started).components.seconds + 1)
                // Two at most a second of each lane, besides the first round that found the exchange away.
                #expect(Double(reminders) <= 8 + 2 * seconds)
                #expect(Double(urgent) <= 128 + 4 * seconds)
                line.withLockedValue { $0.isAway = false }
                let first = CallbackIdentity.attempt(of: broken.callID, 1)
                try await eventually("the broken call went out") {
                    line.withLockedValue { $0.isTaken.contains(first) }
                }
                try await eventually("the reminders go on at full speed") {
                    line.withLockedValue { $0.isTaken.count } > 200
                }
            }
        }
    }

    @Test(
        "B-101 The verdict decides, whatever the id: for good is withdrawn, later is postponed, and neither is asked again at once"
    )
    func verdicts() async throws {
        try await CallbackScene.run { scene in
            let line = Shared(Line(isAway: false, refusal: Refusal("never-heard-of", "Нет.")))
            let call = CallbackScene.ended()
            try await scene.hearing.hear(call)
            try await Self.run(scene, line) {
                try await eventually("it is withdrawn") { try await scene.view(of: call.callID).state == .withdrawn }
            }
            #expect(try await scene.view(of: call.callID).reason == "never-heard-of")
            let finished = try await scene.hearing.announced(CallbackFinished.self)
            #expect(finished.map(\.opensTask) == [true], "a person looks after who the line will not dial")
            #expect(line.withLockedValue { $0.asked.count } == 1)
        }
    }
}
