import Contracts
import Foundation
import Messaging
import Postgres

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
        .each(OutsideLegEnded.self) { legs, transaction in
            try transaction.outbox.append(try await AppealStore.note(Array(legs), in: transaction))
        },
        .each(BookingConfirmed.self) { bookings, transaction in
            let noted = bookings.filter { $0.appealID != nil }
            let count = try await AppealStore.note(
                appeals: noted.compactMap(\.appealID), at: noted.map(\.confirmedAt),
                actors: noted.map { $0.actorID ?? ServiceName.booking.rawValue },
                texts: noted.map { "Запись подтверждена: \($0.visit.specialityName), \($0.visit.clinicName)" },
                in: transaction)
            try Self.check(count, of: noted.count)
        },
        .each(BookingFailed.self) { bookings, transaction in
            let noted = bookings.filter { $0.appealID != nil }
            let count = try await AppealStore.note(
                appeals: noted.compactMap(\.appealID), at: noted.map(\.failedAt),
                actors: noted.map { $0.actorID ?? ServiceName.booking.rawValue },
                texts: noted.map(Self.text), in: transaction)
            try Self.check(count, of: noted.count)
            // The citizen believes that it is cancelled.
            try AppealStore.open(
                .cancelVisit, on: noted.filter { $0.isCancelling == true }.compactMap(\.appealID), in: transaction)
        },
        .each(BookingCancelled.self) { bookings, transaction in
            let noted = bookings.filter { $0.appealID != nil }
            let count = try await AppealStore.note(
                appeals: noted.compactMap(\.appealID), at: noted.map(\.cancelledAt),
                // Who cancelled it: a person of the centre, or the citizen by a key.
                actors: noted.map { $0.actorID ?? ServiceName.booking.rawValue },
                texts: noted.map { _ in "Запись отменена" }, in: transaction)
            try Self.check(count, of: noted.count)
        },
        .each(CallbackRequested.self) { callbacks, transaction in
            let noted = callbacks.filter { $0.kind?.isSpoken != true || $0.appealID != nil }
            let cards = try await Self.cards(of: noted.map { $0.appealID ?? $0.callID }, in: transaction)
            try await Self.note(
                noted.map {
                    (cards[$0.appealID ?? $0.callID], $0.brokenAt, Self.text($0), $0.kind == .survey ? .survey : nil)
                }, in: transaction)
        },
        .each(CallbackFinished.self) { callbacks, transaction in
            try callbacks.forEach {
                try $0.$state.known()
                try $0.$kind.known()
            }
            let noted = callbacks.filter { $0.kind?.isSpoken != true || $0.appealID != nil }
            let cards = try await Self.cards(of: noted.map { $0.appealID ?? $0.callID }, in: transaction)
            // What a voice heard is told by itself, and how a survey went.
            try await Self.note(
                noted.filter { $0.kind?.isSpoken != true || $0.state != .reached && $0.kind != .survey }.map {
                    (cards[$0.appealID ?? $0.callID], $0.finishedAt, Self.text($0), nil)
                }, in: transaction)
            try transaction.outbox.append(try await AppealStore.notTold(noted, in: transaction))
            try AppealStore.open(
                .callCitizen,
                on: noted.filter { $0.opensTask == true }.compactMap { cards[$0.appealID ?? $0.callID] },
                in: transaction)
        },
        .each(CallbackAnswered.self) { answers, transaction in
            try answers.forEach { try $0.$choice.known() }
            let noted = answers.filter { $0.appealID != nil }
            let count = try await AppealStore.note(
                appeals: noted.compactMap(\.appealID), at: noted.map(\.answeredAt), actor: .callbackDialer,
                texts: noted.map { Self.text($0.choice) }, in: transaction)
            try Self.check(count, of: noted.count)
            try await AppealStore.understood(noted.filter { $0.choice == .understood }, in: transaction)
            try transaction.outbox.append(
                try await AppealStore.noted(noted.compactMap(\.appealID), in: transaction))
        },
        // The card stays as it was closed, whatever the citizen says about it (J-03): a low mark is a task, and work goes
        // on in a new card (C-06).
        .each(SurveyFinished.self) { surveys, transaction in
            let count = try await AppealStore.note(
                appeals: surveys.map(\.appealID), at: surveys.map(\.finishedAt), actor: .callbackDialer,
                texts: surveys.map(Self.text), acts: surveys.map { _ in .survey }, in: transaction)
            try Self.check(count, of: surveys.count)
            try AppealStore.open(.lowMark, on: surveys.filter(\.isLow).map(\.appealID), in: transaction)
            try transaction.outbox.append(
                try await AppealStore.noted(surveys.map(\.appealID), in: transaction))
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

    private static func text(_ booking: BookingFailed) -> String {
        switch booking.state {
        case .manual where booking.isCancelling == true: "МИС не подтвердила отмену записи: отмените её вручную"
        case .manual: "Запись не подтверждена МИС: проверьте вручную"
        case _ where booking.actorID != nil: "Проверено в МИС: записи нет"
        default: "МИС отказала в записи, код \(booking.refusal?.code ?? 0)"
        }
    }

    private static func text(_ callback: CallbackRequested) -> String {
        switch callback.kind {
        case .deferredAnswer: "Обещан звонок с ответом"
        case .abandonedWait: "Назначен перезвон: абонент не дождался ответа"
        case .requested: "Назначен перезвон: по просьбе абонента"
        case .appealOutcome: "Поставлен голосовой звонок о принятых мерах"
        case .survey: "Назначен опрос"
        case .appointmentReminder: "Назначено напоминание о приёме"
        case .waitingListOffer: "Предложено освободившееся время"
        case .brokenCall, nil: "Назначен перезвон"
        }
    }

    private static func text(_ callback: CallbackFinished) -> String {
        let isSpoken = callback.kind?.isSpoken == true
        return switch callback.state {
        case .exhausted where isSpoken: "Голосовой звонок: абонент не ответил, попыток: \(callback.attempts)"
        case .withdrawn where callback.reason == "booking-cancelled": "Напоминание снято: запись отменена"
        case .withdrawn where callback.reason == "expired": "Голосовой звонок снят: время вышло"
        case .withdrawn where callback.reason == "outcome-changed":
            "Голосовой звонок снят: сообщают иначе или о другом"
        case .withdrawn where callback.reason == "number-has-extension":
            "Голосовой звонок невозможен: у телефона добавочный номер"
        case .withdrawn where callback.reason == "outcome-unknown":
            "Перезвон остановлен: исход пяти попыток неизвестен, позвоните сами"
        case .withdrawn where callback.reason == "daily-limit":
            "Перезвон остановлен: за сутки на этот номер звонили слишком много раз"
        case .withdrawn where isSpoken && callback.reason == "do-not-call":
            "Голосовой звонок снят: абонент просил не звонить"
        case .reached: "Перезвон: абонент ответил"
        case .exhausted: "Перезвон: абонент не ответил, попыток: \(callback.attempts)"
        case .withdrawn where callback.reason == "called-in": "Перезвон снят: абонент позвонил сам"
        case .withdrawn where callback.reason == "cancelled": "Перезвон отменён"
        case .withdrawn where callback.reason == "served": "Перезвон снят: с абонентом уже поговорили"
        case .withdrawn where callback.reason == "do-not-call": "Перезвон снят: абонент просил не звонить"
        case .withdrawn where callback.reason == "number-not-dialable" || callback.reason == "own-number":
            "Перезвон невозможен: номер скрыт, неверен или на него не звонят"
        case .withdrawn: "Перезвон остановлен: линия отказалась набирать номер"
        case .open: "Перезвон продолжается"
        case nil: "Перезвон завершён"
        }
    }

    private static func text(_ choice: VoiceChoice?) -> String {
        switch choice {
        case .understood: "О принятых мерах сообщено голосом: абонент подтвердил"
        case .willCome: "Напоминание: абонент придёт"
        case .cancels: "Напоминание: абонент отменяет запись"
        case .heard: "Напоминание прослушано"
        case .accepts: "Освободившееся время: абонент согласен"
        case .declines: "Освободившееся время: абонент отказался"
        case .asksOperator: "Голосовой звонок: абонент выбрал оператора"
        case nil: "Голосовой звонок: абонент ответил"
        }
    }

    private static func text(_ survey: SurveyFinished) -> String {
        switch survey.state {
        case .completed where survey.isLow, .partial where survey.isLow:
            "Опрос: низкая оценка"
        case .completed: "Опрос пройден"
        case .partial: "Опрос пройден частично"
        case .refused: "Опрос: абонент отказался отвечать"
        case .notReached: "Опрос: абонент не ответил"
        case nil: "Опрос завершён"
        }
    }

    private static func text(_ message: MessageFinished) -> String {
        let title = Self.title(ofTemplate: message.template)
        return switch message.state {
        case .sent: "Сообщение отправлено: \(title)"
        case .uncertain: "Сообщение, возможно, отправлено: \(title)"
        case nil: "Сообщение: \(title)"
        case _ where message.isNotSendable == true:
            message.channel == "smtp" || message.template == "appeal-forwarded"
                ? "Сообщение не отправлено: \(title). Адрес электронной почты неверен"
                : "Сообщение не отправлено: \(title). На этот номер SMS не приходят: сообщите голосом"
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
        case "callback-exhausted", "not-reached": "не дозвонились"
        case "visit-reminder": "напоминание о приёме"
        default: template
        }
    }

    /// The cards of calls that have one, and these cards themselves.
    private static func cards(of subjects: [UUID], in transaction: Transaction) async throws -> [UUID: UUID] {
        let cards = try await AppealStore.cards(of: subjects, in: transaction)
        try Self.check(cards.count, of: Set(subjects).count)
        return cards.compactMapValues(\.self)
    }

    private static func note(
        _ entries: [(card: UUID?, at: Date, text: String, act: AppealStore.Act?)], in transaction: Transaction
    ) async throws {
        let known = entries.filter { $0.card != nil }
        _ = try await AppealStore.note(
            appeals: known.compactMap(\.card), at: known.map(\.at), actor: .callbackDialer, texts: known.map(\.text),
            acts: known.map(\.act), in: transaction)
    }

    /// Two services tell of one card: the event that opened it may still be on its way.
    private static func check(_ count: Int, of expected: Int) throws {
        guard count == expected else { throw RetryLater(reason: "the card is not opened yet", after: .seconds(1)) }
    }
}
