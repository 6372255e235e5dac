import Contracts
import Foundation
import Messaging
import Postgres
import Vocabulary

/// What others ask of the dialer.
struct CallbackRequests: Sendable {
    let store: CallbackStore
    let rules: CallbackRules

    var handlers: [RequestHandler] {
        [
            .read(ListCallbacks.self) { try await self.store.list($0) },
            .write(ScheduleCallback.self) { try await self.schedule($0, in: $1) },
            .write(CancelCallback.self) { try await self.cancel($0, in: $1) },
            .write(OfferVisit.self) { try await self.offer($0, in: $1) },
            .write(SetDoNotCall.self) { try await self.setDoNotCall($0, in: $1) },
            .read(ListDoNotCall.self) { _ in try await self.store.doNotCall() },
            .read(ListDoNotCallChanges.self) { _ in try await self.store.doNotCallChanges() },
            .read(GetCallbackIndicators.self) { request in
                try Self.check(from: request.from, to: request.to)
                return try await self.store.indicators(request)
            },
            .read(GetSurveyResults.self) { request in
                try Self.check(from: request.from, to: request.to)
                return try await self.store.surveyResults(request)
            },
        ]
    }

    func schedule(_ request: ScheduleCallback, in transaction: Transaction) async throws -> CallbackView {
        if let known = try await CallbackStore.view(request.callbackID, in: transaction) {
            // The asker chooses the id: that of somebody else's callback tells nothing of it.
            guard try await CallbackStore.promisedBy(request.callbackID, in: transaction) == request.operatorID else {
                throw Refusal.keyReused
            }
            return known
        }
        let listed = try await CallbackStore.listed([request.number], in: transaction)
        let now = Date()
        try self.rules.check(request, at: now, isListed: !listed.isEmpty)
        try transaction.outbox.append(
            try await CallbackStore.open([CallbackStore.NewCallback(request, at: now)], in: transaction).map(\.event))
        return try await Self.present(request.callbackID, in: transaction)
    }

    func offer(_ request: OfferVisit, in transaction: Transaction) async throws -> CallbackView {
        if let known = try await CallbackStore.view(request.callbackID, in: transaction) { return known }
        let now = Date()
        try self.rules.check(request, at: now)
        var new = CallbackStore.NewCallback(
            .waitingListOffer, id: request.callbackID, callID: request.appealID ?? request.bookingID,
            number: request.number, operatorID: nil, at: now,
            self.rules.arisen(.waitingListOffer, request.number, at: now, isListed: false, until: request.until))
        guard new.decision != .nothing else {
            throw Refusal("past", "До конца удержания звонить нельзя: предложите запись следующему.")
        }
        new.appealID = request.appealID
        new.bookingID = request.bookingID
        new.visit = request.visit
        new.until = request.until
        try transaction.outbox.append(try await CallbackStore.open([new], in: transaction).map(\.event))
        return try await Self.present(request.callbackID, in: transaction)
    }

    /// - Throws: `Refusal`.
    private static func check(from: Date, to: Date) throws {
        guard from < to, to.timeIntervalSince(from) <= 400 * 86_400 else {
            throw Refusal("period-invalid", "Укажите период не длиннее 400 дней, начало раньше конца.")
        }
    }

    func cancel(_ request: CancelCallback, in transaction: Transaction) async throws -> CallbackView {
        let view = try await Self.present(request.callbackID, in: transaction)
        guard view.kind != .brokenCall else {
            throw Refusal("not-cancellable", "Перезвон после обрыва не отменяется: гражданину дозваниваются.")
        }
        let promisedBy = try await CallbackStore.promisedBy(request.callbackID, in: transaction)
        guard request.isInCharge || promisedBy == request.operatorID else {
            throw Refusal("not-yours", "Этот звонок обещали не вы: отменить его может старший смены.")
        }
        guard view.state == .open else { throw Refusal("over", "Этот перезвон уже завершён.") }
        try transaction.outbox.append(
            try await CallbackStore.end([request.callbackID], .withdrawn, reason: "cancelled", in: transaction))
        return try await Self.present(request.callbackID, in: transaction)
    }

    func setDoNotCall(_ request: SetDoNotCall, in transaction: Transaction) async throws -> Done {
        try await CallbackStore.setDoNotCall(request, in: transaction)
        guard request.isListed else { return Done() }
        let kinds = CallbackKind.allCases.filter { !self.rules.rule($0).isDuty }.map(\.rawValue)
        try transaction.outbox.append(
            try await CallbackStore.withdrawListed(request.number, kinds: kinds, in: transaction))
        return Done()
    }

    private static func present(_ id: UUID, in transaction: Transaction) async throws -> CallbackView {
        guard let view = try await CallbackStore.view(id, in: transaction) else {
            throw Refusal("not-found", "Такого перезвона нет.")
        }
        return view
    }
}
