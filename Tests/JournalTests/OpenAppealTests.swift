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
            try await scene.database.execute(
                """
                UPDATE appeal SET state = 'closed', told_through = 'letter', told_by = 'operator1', told_at = now(),
                    number = '64-2026-000001', region = '64', year = 2026,
                    sequence = 1, registered_at = now()
                WHERE call_id = \(first.id)
                """)
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
            try await scene.database.execute(
                """
                UPDATE appeal SET state = 'closed', told_through = 'letter', told_by = 'operator1', told_at = now(),
                    number = '64-2026-000001', region = '64', year = 2026,
                    sequence = 1, registered_at = now()
                """)
            #expect(try await scene.hearing.ask(GetOpenAppeals(callIDs: [first.id, second.id])).callIDs.isEmpty)
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
