import Contracts
import Foundation
import Messaging
import MessagingTestSupport
import Postgres
import Testing
import Vocabulary

@testable import Journal

@Suite(.timeLimit(.minutes(10))) struct TransferTests {
    private static func offered(_ call: SampleCall, to operatorID: String) -> CallOffered {
        CallOffered(
            callID: call.id, fromOperatorID: "operator1", toOperatorID: operatorID,
            offeredAt: call.start.addingTimeInterval(20))
    }

    private static func transferred(
        _ call: SampleCall, to operatorID: String?, _ title: String = "Отдел жалоб, Петрова Анна, специалист",
        isEmergency: Bool = false, from: String? = "operator1"
    ) -> CallTransferred {
        CallTransferred(
            callID: call.id, fromOperatorID: from, toOperatorID: operatorID, toTitle: title, isEmergency: isEmergency,
            seconds: 7.4, transferredAt: call.start.addingTimeInterval(30))
    }

    private func card(_ scene: JournalScene, _ call: SampleCall) async throws -> AppealView {
        let listed = try await scene.hearing.ask(ListAppeals(callID: call.id))
        return try await scene.hearing.ask(GetAppeal(appealID: try #require(listed.first).appealID))
    }

    @Test("T-10 Whoever is asked to take a call over may read its card before speaking, and only the last one asked")
    func offer() async throws {
        try await JournalScene.run { scene in
            let call = SampleCall()
            try await scene.hearing.hear(call.received, call.answered(), Self.offered(call, to: "operator2"))
            var card = try await self.card(scene, call)
            #expect(card.offeredTo == ["operator2"] && card.operatorID == "operator1")
            let offered = try await scene.hearing.announced(AppealOffered.self)
            #expect(offered.map(\.toOperatorID) == ["operator2"] && offered.map(\.appealID) == [card.appealID])
            #expect(offered.first?.caller == call.caller)
            try await scene.hearing.hear(Self.offered(call, to: "operator3"))
            card = try await self.card(scene, call)
            #expect(card.offeredTo == ["operator3"])
            try await scene.hearing.hear(call.ended(.completedByCaller))
            #expect(try await self.card(scene, call).offeredTo == [])
        }
    }

    @Test("T-10 A transferred call takes its card along: it is the receiver's, who is told")
    func inside() async throws {
        try await JournalScene.run { scene in
            let call = SampleCall()
            try await scene.hearing.hear(
                call.received, call.answered(), Self.offered(call, to: "operator2"),
                Self.transferred(call, to: "operator2"))
            let card = try await self.card(scene, call)
            #expect(card.operatorID == "operator2" && card.offeredTo == [])
            #expect(card.history.last?.text == "Разговор переведён: Отдел жалоб, Петрова Анна, специалист")
            #expect(card.history.last?.by == "operator1")
            let continued = try await scene.hearing.announced(AppealContinued.self)
            #expect(continued.map(\.operatorID) == ["operator2"] && continued.map(\.callID) == [call.id])
            #expect(continued.first?.caller == call.caller)
            #expect(try await scene.hearing.ask(ListAppeals(operatorID: "operator1")).isEmpty)
            #expect(try await scene.hearing.ask(ListAppeals(operatorID: "operator2")).count == 1)
        }
    }

    @Test("T-10 A call handed over twice within one delivery ends with the last receiver")
    func twice() async throws {
        try await JournalScene.run { scene in
            let call = SampleCall()
            try await scene.hearing.hear(
                call.received, call.answered(), Self.transferred(call, to: "operator2"),
                Self.transferred(call, to: "operator3", from: "operator2"))
            let card = try await self.card(scene, call)
            #expect(card.operatorID == "operator3")
            #expect(card.history.map(\.by).suffix(2) == ["operator1", "operator2"])
        }
    }

    @Test("T-10 A call that leaves the line says where to on its card, which stays; in the menu it has none")
    func outside() async throws {
        try await JournalScene.run { scene in
            let call = SampleCall()
            try await scene.hearing.hear(
                call.received, call.answered(), Self.transferred(call, to: nil, "Поликлиника № 3, регистратура"))
            let card = try await self.card(scene, call)
            #expect(card.operatorID == "operator1")
            #expect(card.history.last?.text == "Разговор переведён: Поликлиника № 3, регистратура")
            let chosen = SampleCall()
            try await scene.hearing.hear(
                chosen.received, Self.transferred(chosen, to: nil, "103", isEmergency: true, from: nil))
            #expect(try await scene.count("appeal") == 1)
            #expect(try await scene.hearing.announced(AppealContinued.self).isEmpty)
            // Whose card it is sees the new entry.
            #expect(try await scene.hearing.announced(AppealNoted.self).map(\.operatorID) == ["operator1"])
        }
    }

    @Test("X-06 A call handed to the emergency service has the seconds it took on its card")
    func emergency() async throws {
        try await JournalScene.run { scene in
            let call = SampleCall()
            try await scene.hearing.hear(
                call.received, call.answered(),
                Self.transferred(call, to: nil, "Скорая медицинская помощь", isEmergency: true))
            #expect(
                try await self.card(scene, call).history.last?.text
                    == "Вызов передан экстренной службе: Скорая медицинская помощь, за 7 с")
        }
    }

    @Test("T-13 Questioning and consultation of a call stand on its card, apart")
    func times() async throws {
        try await JournalScene.run { scene in
            let call = SampleCall()
            var ended = call.ended(.completedByOperator)
            ended.times = CallTimes(
                waiting: 3, ringing: 4, questioning: 79.6, consultation: 185, holds: 1, held: 20)
            try await scene.hearing.hear(call.received, call.answered(), ended)
            #expect(
                try await self.card(scene, call).history.last?.text
                    == "Разговор завершён: опрос 1:20, консультация 3:05")
            let row = try #require(
                try await scene.database.query(
                    "SELECT questioning_seconds, consultation_seconds FROM appeal_call WHERE call_id = \(call.id)"
                ).first)
            let (questioning, consultation) = try row.decode(Double.self, Double.self)
            #expect(questioning == 79.6 && consultation == 185)
        }
    }

    @Test("T-10 What has been filled so far is kept before a transfer, without a number and without required fields")
    func keptDraft() async throws {
        try await JournalScene.run { scene in
            let call = SampleCall()
            try await scene.hearing.hear(call.received, call.answered())
            let draft = try await self.card(scene, call)
            let half = AppealCard(essence: "Жалоба на очередь")
            func keep(_ revision: Int, _ card: AppealCard? = nil) async throws -> AppealView {
                try await scene.hearing.ask(
                    KeepDraft(
                        appealID: draft.appealID, revision: revision, card: card ?? half, operatorID: "operator1"))
            }
            let kept = try await keep(0)
            #expect(kept.state == .draft && kept.number == nil && kept.revision == 1 && kept.card == half)
            // The same again, because its answer was lost, is answered; something else must stand on what is there.
            let again = try await keep(0)
            #expect(again.revision == 1 && again.history.count == kept.history.count)
            #expect(try await scene.count("request_answer") == 0)
            #expect(try await scene.refusal { try await keep(0, AppealCard(essence: "Иное")) } == "revision-differs")
            let saved = try await scene.save(draft.appealID, revision: 1)
            #expect(saved.number != nil && saved.revision == 2)
            #expect(try await scene.refusal { try await keep(2) } == "not-a-draft")
        }
    }

    @Test("U-06 Drafts that are kept every few seconds are one entry of the history, and U-14 each says who called")
    func keptDrafts() async throws {
        try await JournalScene.run { scene in
            let call = SampleCall()
            try await scene.hearing.hear(call.received, call.answered())
            let draft = try await self.card(scene, call)
            var last = draft
            for essence in ["Ж", "Жало", "Жалоба"] {
                last = try await scene.hearing.ask(
                    KeepDraft(
                        appealID: draft.appealID, revision: last.revision, card: AppealCard(essence: essence),
                        operatorID: "operator1"))
            }
            #expect(last.revision == 3 && last.card.essence == "Жалоба")
            #expect(last.history.filter { $0.text == "Черновик сохранён" }.count == 1)
            let rows = try await scene.database.query(
                """
                SELECT revision, card ->> 'essence' AS essence FROM appeal_history
                WHERE appeal_id = \(draft.appealID) AND card IS NOT NULL
                """)
            // Entries are only added: this one is of the moment when the run began.
            #expect(try rows.map { try $0.decode("revision", as: Int32.self) } == [1])
            #expect(try rows.map { try $0.decode("essence", as: String.self) } == ["Ж"])
            // Somebody else's typing is another entry.
            try await scene.hearing.hear(Self.transferred(call, to: "operator2"))
            last = try await scene.hearing.ask(
                KeepDraft(
                    appealID: draft.appealID, revision: last.revision, card: AppealCard(essence: "Иное"),
                    operatorID: "operator2"))
            #expect(last.history.filter { $0.text == "Черновик сохранён" }.map(\.by) == ["operator1", "operator2"])
            let listed = try await scene.hearing.ask(ListAppeals(callID: call.id))
            #expect(listed.first?.caller == call.caller)
        }
    }

    @Test("C-07 A caller who asked to be called back before anybody answered gets a card with the callback")
    func callbackWithoutCard() async throws {
        try await JournalScene.run { scene in
            let first = SampleCall()
            let callbackID = CallbackIdentity.callback(of: first.id)
            let requested = CallbackRequested(
                callbackID: callbackID, callID: first.id, number: try #require(first.caller.number), operatorID: nil,
                brokenAt: first.start, firstDialDue: first.start)
            let early = try await scene.hearing.envelopes([requested])
            await #expect(throws: RetryLater.self) { try await scene.hearing.take(early) }
            var ended = first.ended(.callbackRequested)
            ended.answeredAt = nil
            try await scene.hearing.hear(first.received, ended)
            // No card, and nothing to wait for.
            #expect(try await scene.hearing.take(early) == 1)
            let callback = SampleCall(callbackID: callbackID, originalCallID: first.id)
            try await scene.hearing.hear(callback.answered(by: "operator2"))
            #expect(try await scene.count("appeal") == 1)
            let card = try await self.card(scene, callback)
            #expect(card.operatorID == "operator2" && card.history.map(\.text) == ["Карточка открыта: перезвон"])
            #expect(try await self.card(scene, first).appealID == card.appealID)
        }
    }
}
