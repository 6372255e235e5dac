import Contracts
import Foundation
import Messaging
import MessagingTestSupport
import Postgres
import Testing

@testable import Journal

@Suite(.timeLimit(.minutes(10))) struct OpenAppealTests {
    @Test("T-04 A call is open until its card is closed, and a call without a card is open too")
    func openCalls() async throws {
        try await JournalScene.run { scene in
            let (first, second, unknown) = (SampleCall(), SampleCall(number: "+79990000002"), UUID())
            for call in [first, second] { try await scene.hearing.hear(call.received, call.answered()) }
            let asked = GetOpenAppeals(callIDs: [first.id, second.id, unknown])
            #expect(Set(try await scene.hearing.ask(asked).callIDs) == [first.id, second.id, unknown])
            _ = try await scene.closed(first)
            #expect(Set(try await scene.hearing.ask(asked).callIDs) == [second.id, unknown])
            #expect(try await scene.hearing.ask(GetOpenAppeals(callIDs: [])).callIDs.isEmpty)
        }
    }

    @Test("T-04 A callback that went on with a card follows that card")
    func callbackCall() async throws {
        try await JournalScene.run { scene in
            let first = SampleCall()
            var second = SampleCall()
            second.callbackID = UUID()
            second.originalCallID = first.id
            try await scene.hearing.hear(first.received, first.answered(), first.ended(.callerLineBroken))
            try await scene.hearing.hear(second.received, second.answered())
            _ = try await scene.closed(first)
            #expect(try await scene.hearing.ask(GetOpenAppeals(callIDs: [first.id, second.id])).callIDs.isEmpty)
        }
    }

    @Test("R-704 T-04 The calls of a closed card are kept while somebody still works on what came of it")
    func stillWorkedOn() async throws {
        try await JournalScene.run { scene in
            let call = SampleCall()
            try await scene.hearing.hear(call.received, call.answered(), call.ended(.completedByCaller))
            let card = try await scene.closed(call)
            let asked = GetOpenAppeals(callIDs: [call.id])
            #expect(try await scene.hearing.ask(asked).callIDs.isEmpty)
            try await scene.hearing.hear(
                SurveyFinished(
                    callbackID: UUID(), appealID: card.appealID, state: .completed, isLow: true, finishedAt: Date()))
            #expect(try await scene.hearing.ask(asked).callIDs == [call.id])
            let next = UUID()
            _ = try await scene.hearing.ask(
                OpenAppeal(appealID: next, operatorID: "admin1", aboutID: card.appealID, isInCharge: true))
            let task = try #require(try await scene.hearing.ask(ListTasks()).first).taskID
            _ = try await scene.hearing.ask(FinishTask(taskID: task, operatorID: "admin1", isInCharge: true))
            #expect(try await scene.hearing.ask(asked).callIDs == [call.id])
            var fields = AppealCard.sample
            fields.measures = "Принят повторно"
            _ = try await scene.hearing.ask(
                SaveAppeal(appealID: next, revision: 0, card: fields, measuresDone: true, operatorID: "admin1"))
            _ = try await scene.tell(next, .conversation, operatorID: "admin1")
            _ = try await scene.close(next)
            #expect(try await scene.hearing.ask(asked).callIDs.isEmpty)
        }
    }

    @Test("T-04 More calls than the limit are refused")
    func tooMany() async throws {
        try await JournalScene.run { scene in
            let calls = (0...GetOpenAppeals.limit).map { _ in UUID() }
            await #expect(throws: Refusal.self) { try await scene.hearing.ask(GetOpenAppeals(callIDs: calls)) }
        }
    }
}
