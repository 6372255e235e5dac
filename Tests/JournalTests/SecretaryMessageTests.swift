import Contracts
import Foundation
import Messaging
import MessagingTestSupport
import Postgres
import Testing
import Vocabulary

@testable import Journal

@Suite(.timeLimit(.minutes(10))) struct SecretaryMessageTests {
    private static let saratov = "2026-11-24T03:00:00+04:00"

    private static func moment(_ text: String) throws -> Date { try #require(ISO8601DateFormatter().date(from: text)) }

    private static func left(_ call: SampleCall, at leftAt: Date, dueAt: Date) -> MessageLeft {
        MessageLeft(
            callID: call.id, caller: call.caller,
            recordingID: RecordingIdentity.recording(of: call.id, .message, part: 1), leftAt: leftAt, seconds: 45,
            dueAt: dueAt)
    }

    private static func ended(_ call: SampleCall) -> CallEnded {
        CallEnded(
            callID: call.id, caller: call.caller, outcome: .messageLeft, cause: 16, operatorID: nil,
            receivedAt: call.start, answeredAt: nil, endedAt: call.start.addingTimeInterval(60))
    }

    /// A message that is due, told of in full.
    private static func waiting(_ scene: JournalScene, number: String = "+79990000001") async throws -> SecretaryMessage
    {
        let call = SampleCall(number: number)
        try await scene.hearing.hear(
            call.received, self.left(call, at: call.start, dueAt: call.start.addingTimeInterval(60)), self.ended(call))
        return try #require(
            try await scene.hearing.ask(ListSecretaryMessages()).messages.first { $0.callID == call.id })
    }

    @Test("T-03 A message becomes one draft without an operator, however often and late it is told of")
    func oneDraft() async throws {
        try await JournalScene.run { scene in
            let call = SampleCall()
            let message = Self.left(call, at: call.start, dueAt: call.start.addingTimeInterval(60))
            let events = try await scene.hearing.envelopes([call.received, message, Self.ended(call)])
            // The end comes first and waits for what was before it.
            #expect(try await scene.hearing.take([events[2]]) == 0)
            #expect(try await scene.hearing.take(Array(events.prefix(2))) == 3)
            #expect(try await scene.hearing.take(events) == 0)
            // Told again under another id, as after a restored backup.
            try await scene.hearing.hear(message)
            #expect(try await scene.count("appeal") == 1)
            #expect(try await scene.hearing.announced(SecretaryMessageKept.self).map(\.callID) == [call.id])
            #expect(try await scene.hearing.announced(AppealDrafted.self).isEmpty)
            let listed = try await scene.hearing.ask(ListAppeals(callID: call.id))
            #expect(listed.map(\.channel) == [.secretary])
            let card = try await scene.hearing.ask(GetAppeal(appealID: try #require(listed.first).appealID))
            #expect(card.state == .draft && card.operatorID == nil && card.card.phone == call.caller.number)
            #expect(card.messages?.map(\.recordingID) == [message.recordingID])
            #expect(card.messages?.first?.caller == call.caller && card.messages?.first?.seconds == 45)
            #expect(card.history.map(\.text) == ["Сообщение электронному секретарю, 0:45"])
        }
    }

    @Test(
        "T-03 A message stands on the list from the beginning of its working period on, not before",
        arguments: [
            // Tuesday at night until Tuesday morning; Friday evening until Monday morning.
            ("2026-11-24T03:00:00+04:00", "2026-11-24T09:00:00+04:00"),
            ("2026-11-27T19:00:00+04:00", "2026-11-30T09:00:00+04:00"),
        ])
    func dueAt(left: String, due: String) async throws {
        let (leftAt, dueAt) = (try Self.moment(left), try Self.moment(due))
        try await JournalScene.run { scene in
            let call = SampleCall(start: leftAt)
            try await scene.hearing.hear(call.received, Self.left(call, at: leftAt, dueAt: dueAt))
            let store = AppealStore(database: scene.database)
            let early = try await store.messages(ListSecretaryMessages(), at: dueAt.addingTimeInterval(-1))
            #expect(early.messages.isEmpty && early.count == 0 && early.nextDueAt == dueAt)
            let onTime = try await store.messages(ListSecretaryMessages(), at: dueAt)
            #expect(onTime.messages.map(\.callID) == [call.id] && onTime.count == 1 && onTime.nextDueAt == nil)
        }
    }

    @Test("T-03 The oldest message is the first of the list, and the count knows those beyond its limit")
    func order() async throws {
        try await JournalScene.run { scene in
            let start = try Self.moment(Self.saratov)
            var calls: [UUID] = []
            for minutes in [20, 0, 10] {
                let call = SampleCall(start: start.addingTimeInterval(Double(minutes) * 60))
                try await scene.hearing.hear(
                    call.received, Self.left(call, at: call.start, dueAt: start.addingTimeInterval(3600)))
                calls.append(call.id)
            }
            let store = AppealStore(database: scene.database)
            let later = start.addingTimeInterval(3600)
            let all = try await store.messages(ListSecretaryMessages(), at: later)
            #expect(all.messages.map(\.callID) == [calls[1], calls[2], calls[0]])
            let first = try await store.messages(ListSecretaryMessages(limit: 1), at: later)
            #expect(first.messages.map(\.callID) == [calls[1]] && first.count == 3)
        }
    }

    @Test("T-03 The first of many operators gets the message, the others are told, and all lists lose it")
    func firstWins() async throws {
        try await JournalScene.run { scene in
            let message = try await Self.waiting(scene)
            let outcomes = try await withThrowingTaskGroup(of: String?.self) { group in
                for number in 1...8 {
                    group.addTask {
                        try await scene.refusal {
                            try await scene.hearing.ask(
                                TakeAppeal(appealID: message.appealID, operatorID: "operator\(number)"))
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == nil } == 1 && outcomes.count { $0 == "already-taken" } == 7)
            let continued = try await scene.hearing.announced(AppealContinued.self)
            #expect(continued.map(\.callID) == [message.callID] && continued.map(\.caller) == [message.caller])
            let card = try await scene.hearing.ask(GetAppeal(appealID: message.appealID))
            #expect(card.operatorID == continued.first?.operatorID)
            #expect(card.messages?.map(\.takenBy) == [card.operatorID])
            #expect(try await scene.hearing.ask(ListSecretaryMessages()).count == 0)
            // Asked again by whoever has it, it is theirs still, and nobody is told twice.
            let winner = try #require(card.operatorID)
            _ = try await scene.hearing.ask(TakeAppeal(appealID: message.appealID, operatorID: winner))
            #expect(try await scene.hearing.announced(AppealContinued.self).count == 1)
        }
    }

    @Test("T-03 A message that was taken is filled, saved and registered like any card; one that was not is not saved")
    func registered() async throws {
        try await JournalScene.run { scene in
            let message = try await Self.waiting(scene)
            #expect(try await scene.refusal { try await scene.save(message.appealID) } == "not-taken")
            _ = try await scene.hearing.ask(TakeAppeal(appealID: message.appealID, operatorID: "operator1"))
            let saved = try await scene.save(message.appealID)
            #expect(saved.number != nil && saved.state == .inWork && saved.channel == .secretary)
            #expect(saved.messages?.map(\.recordingID) == [message.recordingID])
            #expect(
                saved.history.map(\.text).prefix(2) == [
                    "Сообщение электронному секретарю, 0:45", "Сообщение взято в работу",
                ])
        }
    }

    @Test("T-03 A card without a message, and none at all, cannot be taken")
    func nothingToTake() async throws {
        try await JournalScene.run { scene in
            let card = try await scene.open()
            for (id, refusal) in [(card.appealID, "nothing-to-take"), (UUID(), "no-such-appeal")] {
                let refused = try await scene.refusal {
                    try await scene.hearing.ask(TakeAppeal(appealID: id, operatorID: "operator2"))
                }
                #expect(refused == refusal)
            }
        }
    }

    @Test(
        "C-204 A message that is told of after the end of its call has its card, whatever the end was said to be",
        arguments: [CallOutcome.messageLeft, .abandonedInQueue, .callbackRequested, .callerLineBroken])
    func messageAfterEnd(outcome: CallOutcome) async throws {
        try await JournalScene.run { scene in
            let call = SampleCall()
            var ended = call.ended(outcome)
            ended.answeredAt = nil
            try await scene.hearing.hear(
                call.received, ended, Self.left(call, at: call.start, dueAt: call.start))
            let waiting = try await scene.hearing.ask(ListSecretaryMessages()).messages
            #expect(waiting.map(\.callID) == [call.id] && waiting.map(\.caller) == [call.caller])
            #expect(try await scene.count("appeal") == 1)
            let kept = try await scene.database.query(
                "SELECT outcome FROM appeal_call WHERE call_id = \(call.id) AND ended_at IS NOT NULL"
            ).map { try $0.decode("outcome", as: String.self) }
            #expect(kept == [outcome.rawValue])
            // And what follows finds it: a callback goes on with this card.
            let callback = SampleCall(callbackID: UUID(), originalCallID: call.id)
            try await scene.hearing.hear(callback.answered(by: "operator2"))
            #expect(try await scene.count("appeal") == 1)
        }
    }

    @Test("C-204 An answer that is told of after the end, or after a message, neither is lost nor makes a second card")
    func answerAfterEnd() async throws {
        try await JournalScene.run { scene in
            let call = SampleCall()
            try await scene.hearing.hear(call.received, call.ended(.abandonedInQueue), call.answered(by: "operator2"))
            let cards = try await scene.hearing.ask(ListAppeals(callID: call.id))
            #expect(cards.map(\.operatorID) == ["operator2"])
            let other = SampleCall(number: "+79990000002")
            try await scene.hearing.hear(
                other.received, Self.left(other, at: other.start, dueAt: other.start), other.answered(by: "operator3"))
            let resumed = try await scene.hearing.ask(ListAppeals(callID: other.id))
            #expect(resumed.count == 1 && resumed.first?.operatorID == "operator3")
            #expect(try await scene.count("appeal") == 2)
            let continued = try await scene.hearing.announced(AppealContinued.self)
            #expect(continued.map(\.callID) == [other.id] && continued.map(\.operatorID) == ["operator3"])
        }
    }

    @Test("T-03 A caller who spoke with an operator before leaves the message on that card")
    func afterConversation() async throws {
        try await JournalScene.run { scene in
            let call = SampleCall()
            try await scene.hearing.hear(
                call.received, call.answered(), Self.left(call, at: call.start, dueAt: call.start))
            #expect(try await scene.count("appeal") == 1)
            let waiting = try await scene.hearing.ask(ListSecretaryMessages()).messages
            #expect(waiting.map(\.callID) == [call.id])
            let appealID = try #require(waiting.first).appealID
            #expect(try await scene.hearing.ask(GetAppeal(appealID: appealID)).operatorID == "operator1")
            let taken = try await scene.hearing.ask(TakeAppeal(appealID: appealID, operatorID: "operator2"))
            #expect(taken.operatorID == "operator2" && taken.channel == .hotLine)
        }
    }
}
