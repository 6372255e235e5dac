import Contracts
import Foundation
import Messaging
import MessagingTestSupport
import Postgres
import TestSupport
import Testing
import Vocabulary

@testable import CallbackDialer

@Suite(.timeLimit(.minutes(10))) struct CallbackStoreTests {
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
            let due = try await scene.claimDue()
            #expect(due.map(\.attemptID) == [CallbackIdentity.attempt(of: call.callID, 1)])
            #expect(due.first?.preferredOperatorID == "operator1" && due.first?.originalCallID == call.callID)
        }
    }

    @Test("T-15 A call that was completed, left in the menu or dropped at once opens no callback")
    func notBroken() async throws {
        try await CallbackScene.run { scene in
            try await scene.hearing.hear(
                CallbackScene.ended(UUID(), .completedByCaller), CallbackScene.ended(UUID(), .abandonedInMenu),
                CallbackScene.ended(UUID(), .shortDrop), CallbackScene.ended(UUID(), .transferredAway))
            #expect(try await scene.store.list(ListCallbacks()).isEmpty)
            #expect(try await !scene.isAnythingDue)
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
            for outcome in [DialOutcome.busy, .unknown, .noAnswer, .busy] {
                let dial = try await scene.claimNext()
                ids.append(dial.attemptID)
                try await scene.hearing.hear(CallbackScene.finished(dial, outcome))
            }
            #expect(ids == (1...4).map { CallbackIdentity.attempt(of: call.callID, $0) })
            #expect(Set(ids).count == 4)
            let view = try await scene.view(of: call.callID)
            #expect(view.state == .exhausted)
            #expect(view.attempts.map(\.outcome) == [.busy, .unknown, .noAnswer, .busy])
            let finished = try await scene.hearing.announced(CallbackFinished.self)
            #expect(finished.map(\.state) == [.exhausted] && finished.first?.attempts == 4)
            #expect(try await !scene.isAnythingDue)
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
            // Perhaps nothing rang at all, and the 15 seconds run.
            #expect(try await scene.claimDue().map(\.attemptID) == [CallbackIdentity.attempt(of: call.callID, 2)])
        }
    }

    @Test("C-02 X-01 The callback ends when the citizen speaks with an operator, once, and keeps its time line")
    func reached() async throws {
        try await CallbackScene.run { scene in
            let call = CallbackScene.ended()
            try await scene.hearing.hear(call)
            let dial = try await scene.claimNext()
            try await scene.hearing.hear(
                DialStarted(attemptID: dial.attemptID, callbackID: dial.callbackID, startedAt: Date()))
            try await scene.hearing.hear(CallbackScene.finished(dial, .answered))
            try await scene.hearing.hear(CallbackScene.finished(dial, .busy))
            #expect(try await scene.view(of: call.callID).state == .open)
            try await scene.hearing.hear(CallbackScene.joined(dial))
            let view = try await scene.view(of: call.callID)
            #expect(view.state == .reached && view.attempts.map(\.outcome) == [.answered])
            let attempt = try #require(view.attempts.first)
            #expect(view.brokenAt <= (view.decidedAt ?? .distantPast) && view.joinedAt != nil)
            #expect(attempt.startedAt != nil && attempt.ringingAt != nil && attempt.finishedAt != nil)
            #expect(try await scene.hearing.announced(CallbackFinished.self).map(\.state) == [.reached])
        }
    }

    @Test("C-02 An outcome that overtakes its callback waits for it and is not lost")
    func outcomeFirst() async throws {
        try await CallbackScene.run { scene in
            let call = CallbackScene.ended()
            let dial = try CallbackScene.selfDial(call)
            let early = try await scene.hearing.envelopes([CallbackScene.finished(dial, .answered)])
            await #expect(throws: RetryLater.self) { try await scene.hearing.take(early) }
            try await scene.hearing.hear(call)
            #expect(try await scene.hearing.take(early) == 1)
            #expect(try await scene.view(of: call.callID).attempts.map(\.outcome) == [.answered])
        }
    }

    @Test(
        "C-01 The first dial that the line made by itself is adopted: it is not asked for, and the next one follows it")
    func adopted() async throws {
        try await CallbackScene.run { scene in
            var call = CallbackScene.ended()
            let dialledAt = call.endedAt.addingTimeInterval(0.1)
            call.dialledBackAt = dialledAt
            try await scene.hearing.hear(call)
            #expect(try await scene.claimDue().isEmpty)
            #expect(try await scene.isAnythingDue == false)
            let first = try #require(try await scene.view(of: call.callID).attempts.first)
            let startedAt = try #require(first.startedAt)
            #expect(abs(startedAt.timeIntervalSince(dialledAt)) < 0.01)
            let dial = try CallbackScene.selfDial(call)
            #expect(dial.attemptID == CallbackIdentity.attempt(of: call.callID, 1))
            try await scene.hearing.hear(CallbackScene.finished(dial, .busy))
            let second = try await scene.claimNext()
            #expect(second.attemptID == CallbackIdentity.attempt(of: call.callID, 2))
            // Who calls in while the first dial rings is not dialled again.
            try await scene.hearing.hear(CallbackScene.received())
            #expect(try await scene.view(of: call.callID).reason == "called-in")
        }
    }

    @Test("C-02 A citizen who answers and hangs up before an operator is there is dialled again")
    func answeredAndLeft() async throws {
        try await CallbackScene.run { scene in
            let call = CallbackScene.ended()
            try await scene.hearing.hear(call)
            let dial = try await scene.claimNext()
            // The end of the citizen's call may overtake the outcome of the dial.
            let left = try await scene.hearing.envelopes([CallbackScene.leftAlone(dial)])
            await #expect(throws: RetryLater.self) { try await scene.hearing.take(left) }
            try await scene.hearing.hear(CallbackScene.finished(dial, .answered))
            try await scene.hearing.take(left)
            #expect(try await scene.view(of: call.callID).state == .open)
            let second = try await scene.claimNext()
            #expect(second.attemptID == CallbackIdentity.attempt(of: call.callID, 2))
            #expect(try await scene.store.list(ListCallbacks()).count == 1)
        }
    }

    @Test("C-02 A conversation whose end is told first counts as reached all the same")
    func endFirst() async throws {
        try await CallbackScene.run { scene in
            let call = CallbackScene.ended()
            try await scene.hearing.hear(call)
            let dial = try await scene.claimNext()
            let joined = CallbackScene.joined(dial)
            try await scene.hearing.hear(
                CallbackScene.spoken(joined))
            try await scene.hearing.hear(CallbackScene.finished(dial, .answered))
            let view = try await scene.view(of: call.callID)
            #expect(view.state == .reached && view.joinedAt != nil)
            #expect(try await scene.hearing.announced(CallbackFinished.self).map(\.state) == [.reached])
        }
    }

    @Test("C-02 A conversation that is told before its break waits for it, also in one batch; the callback is reached")
    func conversationBeforeBreak() async throws {
        try await CallbackScene.run { scene in
            // The dialer was away, call-intake dialled by itself, and all of it is told afterwards.
            let call = CallbackScene.ended()
            let dial = try CallbackScene.selfDial(call)
            let joined = CallbackScene.joined(dial)
            let early = try await scene.hearing.envelopes([joined])
            await #expect(throws: RetryLater.self) { try await scene.hearing.take(early) }
            try await scene.hearing.hear(CallbackScene.spoken(joined), call)
            #expect(try await scene.view(of: call.callID).state == .reached)
            #expect(try await !scene.isAnythingDue)
        }
    }

    @Test("C-03 An attempt that was added while its callback ended elsewhere is not dialled and holds up nobody")
    func attemptOfEndedCallback() async throws {
        try await CallbackScene.run { scene in
            let ended = CallbackScene.ended(from: "+79990000021")
            let open = CallbackScene.ended(from: "+79990000022")
            try await scene.hearing.hear(ended, open)
            // What two transactions that met could leave behind.
            try await scene.store.database.execute(
                """
                UPDATE callback SET state = 'withdrawn', reason = 'called-in', finished_at = now()
                WHERE call_id = \(ended.callID)
                """)
            let before = Date()
            #expect(try await scene.claimDue(limit: 1).map(\.originalCallID) == [open.callID])
            #expect(try await scene.claimDue(limit: 1).isEmpty)
            let next = try #require(try await scene.store.nextDue(.urgent))
            #expect(next > before.addingTimeInterval(5), "the claim of the other one")
        }
    }

    @Test("C-03 A callback that ends while its next attempt is being added leaves nothing to dial")
    func endMeetsFailure() async throws {
        try await CallbackScene.run { scene in
            let call = CallbackScene.ended()
            try await scene.hearing.hear(call)
            let dial = try await scene.claimNext()
            let rules = CallbackScene.rules()
            let database = scene.store.database
            let (isWritten, written) = AsyncStream.makeStream(of: Void.self)
            let (mayCommit, commit) = AsyncStream.makeStream(of: Void.self)
            try await withThrowingTaskGroup { group in
                group.addTask {
                    try await database.transaction { transaction in
                        _ = try await CallbackStore.finished(
                            [CallbackScene.finished(dial, .busy)], rules: rules, in: transaction)
                        written.yield()
                        for await _ in mayCommit { break }
                    }
                }
                for await _ in isWritten { break }
                group.addTask {
                    try await database.transaction { transaction in
                        _ = try await CallbackStore.end(
                            [dial.callbackID], .withdrawn, reason: "called-in", in: transaction)
                    }
                }
                // The second one waits for the row that the first one holds.
                try await eventually("the second one waits") {
                    let row = try await database.query(
                        """
                        SELECT count(*) AS n FROM pg_stat_activity
                        WHERE datname = current_database() AND wait_event_type = 'Lock'
                        """
                    ).first
                    return try row?.decode("n", as: Int64.self) == 1
                }
                commit.yield()
                try await group.waitForAll()
            }
            #expect(try await scene.view(of: call.callID).state == .withdrawn)
            let open = try await database.query("SELECT id FROM dial_attempt WHERE state IN ('scheduled', 'requested')")
            #expect(open.isEmpty)
        }
    }

    // MARK: Bounds in the database

    @Test("C-01 C-02 The database refuses a first dial later than 15 s and giving up after one attempt")
    func boundsAreConstraints() async throws {
        try await CallbackScene.run { scene in
            let call = CallbackScene.ended()
            try await scene.hearing.hear(call)
            let database = scene.store.database
            for statement in [
                "UPDATE callback SET first_due_at = broken_at + interval '16 seconds'",
                "UPDATE callback SET state = 'exhausted', attempts = 1, finished_at = now()",
                "UPDATE callback SET allowed_attempts = 1",
            ] {
                let error = await #expect(throws: PostgresError.self) {
                    try await database.execute(PostgresQuery(unsafeSQL: statement))
                }
                #expect(error?.sqlState == .checkViolation)
            }
            // The instruction that allows it makes it right.
            try await database.execute(
                "UPDATE callback SET allowed_attempts = 1, instruction = 'Распоряжение 12', attempts = 1")
            try await database.execute("UPDATE callback SET state = 'exhausted', finished_at = now()")
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
            #expect(try await scene.claimDue().map(\.originalCallID) == [other.callID])
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
            try await scene.store.postpone(dial.attemptID, delay: .zero)
            try await scene.expireClaims()
            #expect(try await scene.claimDue().isEmpty)
            #expect(try await !scene.isAnythingDue)
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
            #expect(try await !scene.isAnythingDue)
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
                        for _ in 0..<30 {
                            mine += try await store.claimDue(
                                .urgent, limit: 3, scripts: CallbackScene.scripts, personalWait: 0
                            ).map(
                                \.attemptID)
                        }
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
            #expect(try await scene.claimDue().isEmpty)
            try await scene.expireClaims()
            #expect(try await scene.claimDue().map(\.attemptID) == [first.attemptID])
            // Once the dial went out nobody asks for it again.
            try await scene.hearing.hear(
                DialStarted(attemptID: first.attemptID, callbackID: first.callbackID, startedAt: Date()))
            try await scene.expireClaims()
            #expect(try await scene.claimDue().isEmpty)
        }
    }

    @Test("C-01 A number that the exchange will not dial is withdrawn with the reason")
    func refusedNumber() async throws {
        try await CallbackScene.run { scene in
            let call = CallbackScene.ended()
            try await scene.hearing.hear(call)
            let dial = try await scene.claimNext()
            try await scene.store.withdraw(dial, reason: "number-not-dialable", rules: CallbackScene.rules())
            try await scene.store.withdraw(dial, reason: "number-not-dialable", rules: CallbackScene.rules())
            #expect(try await scene.view(of: call.callID).state == .withdrawn)
            #expect(try await scene.hearing.announced(CallbackFinished.self).count == 1)
        }
    }
}
