import Contracts
import Foundation
import Messaging
import MessagingTestSupport
import Postgres
import Testing
import Vocabulary

@testable import CallbackDialer

/// Callbacks for other reasons than a broken call, on a real PostgreSQL.
@Suite(.timeLimit(.minutes(10))) struct CallbackKindTests {
    private static func promise(
        _ call: UUID = UUID(), in seconds: TimeInterval = 3600, number: String = "+79990000001", isPersonal: Bool = true
    ) throws -> ScheduleCallback {
        ScheduleCallback(
            callbackID: UUID(), callID: call, number: try PhoneNumber(parsing: number),
            at: Date().addingTimeInterval(seconds), operatorID: "operator7", isPersonal: isPersonal)
    }

    @Test("R-701 The id of a callback that the asker has not promised is refused, in the words for every such id")
    func foreignID() async throws {
        try await CallbackScene.run { scene in
            let own = try Self.promise()
            _ = try await scene.schedule(own)
            #expect(try await scene.schedule(own).callbackID == own.callbackID)
            let call = CallbackScene.ended(UUID(), .abandonedInQueue)
            try await scene.hearing.hear(call)
            // Promised by somebody else, and by nobody.
            for (id, asker) in [
                (own.callbackID, "operator8"), (try await scene.view(of: call.callID).callbackID, "operator7"),
            ] {
                var foreign = try Self.promise(call.callID)
                (foreign.callbackID, foreign.operatorID) = (id, asker)
                let refused = foreign
                let refusal = await #expect(throws: Refusal.self) { try await scene.schedule(refused) }
                #expect(refusal == .keyReused)
            }
        }
    }

    // MARK: Waits that were given up

    @Test("C-07 A wait that was given up is called back a minute later, by the time of the first call")
    func abandoned() async throws {
        try await CallbackScene.run { scene in
            let call = CallbackScene.ended(UUID(), .abandonedInQueue)
            try await scene.hearing.hear(call)
            #expect(try await scene.view(of: call.callID).kind == .abandonedWait)
            #expect(try await scene.claimDue(.operator).isEmpty)
            let due = try #require(try await scene.store.nextDue(.operator))
            #expect(abs(due.timeIntervalSince(call.endedAt) - 60) < 0.01)
            let dial = try await scene.claimNext(.operator)
            #expect(dial.kind == .abandonedWait)
            let place = try #require(dial.placeAt)
            #expect(abs(place.timeIntervalSince(call.receivedAt)) < 0.01)
        }
    }

    @Test("C-07 Who is to be called back anyway is not called twice, and who was served not at all")
    func noSecondCall() async throws {
        try await CallbackScene.run { scene in
            let broken = CallbackScene.ended()
            let abandoned = CallbackScene.ended(UUID(), .abandonedInQueue)
            try await scene.hearing.hear(broken, abandoned)
            #expect(try await scene.store.list(ListCallbacks()).map(\.callID) == [broken.callID])
            // The other way round: the wait came first, then the same citizen lost the line.
            let first = CallbackScene.ended(UUID(), .abandonedInQueue, from: "+79990000002")
            let second = CallbackScene.ended(UUID(), .callerLineBroken, from: "+79990000002")
            try await scene.hearing.hear(first)
            try await scene.hearing.hear(second)
            let dial = try #require(
                try await scene.claimDue().first { $0.originalCallID == second.callID })
            try await scene.hearing.hear(CallbackScene.finished(dial, .answered))
            try await scene.hearing.hear(CallbackScene.joined(dial))
            let view = try await scene.view(of: first.callID)
            #expect(view.state == .withdrawn && view.reason == "served")
        }
    }

    @Test("C-07 A citizen who does not want to be called is not, but gets what was promised")
    func doNotCall() async throws {
        try await CallbackScene.run { scene in
            let waiting = CallbackScene.ended(UUID(), .abandonedInQueue)
            try await scene.hearing.hear(waiting)
            _ = try await scene.schedule(try Self.promise())
            let number = try PhoneNumber(parsing: "+79990000001")
            func set(_ isListed: Bool) async throws {
                let requests = scene.requests()
                _ = try await scene.store.database.transaction {
                    try await requests.setDoNotCall(
                        SetDoNotCall(number: number, isListed: isListed, operatorID: "operator1"), in: $0)
                }
            }
            try await set(true)
            let view = try await scene.view(of: waiting.callID)
            #expect(view.state == .withdrawn && view.reason == "do-not-call")
            try await scene.hearing.hear(CallbackScene.ended(UUID(), .abandonedInQueue))
            let open = try await scene.store.list(ListCallbacks(state: .open))
            #expect(open.map(\.kind) == [.deferredAnswer])
            // The order to call back after a break is the law's.
            try await scene.hearing.hear(CallbackScene.ended())
            #expect(try await scene.claimDue().count == 1)
            try await set(false)
            try await scene.hearing.hear(CallbackScene.ended(UUID(), .abandonedRinging, from: "+79990000003"))
            #expect(try await scene.store.list(ListCallbacks(state: .open)).count == 3)
        }
    }

    @Test("C-07 Broken calls are dialled before all others, and the others by the time of their first call")
    func order() async throws {
        try await CallbackScene.run { scene in
            let now = Date()
            let late = CallbackScene.ended(UUID(), .callbackRequested, from: "+79990000011", at: now)
            let early = CallbackScene.ended(
                UUID(), .callbackRequested, from: "+79990000012", at: now.addingTimeInterval(-500))
            let broken = CallbackScene.ended(UUID(), .callerLineBroken, from: "+79990000013", at: now)
            try await scene.hearing.hear(late, early, broken)
            #expect(try await scene.claimDue(.urgent).map(\.originalCallID) == [broken.callID])
            #expect(
                try await scene.claimDue(.operator, limit: 1).map(\.originalCallID) == [early.callID])
            #expect(try await scene.claimDue(.operator).map(\.originalCallID) == [late.callID])
        }
    }

    @Test("C-07 An attempt for which no operator is free is asked for again, later, as the same attempt")
    func postponed() async throws {
        try await CallbackScene.run { scene in
            let call = CallbackScene.ended(UUID(), .callbackRequested)
            try await scene.hearing.hear(call)
            let dial = try await scene.claimNext(.operator)
            try await scene.store.postpone(dial.attemptID, delay: .seconds(600))
            #expect(try await scene.claimDue(.operator).isEmpty)
            let next = try #require(try await scene.store.nextDue(.operator))
            #expect(next.timeIntervalSinceNow > 500)
            try await scene.expireClaims()
            #expect(try await scene.claimDue(.operator).map(\.attemptID) == [dial.attemptID])
        }
    }

    // MARK: Promises

    @Test("C-04 A promised call is due at its time, prefers who promised it, and goes on with the card")
    func promised() async throws {
        try await CallbackScene.run { scene in
            let call = UUID()
            let request = try Self.promise(call)
            let view = try await scene.schedule(request)
            #expect(view.kind == .deferredAnswer && view.state == .open && view.operatorID == "operator7")
            // Asked again it is the same one.
            #expect(try await scene.schedule(request).callbackID == view.callbackID)
            #expect(try await scene.store.list(ListCallbacks()).count == 1)
            #expect(try await scene.claimDue(.personal).isEmpty)
            let due = try #require(try await scene.store.nextDue(.personal))
            #expect(abs(due.timeIntervalSince(request.at)) < 0.01)
            let dial = try await scene.claimNext(.personal)
            #expect(dial.preferredOperatorID == "operator7" && dial.originalCallID == call)
            let told = try await scene.hearing.announced(CallbackRequested.self)
            #expect(told.map(\.kind) == [.deferredAnswer])
        }
    }

    @Test("C-04 What was promised stays when the citizen calls about something else, and can be cancelled once")
    func promiseStays() async throws {
        try await CallbackScene.run { scene in
            let request = try Self.promise()
            _ = try await scene.schedule(request)
            try await scene.hearing.hear(CallbackScene.received())
            #expect(try await scene.view(of: request.callID).state == .open)
            let requests = scene.requests()
            func cancel(_ id: UUID, by: String = "operator7") async throws -> CallbackView {
                try await scene.store.database.transaction {
                    try await requests.cancel(
                        CancelCallback(callbackID: id, operatorID: by, isInCharge: by == "boss"), in: $0)
                }
            }
            let stranger = await #expect(throws: Refusal.self) { try await cancel(request.callbackID, by: "operator8") }
            #expect(stranger?.errorID == "not-yours")
            #expect(try await cancel(request.callbackID).reason == "cancelled")
            #expect(try await !scene.isAnythingDue)
            #expect(await #expect(throws: Refusal.self) { try await cancel(request.callbackID) }?.errorID == "over")
            #expect(
                await #expect(throws: Refusal.self) { try await cancel(UUID(), by: "boss") }?.errorID == "not-found")
            // C-02: after a break the citizen is dialled until reached.
            // Whoever is to keep it, it is theirs who promised it.
            let anybody = try Self.promise(number: "+79990000002", isPersonal: false)
            #expect(try await scene.schedule(anybody).operatorID == nil)
            #expect(try await cancel(anybody.callbackID).reason == "cancelled")
            let broken = CallbackScene.ended()
            try await scene.hearing.hear(broken)
            let id = CallbackIdentity.callback(of: broken.callID)
            #expect(
                await #expect(throws: Refusal.self) { try await cancel(id, by: "boss") }?.errorID == "not-cancellable")
        }
    }

    @Test("C-02 An instruction of nothing but spaces is none")
    func emptyInstruction() async throws {
        try await CallbackScene.run { scene in
            var request = try Self.promise()
            request.instruction = "  "
            request.attempts = 2
            #expect(try await scene.schedule(request).state == .open)
        }
    }

    @Test("C-04 Attempts of a promise have ids of their own and end as its rule says")
    func promiseExhausted() async throws {
        try await CallbackScene.run { scene in
            let broken = CallbackScene.ended()
            try await scene.hearing.hear(broken)
            _ = try await scene.claimNext()
            let request = try Self.promise(broken.callID)
            _ = try await scene.schedule(request)
            var ids: [UUID] = []
            for _ in 1...3 {
                let dial = try await scene.claimNext(.personal)
                ids.append(dial.attemptID)
                try await scene.hearing.hear(CallbackScene.finished(dial, .noAnswer))
            }
            #expect(ids == (1...3).map { CallbackIdentity.attempt(of: request.callbackID, $0) })
            let finished = try await scene.hearing.announced(CallbackFinished.self)
            #expect(finished.map(\.kind) == [.deferredAnswer] && finished.first?.state == .exhausted)
            #expect(finished.first?.opensTask == true && finished.first?.attempts == 3)
        }
    }
}
