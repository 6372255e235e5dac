import Contracts
import Foundation
import Messaging
import MessagingTestSupport
import Postgres
import Testing
import Vocabulary

@testable import Journal

/// Who may see a card and write in it is decided where the card lies (J-04).
@Suite(.timeLimit(.minutes(10))) struct AppealAccessTests {
    @Test("R-701 The id of anything that is not the asker's opens nothing, and every no is the same")
    func foreignID() async throws {
        try await JournalScene.run { scene in
            let (call, other) = (SampleCall(), SampleCall(number: "+79990000002"))
            try await scene.hearing.hear(call.received, call.answered(by: "operator2"))
            let card = try #require(try await scene.hearing.ask(ListAppeals(callID: call.id)).first).appealID
            // Of a caller who gave up: the journal knows the call and no card.
            try await scene.hearing.hear(other.received, other.ended(.abandonedInQueue))
            let noCall = try await scene.open(operatorID: "operator2").appealID
            let closed = try await scene.closed(operatorID: "operator2").appealID
            try await scene.hearing.hear(
                MessageLeft(
                    callID: UUID(), caller: call.caller, recordingID: UUID(), leftAt: Date(), seconds: 12,
                    dueAt: Date()))
            let message = try #require(
                try await scene.hearing.ask(ListSecretaryMessages()).messages.first
            ).appealID
            for id in [card, call.id, other.id, noCall, closed, message] {
                let before = try await scene.count("appeal_history")
                let refusal = await #expect(throws: Refusal.self) { try await scene.open(id) }
                #expect(refusal == .keyReused)
                #expect(try await scene.count("appeal_history") == before)
            }
            // Neither may whoever is in charge: opening is no way of reading.
            let refusal = await #expect(throws: Refusal.self) { try await scene.open(card, operatorID: "admin") }
            #expect(refusal == .keyReused)
            #expect(try await scene.count("appeal") == 4)
        }
    }

    @Test("R-701 A key that another order has used is refused in the same words, and the own card is found again")
    func ownID() async throws {
        try await JournalScene.run { scene in
            let id = UUID()
            let first = try await scene.hearing.ask(OpenAppeal(appealID: id, operatorID: "operator1"), key: id)
            let again = try await scene.hearing.ask(OpenAppeal(appealID: id, operatorID: "operator1"), key: id)
            #expect(first.appealID == id && again.appealID == id)
            let used = await #expect(throws: Refusal.self) {
                try await scene.hearing.ask(OpenAppeal(appealID: id, operatorID: "operator2"), key: id)
            }
            #expect(used == .keyReused)
            // When the kept answer is gone the card is still the one's and not the other's.
            try await scene.database.execute("DELETE FROM request_answer")
            let late = await #expect(throws: Refusal.self) {
                try await scene.hearing.ask(OpenAppeal(appealID: id, operatorID: "operator2"), key: id)
            }
            #expect(late == used)
            #expect(
                try await scene.hearing.ask(OpenAppeal(appealID: id, operatorID: "operator1"), key: id).revision == 0)
        }
    }

    @Test("R-701 A card that was opened with the id of a call to come does not take part in that call")
    func idOfCallToCome() async throws {
        try await JournalScene.run { scene in
            let call = SampleCall()
            _ = try await scene.open(call.id, operatorID: "operator2")
            try await scene.hearing.hear(call.received, call.answered(by: "operator1"))
            try await scene.hearing.hear(call.ended(.callerLineBroken))
            let callback = SampleCall(callbackID: UUID(), originalCallID: call.id)
            try await scene.hearing.hear(callback.answered(by: "operator1"))
            let cards = try await scene.hearing.ask(ListAppeals(callID: callback.id))
            #expect(cards.count == 1 && cards.first?.operatorID == "operator1" && cards.first?.appealID != call.id)
        }
    }
}
