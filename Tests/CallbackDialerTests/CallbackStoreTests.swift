import Contracts
import Foundation
import Messaging
import MessagingTestSupport
import Postgres
import Testing
import Vocabulary

@testable import CallbackDialer

@Suite(.timeLimit(.minutes(2))) struct CallbackStoreTests {
    @Test("C-01 A broken call opens one callback that is due at once, however often the break is told of")
    func openedOnce() async throws {
        try await CallbackScene.run { scene in
            let call = CallbackScene.ended()
            let first = try await scene.hearing.envelopes([call])
            try await scene.hearing.take(first)
            try await scene.hearing.take(first)
            // The same fact under a new id, as after a repair by hand.
            try await scene.hearing.hear(call)
            let requested = try await scene.hearing.announced(CallbackRequested.self)
            #expect(requested.count == 1)
            #expect(requested.first?.callbackID == CallbackIdentity.callback(of: call.callID))
            let limit = try #require(requested.first?.firstDialDue.timeIntervalSince(call.endedAt))
            #expect(abs(limit - 15) < 0.01)
            let view = try await scene.view(of: call.callID)
            #expect(view.state == .open && view.attempts.map(\.number) == [1])
            let due = try await scene.store.claimDue(limit: 10)
            #expect(due.map(\.attemptID) == [CallbackIdentity.attempt(of: call.callID, 1)])
            #expect(due.first?.preferredOperatorID == "operator1" && due.first?.originalCallID == call.callID)
        }
    }

    @Test("T-15 A call that was completed or abandoned opens no callback")
    func notBroken() async throws {
        try await CallbackScene.run { scene in
            try await scene.hearing.hear(
                CallbackScene.ended(UUID(), .completedByCaller), CallbackScene.ended(UUID(), .abandonedInQueue))
            #expect(try await scene.store.list(ListCallbacks()).isEmpty)
            #expect(try await scene.store.nextDue() == nil)
        }
    }

    @Test("C-01 A callback to a hidden number is withdrawn, kept and told of, and dials nobody")
    func hiddenNumber() async throws {
        try await CallbackScene.run { scene in
            let call = CallbackScene.ended(from: nil)
            try await scene.hearing.hear(call)
            let view = try await scene.view(of: call.callID)
            #expect(view.state == .withdrawn && view.reason == "number-not-dialable" && view.attempts.isEmpty)
            let finished = try await scene.hearing.announced(CallbackFinished.self)
            #expect(finished.map(\.state) == [.withdrawn] && finished.first?.number == nil)
            #expect(try await scene.hearing.announced(CallbackRequested.self).isEmpty)
        }
    }

    @Test("C-02 Attempts go on until the rule is used up, each with an id and an outcome of its own")
    func exhausted() async throws {
        try await CallbackScene.run { scene in
            let call = CallbackScene.ended()
            try await scene.hearing.hear(call)
            var ids: [UUID] = []
            for outcome in [DialOutcome.busy, .unknown, .noAnswer] {
                let dial = try await scene.claimNext()
                ids.append(dial.attemptID)
                try await scene.hearing.hear(CallbackScene.finished(dial, outcome))
            }
            #expect(ids == (1...3).map { CallbackIdentity.attempt(of: call.callID, $0) })
            #expect(Set(ids).count == 3)
            let view = try await scene.view(of: call.callID)
            #expect(view.state == .exhausted)
            #expect(view.attempts.map(\.outcome) == [.busy, .unknown, .noAnswer])
            let finished = try await scene.hearing.announced(CallbackFinished.self)
            #expect(finished.map(\.state) == [.exhausted] && finished.first?.attempts == 3)
            #expect(try await scene.store.nextDue() == nil)
        }
    }

    @Test("C-02 An outcome that nobody learned is not dialled again under its id: the next attempt has a new one")
    func unknownOutcome() async throws {
        try await CallbackScene.run { scene in
            let call = CallbackScene.ended()
            try await scene.hearing.hear(call)
            let dial = try await scene.claimNext()
            let moment = Date()
            try await scene.hearing.hear(CallbackScene.finished(dial, .unknown, at: moment))
            try await scene.expireClaims()
            // Nothing is due before the spacing has passed.
            #expect(try await scene.store.claimDue(limit: 10).isEmpty)
            let next = try #require(try await scene.store.nextDue())
            #expect(abs(next.timeIntervalSince(moment) - 30) < 0.01)
            #expect(try await scene.claimNext().attemptID == CallbackIdentity.attempt(of: call.callID, 2))
        }
    }

    @Test("C-02 An answer ends the callback, once")
    func reached() async throws {
        try await CallbackScene.run { scene in
            let call = CallbackScene.ended()
            try await scene.hearing.hear(call)
            let dial = try await scene.claimNext()
            try await scene.hearing.hear(
                DialStarted(attemptID: dial.attemptID, callbackID: dial.callbackID, startedAt: Date()))
            try await scene.hearing.hear(CallbackScene.finished(dial, .answered))
            try await scene.hearing.hear(CallbackScene.finished(dial, .busy))
            let view = try await scene.view(of: call.callID)
            #expect(view.state == .reached && view.attempts.map(\.outcome) == [.answered])
            #expect(try await scene.hearing.announced(CallbackFinished.self).map(\.state) == [.reached])
        }
    }

    @Test("C-02 An outcome that overtakes its callback waits for it and is not lost")
    func outcomeFirst() async throws {
        try await CallbackScene.run { scene in
            let call = CallbackScene.ended()
            let dial = DialCitizen(
                attemptID: CallbackIdentity.attempt(of: call.callID, 1),
                callbackID: CallbackIdentity.callback(of: call.callID),
                number: try #require(call.caller.number), preferredOperatorID: nil, originalCallID: call.callID)
            let early = try await scene.hearing.envelopes([CallbackScene.finished(dial, .answered)])
            await #expect(throws: RetryLater.self) { try await scene.hearing.take(early) }
            try await scene.hearing.hear(call)
            #expect(try await scene.hearing.take(early) == 1)
            #expect(try await scene.view(of: call.callID).state == .reached)
        }
    }

    @Test("C-03 A citizen who calls in first is not called back")
    func calledIn() async throws {
        try await CallbackScene.run { scene in
            let call = CallbackScene.ended()
            let other = CallbackScene.ended(from: "+79990000002")
            try await scene.hearing.hear(call, other)
            // Who called before the break has not called in since.
            try await scene.hearing.hear(CallbackScene.received(at: call.endedAt.addingTimeInterval(-1)))
            #expect(try await scene.view(of: call.callID).state == .open)
            try await scene.hearing.hear(CallbackScene.received(from: "8 (999) 000-00-01"))
            let view = try await scene.view(of: call.callID)
            #expect(view.state == .withdrawn && view.reason == "called-in")
            #expect(try await scene.store.claimDue(limit: 10).map(\.originalCallID) == [other.callID])
            let finished = try await scene.hearing.announced(CallbackFinished.self)
            #expect(finished.map(\.callID) == [call.callID] && finished.first?.reason == "called-in")
        }
    }

    @Test("C-03 A callback that was asked for and not dialled yet is withdrawn too")
    func calledInWhileRequested() async throws {
        try await CallbackScene.run { scene in
            let call = CallbackScene.ended()
            try await scene.hearing.hear(call)
            let dial = try await scene.claimNext()
            try await scene.hearing.hear(CallbackScene.received())
            // The order failed, or its sender died.
            try await scene.store.postpone(dial.attemptID, delay: 0)
            try await scene.expireClaims()
            #expect(try await scene.store.claimDue(limit: 10).isEmpty)
            #expect(try await scene.store.nextDue() == nil)
        }
    }

    @Test("C-03 The outcome of an attempt that was ringing when the citizen called in matters no longer")
    func calledInWhileRinging() async throws {
        try await CallbackScene.run { scene in
            let call = CallbackScene.ended()
            try await scene.hearing.hear(call)
            let dial = try await scene.claimNext()
            try await scene.hearing.hear(
                DialStarted(attemptID: dial.attemptID, callbackID: dial.callbackID, startedAt: Date()))
            try await scene.hearing.hear(CallbackScene.received())
            try await scene.hearing.hear(CallbackScene.finished(dial, .noAnswer))
            let view = try await scene.view(of: call.callID)
            #expect(view.state == .withdrawn && view.attempts.map(\.outcome) == [.noAnswer])
            #expect(try await scene.store.nextDue() == nil)
        }
    }

    @Test("C-03 Two workers that claim at once share the attempts and double none")
    func sharedClaims() async throws {
        try await CallbackScene.run { scene in
            let calls = (0..<60).map { CallbackScene.ended(from: "+7999000\($0 + 1000)") }
            for call in calls { try await scene.hearing.hear(call) }
            let store = scene.store
            let claimed = try await withThrowingTaskGroup(of: [UUID].self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        var mine: [UUID] = []
                        // Both start with small bites, so that they meet.
                        for _ in 0..<30 { mine += try await store.claimDue(limit: 3).map(\.attemptID) }
                        return mine
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(claimed.count == 60)
            #expect(Set(claimed) == Set(calls.map { CallbackIdentity.attempt(of: $0.callID, 1) }))
        }
    }

    @Test("C-03 A worker that dies after its claim loses no callback: the attempt comes again with its own id")
    func lapsedClaim() async throws {
        try await CallbackScene.run { scene in
            try await scene.hearing.hear(CallbackScene.ended())
            let first = try await scene.claimNext()
            #expect(try await scene.store.claimDue(limit: 10).isEmpty)
            try await scene.expireClaims()
            #expect(try await scene.store.claimDue(limit: 10).map(\.attemptID) == [first.attemptID])
            // Once the dial went out nobody asks for it again.
            try await scene.hearing.hear(
                DialStarted(attemptID: first.attemptID, callbackID: first.callbackID, startedAt: Date()))
            try await scene.expireClaims()
            #expect(try await scene.store.claimDue(limit: 10).isEmpty)
        }
    }

    @Test("C-01 A number that the exchange will not dial is withdrawn with the reason")
    func refusedNumber() async throws {
        try await CallbackScene.run { scene in
            let call = CallbackScene.ended()
            try await scene.hearing.hear(call)
            let dial = try await scene.claimNext()
            try await scene.store.withdraw(dial, reason: "number-not-dialable")
            try await scene.store.withdraw(dial, reason: "number-not-dialable")
            #expect(try await scene.view(of: call.callID).state == .withdrawn)
            #expect(try await scene.hearing.announced(CallbackFinished.self).count == 1)
        }
    }
}
