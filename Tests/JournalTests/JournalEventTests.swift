import Contracts
import Foundation
import Messaging
import MessagingTestSupport
import Postgres
import Testing
import Vocabulary

@testable import Journal

@Suite(.timeLimit(.minutes(10))) struct JournalEventTests {
    @Test("J-02 An answered call opens one draft, however often it is told of")
    func draftOnce() async throws {
        try await JournalScene.run { scene in
            let call = SampleCall()
            let events = try await scene.hearing.envelopes([call.received, call.answered()])
            #expect(try await scene.hearing.take(events) == 2)
            #expect(try await scene.hearing.take(events) == 0)
            let drafted = try await scene.hearing.announced(AppealDrafted.self)
            #expect(drafted.count == 1 && drafted.first?.callID == call.id)
            let cards = try await scene.hearing.ask(ListAppeals(callID: call.id))
            #expect(cards.map(\.appealID) == drafted.map(\.appealID))
            let card = try await scene.hearing.ask(GetAppeal(appealID: try #require(cards.first).appealID))
            #expect(card.state == .draft && card.card.phone == call.caller.number && card.operatorID == "operator1")
        }
    }

    @Test("T-15 An abandoned call opens no card")
    func abandoned() async throws {
        try await JournalScene.run { scene in
            let call = SampleCall()
            try await scene.hearing.hear(call.received, call.ended(.abandonedInQueue))
            #expect(try await scene.count("appeal") == 0)
            #expect(try await scene.count("appeal_history") == 0)
            #expect(try await scene.count("outbox_message") == 0)
        }
    }

    @Test("C-03 A callback goes on with the card of the broken call, with whoever speaks now")
    func callback() async throws {
        try await JournalScene.run { scene in
            let broken = SampleCall()
            let callbackID = CallbackIdentity.callback(of: broken.id)
            try await scene.hearing.hear(broken.received, broken.answered(), broken.ended(.callerLineBroken))
            try await scene.hearing.hear(
                CallbackRequested(
                    callbackID: callbackID, callID: broken.id, number: try #require(broken.caller.number),
                    operatorID: "operator1", brokenAt: broken.start, firstDialDue: broken.start))
            let callback = SampleCall(callbackID: callbackID, originalCallID: broken.id)
            try await scene.hearing.hear(callback.answered(by: "operator2"), callback.ended(.completedByCaller))
            #expect(try await scene.count("appeal") == 1)
            #expect(try await scene.hearing.announced(AppealDrafted.self).count == 1)
            let continued = try await scene.hearing.announced(AppealContinued.self)
            #expect(continued.map(\.callID) == [callback.id] && continued.first?.operatorID == "operator2")
            let ofCallback = try await scene.hearing.ask(ListAppeals(operatorID: "operator2", callID: callback.id))
            #expect(ofCallback.first?.callID == broken.id)
            let card = try await scene.hearing.ask(GetAppeal(appealID: try #require(ofCallback.first).appealID))
            #expect(
                card.history.map(\.text) == [
                    "Карточка открыта: звонок принят", "Связь прервалась", "Назначен перезвон",
                    "Разговор продолжен: перезвон", "Разговор завершён",
                ])
        }
    }

    @Test("C-07 A callback after a wait that was given up opens one card, which knows both calls")
    func callbackAfterAbandonedWait() async throws {
        try await JournalScene.run { scene in
            let abandoned = SampleCall()
            let callbackID = CallbackIdentity.callback(of: abandoned.id)
            let requested = CallbackRequested(
                callbackID: callbackID, callID: abandoned.id, number: try #require(abandoned.caller.number),
                operatorID: nil, brokenAt: abandoned.start, firstDialDue: abandoned.start, kind: .abandonedWait)
            // The dialer may be faster.
            let early = try await scene.hearing.envelopes([requested])
            await #expect(throws: RetryLater.self) { try await scene.hearing.take(early) }
            try await scene.hearing.hear(abandoned.received, abandoned.ended(.abandonedInQueue))
            try await scene.hearing.take(early)
            #expect(try await scene.count("appeal") == 0)
            let callback = SampleCall(callbackID: callbackID, originalCallID: abandoned.id)
            try await scene.hearing.hear(callback.answered(by: "operator2"), callback.ended(.completedByCaller))
            #expect(try await scene.count("appeal") == 1)
            for call in [abandoned, callback] {
                #expect(try await scene.hearing.ask(ListAppeals(callID: call.id)).count == 1)
            }
        }
    }

    @Test("C-03 A callback that is told of before its broken call waits for the card")
    func callbackFirst() async throws {
        try await JournalScene.run { scene in
            let broken = SampleCall()
            let callback = SampleCall(
                callbackID: CallbackIdentity.callback(of: broken.id), originalCallID: broken.id)
            let early = try await scene.hearing.envelopes([callback.answered()])
            await #expect(throws: RetryLater.self) { try await scene.hearing.take(early) }
            try await scene.hearing.hear(broken.received, broken.answered())
            #expect(try await scene.hearing.take(early) == 1)
            #expect(try await scene.hearing.ask(ListAppeals(callID: callback.id)).count == 1)
        }
    }

    @Test("J-02 What happens to a card elsewhere is in its history; what comes too early waits")
    func notes() async throws {
        try await JournalScene.run { scene in
            let id = UUID()
            let visit = Visit(
                clinicID: "17", clinicName: "Поликлиника № 1", specialityID: "1", specialityName: "Терапевт",
                doctorID: "2", doctorName: "Иванова И. И.", slotID: "3", startsAt: Date(), room: nil)
            let early = try await scene.hearing.envelopes([
                BookingConfirmed(
                    bookingID: UUID(), appealID: id, operatorID: "operator1", visit: visit, patientPhone: nil,
                    confirmedAt: Date())
            ])
            await #expect(throws: RetryLater.self) { try await scene.hearing.take(early) }
            _ = try await scene.open(id)
            #expect(try await scene.hearing.take(early) == 1)
            try await scene.hearing.hear(
                BookingFailed(
                    bookingID: UUID(), appealID: id, operatorID: "operator1", state: .refused,
                    refusal: MISRefusal(code: 39, advice: "Занято"), failedAt: Date()),
                BookingCancelled(
                    bookingID: UUID(), appealID: nil, operatorID: "operator1", visit: visit, patientPhone: nil,
                    cancelledAt: Date()),
                MessageFinished(
                    messageID: UUID(), template: "booking-confirmed", channel: "spool", state: .uncertain,
                    appealID: id, callID: nil, finishedAt: Date()))
            let texts = try await scene.hearing.ask(GetAppeal(appealID: id)).history.map(\.text)
            #expect(
                Set(texts) == [
                    "Карточка открыта", "Запись подтверждена: Терапевт, Поликлиника № 1",
                    "МИС отказала в записи, код 39", "Сообщение, возможно, отправлено: подтверждение записи",
                ])
        }
    }
}
