import Contracts
import Messaging

/// What the journal hears: calls open cards and end, everything else becomes an entry in a card's history.
enum JournalEvents {
    static let handlers: [EventHandler] = [
        .ignoring(CallReceived.self),
        .every(CallOffered.self) { offers, transaction in
            try await transaction.outbox.append(AppealStore.offer(offers, in: transaction))
        },
        .every(CallTransferred.self) { transfers, transaction in
            try await transaction.outbox.append(AppealStore.transfer(transfers, in: transaction))
        },
        .every(MessageLeft.self) { messages, transaction in
            try await transaction.outbox.append(AppealStore.keepMessages(messages, in: transaction))
        },
        .every(CallAnswered.self) { calls, transaction in
            try await transaction.outbox.append(AppealStore.openDrafts(calls, in: transaction))
        },
        .every(CallEnded.self) { calls, transaction in
            try await transaction.outbox.append(AppealStore.endCalls(calls, in: transaction))
        },
        .each(BookingConfirmed.self) { bookings, transaction in
            let noted = bookings.filter { $0.appealID != nil }
            let count = try await AppealStore.note(
                appeals: noted.compactMap(\.appealID), at: noted.map(\.confirmedAt), actor: .booking,
                texts: noted.map { "Запись подтверждена: \($0.visit.specialityName), \($0.visit.clinicName)" },
                in: transaction)
            try Self.check(count, of: noted.count)
        },
        .each(BookingFailed.self) { bookings, transaction in
            let noted = bookings.filter { $0.appealID != nil }
            let count = try await AppealStore.note(
                appeals: noted.compactMap(\.appealID), at: noted.map(\.failedAt), actor: .booking,
                texts: noted.map { booking in
                    booking.state == .manual
                        ? "Запись не подтверждена МИС: проверьте вручную"
                        : "МИС отказала в записи, код \(booking.refusal?.code ?? 0)"
                }, in: transaction)
            try Self.check(count, of: noted.count)
        },
        .each(BookingCancelled.self) { bookings, transaction in
            let noted = bookings.filter { $0.appealID != nil }
            let count = try await AppealStore.note(
                appeals: noted.compactMap(\.appealID), at: noted.map(\.cancelledAt), actor: .booking,
                texts: noted.map { _ in "Запись отменена" }, in: transaction)
            try Self.check(count, of: noted.count)
        },
        .each(CallbackRequested.self) { callbacks, transaction in
            let count = try await AppealStore.note(
                calls: callbacks.map(\.callID), at: callbacks.map(\.brokenAt), actor: .callbackDialer,
                texts: callbacks.map(Self.text), in: transaction)
            try Self.check(count, of: callbacks.count)
        },
        .each(CallbackFinished.self) { callbacks, transaction in
            let count = try await AppealStore.note(
                calls: callbacks.map(\.callID), at: callbacks.map(\.finishedAt), actor: .callbackDialer,
                texts: callbacks.map(Self.text), in: transaction)
            try Self.check(count, of: callbacks.count)
        },
        .each(MessageFinished.self) { messages, transaction in
            // A message belongs to a card, or to a call whose card may not exist.
            let ofCards = messages.filter { $0.appealID != nil }
            let ofCalls = messages.filter { $0.appealID == nil && $0.callID != nil }
            _ = try await AppealStore.note(
                appeals: ofCards.compactMap(\.appealID), at: ofCards.map(\.finishedAt), actor: .notifier,
                texts: ofCards.map(Self.text), in: transaction)
            _ = try await AppealStore.note(
                calls: ofCalls.compactMap(\.callID), at: ofCalls.map(\.finishedAt), actor: .notifier,
                texts: ofCalls.map(Self.text), in: transaction)
        },
    ]

    private static func text(_ callback: CallbackRequested) -> String {
        switch callback.kind {
        case .deferredAnswer: "Обещан звонок с ответом"
        case .abandonedWait: "Назначен перезвон: абонент не дождался ответа"
        case .requested: "Назначен перезвон: по просьбе абонента"
        case .brokenCall, nil: "Назначен перезвон"
        }
    }

    private static func text(_ callback: CallbackFinished) -> String {
        switch callback.state {
        case .reached: "Перезвон: абонент ответил"
        case .exhausted: "Перезвон: абонент не ответил, попыток: \(callback.attempts)"
        case .withdrawn where callback.reason == "called-in": "Перезвон снят: абонент позвонил сам"
        case .withdrawn where callback.reason == "cancelled": "Перезвон отменён"
        case .withdrawn where callback.reason == "served": "Перезвон снят: с абонентом уже поговорили"
        case .withdrawn where callback.reason == "do-not-call": "Перезвон снят: абонент просил не звонить"
        case .withdrawn: "Перезвон невозможен: номер скрыт или неверен"
        case .open: "Перезвон продолжается"
        }
    }

    private static func text(_ message: MessageFinished) -> String {
        let title = Self.title(ofTemplate: message.template)
        return switch message.state {
        case .sent: "Сообщение отправлено: \(title)"
        case .uncertain: "Сообщение, возможно, отправлено: \(title)"
        default: "Сообщение не отправлено: \(title)"
        }
    }

    /// What a message was about, as the card's reader knows it.
    private static func title(ofTemplate template: String) -> String {
        switch template {
        case "appeal-registered": "номер обращения"
        case "appeal-forwarded": "карточка передана организации"
        case "booking-confirmed": "подтверждение записи"
        case "booking-cancelled": "отмена записи"
        case "callback-requested": "связь прервалась, перезваниваем"
        case "callback-exhausted": "не дозвонились"
        default: template
        }
    }

    /// Two services tell of one card: the event that opened it may still be on its way.
    private static func check(_ count: Int, of expected: Int) throws {
        guard count == expected else { throw RetryLater(reason: "the card is not opened yet", after: .seconds(1)) }
    }
}
