import Contracts
import Foundation
import Messaging
import MessagingTestSupport
import Testing

@testable import Journal

/// What bookings and messages leave in the history of a card.
@Suite(.timeLimit(.minutes(10))) struct BookingNotesTests {
    private static let visit = Visit(
        clinicID: "17", clinicName: "Поликлиника № 1", specialityID: "1", specialityName: "Терапевт", doctorID: "2",
        doctorName: "Иванова И. И.", slotID: "3", startsAt: Date(timeIntervalSince1970: 1e9), room: nil)

    @Test("R-707 F-506 The history names who cancelled a visit, and who looked into the МИС for one")
    func actors() async throws {
        try await JournalScene.run { scene in
            let card = try await scene.registered().appealID
            var cancelled = BookingCancelled(
                bookingID: UUID(), appealID: card, operatorID: "operator1", visit: Self.visit, patientPhone: nil,
                cancelledAt: Date())
            let byCitizen = cancelled
            cancelled.bookingID = UUID()
            cancelled.actorID = "operator2"
            var found = BookingConfirmed(
                bookingID: UUID(), appealID: card, operatorID: "operator1", visit: Self.visit, patientPhone: nil,
                confirmedAt: Date())
            found.actorID = "supervisor"
            var gone = BookingFailed(
                bookingID: UUID(), appealID: card, operatorID: "operator1", state: .refused,
                refusal: MISRefusal(code: 0, advice: "Нет"), failedAt: Date())
            gone.actorID = "operator3"
            try await scene.hearing.hear(cancelled, byCitizen, found, gone)
            let entries = try await scene.hearing.ask(GetAppeal(appealID: card)).history.map { "\($0.by): \($0.text)" }
            for entry in [
                "operator2: Запись отменена", "booking: Запись отменена",
                "supervisor: Запись подтверждена: Терапевт, Поликлиника № 1", "operator3: Проверено в МИС: записи нет",
            ] { #expect(entries.contains(entry)) }
        }
    }

    @Test("E-405 E-409 A message that cannot be sent says so, and what to do")
    func notSendable() async throws {
        try await JournalScene.run { scene in
            let card = try await scene.registered().appealID
            for (template, channel) in [("booking-confirmed", "spool"), ("appeal-forwarded", "smtp")] {
                var message = MessageFinished(
                    messageID: UUID(), template: template, channel: channel, state: .failed, appealID: card,
                    callID: nil, finishedAt: Date())
                message.isNotSendable = true
                try await scene.hearing.hear(message)
            }
            let texts = try await scene.hearing.ask(GetAppeal(appealID: card)).history.map(\.text)
            #expect(
                texts.contains(
                    "Сообщение не отправлено: подтверждение записи. На этот номер SMS не приходят: сообщите голосом"))
            #expect(
                texts.contains(
                    "Сообщение не отправлено: карточка передана организации. Адрес электронной почты неверен"))
        }
    }
}
