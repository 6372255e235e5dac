import Contracts
import Foundation
import Messaging
import MessagingTestSupport
import Postgres
import TestSupport
import Testing
import Vocabulary

@testable import CallbackDialer

/// Citizens who called in or were spoken with, told in any order.
@Suite(.timeLimit(.minutes(10))) struct ContactTests {
    /// An operator speaks with a citizen who called, or was called by hand.
    private static func spoken(_ number: String, at moment: Date) -> CallAnswered {
        CallAnswered(
            callID: UUID(), caller: CallerNumber(raw: number), operatorID: "operator2",
            receivedAt: moment.addingTimeInterval(-5), answeredAt: moment)
    }

    @Test(
        "C-03 A citizen who called in is not called back, also when the break is told later", arguments: [true, false])
    func calledInIsToldFirst(isOneBatch: Bool) async throws {
        try await CallbackScene.run { scene in
            let now = Date()
            let broken = CallbackScene.ended(at: now.addingTimeInterval(-60))
            let again = CallbackScene.received(at: now.addingTimeInterval(-30))
            if isOneBatch {
                try await scene.hearing.hear(again, broken)
            } else {
                try await scene.hearing.hear(again)
                try await scene.hearing.hear(broken)
            }
            let view = try await scene.view(of: broken.callID)
            #expect(view.state == .withdrawn && view.reason == "called-in")
            #expect(try await scene.isAnythingDue == false)
            // The next break is another matter.
            let next = CallbackScene.ended(at: now)
            try await scene.hearing.hear(next)
            #expect(try await scene.view(of: next.callID).state == .open)
        }
    }

    @Test(
        "C-03 C-07 Who called in again and gave up again is called back, in whatever order that is told",
        arguments: [CallOutcome.callbackRequested, .abandonedInQueue, .callerLineBroken])
    func givesUpAgain(first: CallOutcome) async throws {
        try await CallbackScene.run { scene in
            let now = Date()
            for (index, order) in [[0, 1, 2], [1, 0, 2], [0, 2, 1], [2, 1, 0]].enumerated() {
                for isOneBatch in [true, false] {
                    let number = "+79990000\(index)\(isOneBatch ? 1 : 2)0"
                    let told: [any Event] = [
                        CallbackScene.ended(UUID(), first, from: number, at: now.addingTimeInterval(-300)),
                        CallbackScene.received(from: number, at: now.addingTimeInterval(-250)),
                        CallbackScene.ended(
                            UUID(), .abandonedInQueue, from: number, at: now.addingTimeInterval(-200)),
                    ]
                    if isOneBatch {
                        try await scene.hearing.hear(order.map { told[$0] })
                    } else {
                        for next in order { try await scene.hearing.hear([told[next]]) }
                    }
                    // The others have been ended by a call of theirs.
                    let open = try await scene.store.list(ListCallbacks()).filter { $0.state == .open }
                    #expect(open.count == 1, "\(order) \(isOneBatch)")
                    // The next call is an answer to all of it.
                    try await scene.hearing.hear(CallbackScene.received(from: number, at: now))
                    #expect(try await scene.store.list(ListCallbacks()).count { $0.state == .open } == 0)
                }
            }
        }
    }

    @Test("C-07 Who was reached by hand is not called back, whichever is told first", arguments: [true, false])
    func reachedByHand(isBreakFirst: Bool) async throws {
        try await CallbackScene.run { scene in
            let now = Date()
            let number = "+79990000031"
            let broken = CallbackScene.ended(from: number, at: now.addingTimeInterval(-60))
            let waited = CallbackScene.ended(
                UUID(), .abandonedInQueue, from: number, at: now.addingTimeInterval(-90))
            let spoken = Self.spoken(number, at: now.addingTimeInterval(-20))
            if isBreakFirst {
                try await scene.hearing.hear(waited, broken)
                try await scene.hearing.hear(spoken)
            } else {
                try await scene.hearing.hear(spoken)
                try await scene.hearing.hear(waited, broken)
            }
            let views = try await scene.store.list(ListCallbacks())
            #expect(!views.isEmpty && views.allSatisfy { $0.state == .withdrawn && $0.reason == "served" })
            #expect(try await scene.isAnythingDue == false)
        }
    }

    @Test("C-01 A conversation that breaks is called back, for it was before the break")
    func brokenConversation() async throws {
        try await CallbackScene.run { scene in
            let now = Date()
            let call = CallbackScene.ended(at: now)
            try await scene.hearing.hear(Self.spoken("+79990000001", at: now.addingTimeInterval(-50)), call)
            #expect(try await scene.view(of: call.callID).state == .open)
        }
    }

    @Test("C-07 A conversation ends no callback that was asked for after it")
    func askedForLater() async throws {
        try await CallbackScene.run { scene in
            let now = Date()
            let broken = CallbackScene.ended(at: now.addingTimeInterval(-300))
            try await scene.hearing.hear(broken)
            let dial = try await scene.claimNext()
            let requested = CallbackScene.ended(UUID(), .callbackRequested, at: now)
            try await scene.hearing.hear(requested)
            try await scene.hearing.hear(
                CallbackScene.finished(dial, .answered, at: now.addingTimeInterval(-250)),
                CallbackScene.joined(dial, at: now.addingTimeInterval(-245)))
            let reached = try await scene.view(of: broken.callID)
            #expect(reached.state == .reached, "\(reached.reason ?? "")")
            #expect(try await scene.view(of: requested.callID).state == .open)
        }
    }

    @Test("C-03 What is remembered of citizens is forgotten after a week")
    func forgotten() async throws {
        try await CallbackScene.run { scene in
            try await scene.hearing.hear(CallbackScene.received(), CallbackScene.received(from: "+79990000002"))
            try await scene.store.database.execute(
                "UPDATE citizen_contact SET changed_at = now() - interval '8 days' WHERE number = '+79990000002'")
            try await MessagingHousekeeping(
                database: scene.store.database, logger: quietLogger(), also: [CallbackStore.forgetContacts]
            ).removeOld()
            let left = try await scene.store.database.query("SELECT number FROM citizen_contact")
            #expect(try left.map { try $0.decode("number", as: String.self) } == ["+79990000001"])
        }
    }
}
