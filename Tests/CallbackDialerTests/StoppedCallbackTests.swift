import Contracts
import Foundation
import Messaging
import MessagingTestSupport
import Postgres
import TestSupport
import Testing
import Vocabulary

@testable import CallbackDialer

/// Callbacks that machines stop, numbers of offices, and who said that somebody is not to be called.
@Suite struct StoppedCallbackTests {
    @Test("B-102 Five dials whose end nobody learned are followed by a person's task, and by no dial")
    func unknown() async throws {
        try await CallbackScene.run { scene in
            let call = CallbackScene.ended()
            try await scene.hearing.hear(call)
            for _ in 1...5 {
                let dial = try await scene.claimNext()
                try await scene.hearing.hear(CallbackScene.finished(dial, .unknown))
            }
            let view = try await scene.view(of: call.callID)
            #expect(view.state == .withdrawn && view.reason == "outcome-unknown" && view.attempts.count == 5)
            #expect(try await !scene.isAnythingDue)
            let finished = try #require(try await scene.hearing.announced(CallbackFinished.self).first)
            #expect(finished.opensTask == true && finished.isToldByMessage == false && finished.number != nil)
        }
    }

    @Test("A-12 A number that was dialled too often today is a person's task, after a break too")
    func dailyLimit() async throws {
        try await CallbackScene.run { scene in
            let call = CallbackScene.ended()
            try await scene.hearing.hear(call)
            let dial = try await scene.claimNext()
            try await scene.store.withdraw(dial, reason: "daily-limit", rules: CallbackScene.rules())
            let finished = try #require(try await scene.hearing.announced(CallbackFinished.self).first)
            #expect(finished.state == .withdrawn && finished.reason == "daily-limit" && finished.opensTask == true)
        }
    }

    @Test(
        "E-404 The extension of an office is kept: it is dialled after the answer, and nobody is written to without it")
    func officeExtension() async throws {
        try await CallbackScene.run { scene in
            let office = try PhoneNumber(parsing: "+78452411328 доб. 12")
            let request = ScheduleCallback(
                callbackID: UUID(), callID: UUID(), number: office, at: Date().addingTimeInterval(3600),
                operatorID: "operator1", isPersonal: false, attempts: 2)
            _ = try await scene.schedule(request)
            for _ in 1...2 {
                let dial = try await scene.claimNext(.operator)
                #expect(dial.number == office && dial.number.extensionDigits == "12")
                try await scene.hearing.hear(CallbackScene.finished(dial, .noAnswer))
            }
            #expect(try await scene.hearing.announced(CallbackFinished.self).map(\.number) == [office])
        }
    }

    @Test("E-404 A voice that was to tell what was done is a task when the telephone has an extension")
    func noVoice() async throws {
        try await CallbackScene.run { scene in
            try await scene.hearing.hear(
                AppealOutcomeReady(
                    appealID: UUID(), revision: 1, callID: nil,
                    phone: try PhoneNumber(parsing: "+78452411328;ext=12"), operatorID: "operator1", readyAt: Date()))
            #expect(try await !scene.isAnythingDue)
            let finished = try #require(try await scene.hearing.announced(CallbackFinished.self).first)
            #expect(finished.reason == "number-has-extension" && finished.opensTask == true)
        }
    }

    @Test("B-104 Every call of a card may have broken: all their callbacks are found, and those of the card")
    func callsOfCard() async throws {
        try await CallbackScene.run { scene in
            let first = CallbackScene.ended(at: Date().addingTimeInterval(-500))
            try await scene.hearing.hear(first)
            let dial = try await scene.claimNext()
            let joined = CallbackScene.joined(dial)
            try await scene.hearing.hear(CallbackScene.finished(dial, .answered))
            try await scene.hearing.hear(joined)
            // The second break: in the call that called back.
            let second = CallEnded(
                callID: joined.callID, caller: joined.caller, outcome: .callerLineBroken, cause: 38,
                operatorID: joined.operatorID, receivedAt: joined.receivedAt, answeredAt: joined.answeredAt,
                endedAt: joined.answeredAt.addingTimeInterval(60), callbackID: joined.callbackID,
                originalCallID: joined.originalCallID)
            let stranger = CallbackScene.ended(from: "+79990000009")
            try await scene.hearing.hear(second, stranger)
            let all = try await scene.store.list(ListCallbacks(callIDs: [first.callID, second.callID]))
            #expect(Set(all.map(\.callID)) == [first.callID, second.callID])
            #expect(all.map(\.state) == [.open, .reached], "the newest stands first")
            #expect(try await scene.store.list(ListCallbacks(callID: first.callID)).count == 1)
            #expect(try await scene.store.list(ListCallbacks()).count == 3)
        }
    }

    @Test("R-707 Who put a number on the do-not-call list and who took it off stays known")
    func doNotCallHistory() async throws {
        try await CallbackScene.run { scene in
            let number = try PhoneNumber(parsing: "+79990000001")
            let requests = scene.requests()
            for (isListed, actor) in [
                (true, "operator1"), (true, "operator2"), (false, "operator3"), (false, "operator1"), (true, "admin"),
            ] {
                _ = try await scene.store.database.transaction {
                    try await requests.setDoNotCall(
                        SetDoNotCall(number: number, isListed: isListed, operatorID: actor), in: $0)
                }
            }
            let changes = try await scene.store.doNotCallChanges()
            // What was so already is no change.
            #expect(changes.map(\.actor) == ["admin", "operator3", "operator1"])
            #expect(changes.map(\.isListed) == [true, false, true])
            #expect(changes.allSatisfy { $0.number == number && abs($0.at.timeIntervalSinceNow) < 600 })
            #expect(try await scene.store.doNotCall().map(\.listedBy) == ["admin"])
        }
    }
}
