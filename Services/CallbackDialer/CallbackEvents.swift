import Contracts
import Foundation
import Messaging
import Postgres
import Vocabulary

/// What the dialer hears: calls that end open callbacks, calls from the same number withdraw them, dials have outcomes,
/// conversations end them.
enum CallbackEvents {
    static func handlers(_ rules: CallbackRules) -> [EventHandler] {
        [
            .latest(CallReceived.self) { calls, transaction in
                let calledIn = calls.compactMap { call in
                    call.caller.number.map { (number: $0, at: call.receivedAt) }
                }
                try transaction.outbox.append(
                    try await CallbackStore.noteContact(.calledIn, calledIn, in: transaction))
            },
            .latest(CallAnswered.self) { calls, transaction in
                try transaction.outbox.append(
                    try await CallbackStore.joined(
                        calls.compactMap { call in call.callbackID.map { ($0, call.answeredAt) } }, in: transaction))
                try await Self.spokenWith(calls.map { ($0.caller, $0.answeredAt) }, in: transaction)
            },
            .latest(CallEnded.self) { calls, transaction in
                try await Self.ended(Array(calls), rules, in: transaction)
            },
            .latest(DialStarted.self) { dials, transaction in
                try await CallbackStore.started(dials, in: transaction)
            },
            .latest(DialFinished.self) { dials, transaction in
                try transaction.outbox.append(
                    try await CallbackStore.finished(dials, rules: rules, in: transaction))
            },
            .each(VoiceFinished.self) { voices, transaction in
                try transaction.outbox.append(
                    try await CallbackStore.spoken(Array(voices), rules: rules, in: transaction))
            },
            // What was withdrawn is not told, whichever is told first.
            .latest(AppealOutcomeReady.self) { appeals, transaction in
                try transaction.outbox.append(
                    try await CallbackStore.open(
                        appeals.map { Self.telling($0, rules) }, in: transaction
                    ).map { rules.givingUp($0.event) })
                let former = appeals.flatMap { appeal in
                    (1..<max(appeal.revision, 1)).map { (appeal.appealID, $0) }
                }
                try await Self.withdraw(tellings: former, in: transaction)
            },
            .latest(AppealOutcomeWithdrawn.self) { appeals, transaction in
                try await Self.withdraw(tellings: appeals.map { ($0.appealID, $0.revision) }, in: transaction)
            },
            .each(AppealClosed.self) { appeals, transaction in
                try await Self.closed(Array(appeals), rules, in: transaction)
            },
            // A visit that was cancelled is not reminded of, whichever is told first.
            .latest(BookingConfirmed.self) { bookings, transaction in
                try await Self.booked(Array(bookings), rules, in: transaction)
            },
            // Nor one that is to be cancelled by hand.
            .latest(BookingFailed.self) { bookings, transaction in
                let cancelling = bookings.filter { $0.isCancelling == true }
                try transaction.outbox.append(
                    try await CallbackStore.withdraw(bookings: cancelling.map(\.bookingID), in: transaction))
            },
            .latest(BookingCancelled.self) { bookings, transaction in
                try transaction.outbox.append(
                    try await CallbackStore.withdraw(bookings: bookings.map(\.bookingID), in: transaction))
            },
        ]
    }

    /// A voice is to tell what was done (C-05).
    private static func telling(_ appeal: AppealOutcomeReady, _ rules: CallbackRules) -> CallbackStore.NewCallback {
        var new = CallbackStore.NewCallback(
            .appealOutcome,
            id: CallbackIdentity.callback(.appealOutcome, about: appeal.appealID, appeal.revision),
            callID: appeal.callID ?? appeal.appealID, number: appeal.phone, operatorID: appeal.operatorID,
            at: appeal.readyAt, rules.arisen(.appealOutcome, appeal.phone, at: appeal.readyAt, isListed: false))
        new.appealID = appeal.appealID
        return new
    }

    /// Who had an appeal is asked how it went, once an appeal (C-06).
    private static func closed(
        _ appeals: [AppealClosed], _ rules: CallbackRules, in transaction: Transaction
    ) async throws {
        let listed = try await CallbackStore.listed(appeals.compactMap(\.phone), in: transaction)
        let new = appeals.map { appeal in
            let isListed = appeal.phone.map { listed.contains($0.e164) } ?? false
            var new = CallbackStore.NewCallback(
                .survey, id: CallbackIdentity.callback(.survey, about: appeal.appealID),
                callID: appeal.callID ?? appeal.appealID, number: appeal.phone, operatorID: nil, at: appeal.closedAt,
                rules.arisen(.survey, appeal.phone, at: appeal.closedAt, isListed: isListed))
            new.appealID = appeal.appealID
            return new
        }
        let opened = try await CallbackStore.open(new, surveyPause: rules.surveyPause, in: transaction)
        let byAppeal = Dictionary(appeals.map { ($0.appealID, $0) }, uniquingKeysWith: { $1 })
        try CallbackStore.openSurveys(
            opened.compactMap { new in new.appealID.flatMap { byAppeal[$0] }.map { (new.id, $0) } },
            rules.questionnaire, in: transaction)
        try transaction.outbox.append(opened.map(\.event))
    }

    /// A visit is reminded of.
    private static func booked(
        _ bookings: [BookingConfirmed], _ rules: CallbackRules, in transaction: Transaction
    ) async throws {
        let listed = try await CallbackStore.listed(bookings.compactMap(\.patientPhone), in: transaction)
        let new = bookings.compactMap { booking -> CallbackStore.NewCallback? in
            guard let phone = booking.patientPhone else { return nil }
            var new = CallbackStore.NewCallback(
                .appointmentReminder,
                id: CallbackIdentity.callback(.appointmentReminder, about: booking.bookingID),
                callID: booking.appealID ?? booking.bookingID, number: phone, operatorID: nil, at: booking.confirmedAt,
                rules.reminder(
                    booking.visit, phone, at: booking.confirmedAt, isListed: listed.contains(phone.e164)))
            new.appealID = booking.appealID
            new.bookingID = booking.bookingID
            new.visit = booking.visit
            new.until = CallbackRules.lastReminder(booking.visit)
            return new
        }
        try transaction.outbox.append(
            try await CallbackStore.open(new, in: transaction).map { rules.givingUp($0.event) })
    }

    /// Conversations, in callbacks and in other calls: what arose before is needless (C-07). To be told when the callback
    /// that a conversation belongs to has been reached.
    private static func spokenWith(
        _ calls: [(caller: CallerNumber, answeredAt: Date?)], in transaction: Transaction
    ) async throws {
        let citizens = calls.compactMap { call in
            call.caller.number.flatMap { number in call.answeredAt.map { (number: number, at: $0) } }
        }
        try transaction.outbox.append(try await CallbackStore.noteContact(.served, citizens, in: transaction))
    }

    /// Voices are not to tell these any more.
    private static func withdraw(
        tellings: [(appealID: UUID, revision: Int)], in transaction: Transaction
    ) async throws {
        let callbacks = tellings.map { CallbackIdentity.callback(.appealOutcome, about: $0.appealID, $0.revision) }
        try transaction.outbox.append(
            try await CallbackStore.end(Set(callbacks), .withdrawn, reason: "outcome-changed", in: transaction))
    }

    private static func ended(_ calls: [CallEnded], _ rules: CallbackRules, in transaction: Transaction) async throws {
        try calls.forEach { try $0.$outcome.known() }
        // The end may be told before the answer, which is then told no more.
        let joined = calls.compactMap { call in
            call.callbackID.flatMap { id in call.answeredAt.map { (callbackID: id, at: $0) } }
        }
        let leftAlone = calls.compactMap { call in
            call.answeredAt == nil && call.outcome != .spokenTo
                ? call.callbackID.map { (callbackID: $0, callID: call.callID, at: call.endedAt) } : nil
        }
        let reasons = calls.compactMap { call in CallbackRules.kind(of: call).map { (kind: $0, call: call) } }
        let listed = try await CallbackStore.listed(reasons.compactMap(\.call.caller.number), in: transaction)
        let new = reasons.map { kind, call in
            let isListed = call.caller.number.map { listed.contains($0.e164) } ?? false
            return CallbackStore.NewCallback(
                kind, after: call,
                rules.arisen(kind, call.caller.number, at: CallbackRules.moment(of: call), isListed: isListed))
        }
        // A dialer that was away hears of the break and of the conversation after it at once. Who gave up waiting is not
        // called back when another callback is open: which are is known when the needless ones have ended.
        let contacts = try await CallbackStore.contacts(with: new.compactMap(\.number), in: transaction)
        for isWait in [false, true] {
            let opened = try await CallbackStore.open(
                new.filter { ($0.kind == .abandonedWait) == isWait }, in: transaction)
            try transaction.outbox.append(opened.map(\.event))
            try transaction.outbox.append(try await CallbackStore.endNeedless(opened, contacts, in: transaction))
        }
        try transaction.outbox.append(try await CallbackStore.joined(joined, in: transaction))
        try await Self.spokenWith(calls.map { ($0.caller, $0.answeredAt) }, in: transaction)
        try transaction.outbox.append(
            try await CallbackStore.leftAlone(leftAlone, rules: rules, in: transaction))
    }
}
