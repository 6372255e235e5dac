import Contracts
import Foundation
import Messaging
import Postgres
import Vocabulary

/// The requests of the journal: decode, rules, store, answer.
struct AppealRequests: Sendable {
    let store: AppealStore
    let settings: JournalSettings

    var handlers: [RequestHandler] {
        [
            .read(GetAppeal.self) { try await self.store.appeal($0) },
            .read(ListAppeals.self) { try await self.store.list($0) },
            .read(GetOpenAppeals.self) { try await self.store.openAppeals($0) },
            .read(ListSecretaryMessages.self) { try await self.store.messages($0) },
            .write(OpenAppeal.self) { request, transaction in
                try await AppealStore.open(request, in: transaction)
                return try await AppealStore.view(request.appealID, in: transaction)
            },
            // All that register a card want the next number.
            .writeTogether(SaveAppeal.self, apart: \.appealID) { try await self.save($0, in: $1) },
            .write(ForwardAppeal.self) { try await self.forward($0, in: $1) },
            .write(TakeAppeal.self) { request, transaction in
                if let taken = try await AppealStore.take(request, in: transaction) {
                    try transaction.outbox.append(taken)
                }
                return try await AppealStore.view(request.appealID, in: transaction)
            },
            .write(TellOutcome.self) { try await self.tell($0, in: $1) },
            .write(CloseAppeal.self) { try await self.close($0, in: $1) },
            .read(ListTasks.self) { try await self.store.tasks($0) },
            .write(FinishTask.self) { request, transaction in
                try await AppealStore.finish(request, in: transaction)
                return Done()
            },
            // Every few seconds from whoever types; kept answers would be every version of what was typed, for a week.
            .rewrite(KeepDraft.self) { request, transaction in
                let stored = try await Self.locked(request.appealID, in: transaction)
                if let kept = try AppealRules.keep(request, of: stored, today: self.today) {
                    try AppealStore.keep(kept, in: transaction)
                }
                return try await AppealStore.view(request.appealID, in: transaction)
            },
        ]
    }

    /// The day of the region, for birthdays.
    private var today: CalendarDate { CalendarDate(Date(), in: self.settings.timeZone) }

    private func save(
        _ requests: [SaveAppeal], in transaction: Transaction
    ) async throws -> [Result<AppealView, Refusal>] {
        let stored = try await AppealStore.lock(requests.map(\.appealID), in: transaction)
        let today = self.today
        let outcomes: [Result<AppealStore.Save, Refusal>] = requests.map { request in
            Result { () throws(Refusal) -> AppealStore.Save in
                guard let appeal = stored[request.appealID] else { throw AppealStore.noSuchAppeal }
                return try AppealRules.save(request, of: appeal, today: today)
            }
        }
        let accepted = outcomes.compactMap { try? $0.get() }
        try await self.write(accepted.filter { !$0.isEmpty }, of: stored, in: transaction)
        let views = try await AppealStore.views(accepted.map(\.request.appealID), in: transaction)
        return outcomes.map { outcome in
            outcome.flatMap { save in
                views[save.request.appealID].map { .success($0) } ?? .failure(AppealStore.noSuchAppeal)
            }
        }
    }

    private func write(
        _ saves: [AppealStore.Save], of stored: [UUID: StoredAppeal], in transaction: Transaction
    ) async throws {
        guard !saves.isEmpty else { return }
        try AppealStore.save(saves, in: transaction)
        let registered = try await AppealStore.register(
            saves.filter(\.isRegistering).map { ($0.request.appealID, $0.state, $0.request.operatorID) },
            region: self.settings.regionCode, timeZone: self.settings.timeZone.identifier, in: transaction)
        try transaction.outbox.append(
            saves.compactMap { save in
                Self.event(for: save, of: stored[save.request.appealID], registered[save.request.appealID])
            })
        try transaction.outbox.append(
            try await AppealStore.withdrawn(
                saves.compactMap { save in
                    stored[save.request.appealID]?.pendingVoice.map { (save.request.appealID, $0) }
                }, in: transaction))
        // Whose card it is learns what somebody else has saved.
        let byOthers = saves.map(\.request).filter { save in
            stored[save.appealID]?.operatorID.map { $0 != save.operatorID } ?? false
        }
        try transaction.outbox.append(try await AppealStore.noted(byOthers.map(\.appealID), in: transaction))
    }

    private static func event(
        for save: AppealStore.Save, of stored: StoredAppeal?, _ registration: AppealStore.Registration?
    ) -> (any Event)? {
        let request = save.request
        if let registration {
            return AppealRegistered(
                appealID: request.appealID, number: registration.number, callID: stored?.callID,
                operatorID: request.operatorID, topic: save.card.topic ?? .other, phone: save.card.phone,
                registeredAt: registration.at)
        }
        return stored?.number.map { number in
            AppealChanged(
                appealID: request.appealID, number: number, operatorID: request.operatorID, state: save.state,
                revision: request.revision + 1, changedAt: Date())
        }
    }

    private func forward(_ request: ForwardAppeal, in transaction: Transaction) async throws -> AppealView {
        let stored = try await Self.locked(request.appealID, in: transaction)
        let comment = try AppealRules.forward(request, of: stored)
        try AppealStore.forward(request, comment: comment, in: transaction)
        try transaction.outbox.append(
            AppealForwarded(
                appealID: request.appealID, number: stored.number ?? "", organization: request.organization,
                topic: stored.card.topic ?? .other, comment: comment, operatorID: request.operatorID,
                forwardedAt: Date()))
        return try await AppealStore.view(request.appealID, in: transaction)
    }

    private func tell(_ request: TellOutcome, in transaction: Transaction) async throws -> AppealView {
        let stored = try await Self.locked(request.appealID, in: transaction)
        try AppealRules.checkTelling(request, of: stored)
        if let pending = stored.pendingVoice {
            try transaction.outbox.append(
                AppealOutcomeWithdrawn(appealID: request.appealID, revision: pending, withdrawnAt: Date()))
        }
        let telling = try await AppealStore.tell(request, in: transaction)
        if request.channel == .voice, let phone = stored.card.phone {
            try transaction.outbox.append(
                AppealOutcomeReady(
                    appealID: request.appealID, revision: telling, callID: stored.callID, phone: phone,
                    operatorID: request.operatorID, readyAt: Date()))
        }
        // Whoever has the card sees it, whoever told it.
        try transaction.outbox.append(try await AppealStore.noted([request.appealID], in: transaction))
        return try await AppealStore.view(request.appealID, in: transaction)
    }

    private func close(_ request: CloseAppeal, in transaction: Transaction) async throws -> AppealView {
        let stored = try await Self.locked(request.appealID, in: transaction)
        try AppealRules.checkClosing(request, of: stored)
        guard try await !AppealStore.isMessageWaiting(on: request.appealID, in: transaction) else {
            throw Refusal(
                "message-waiting", "Гражданин оставил сообщение, которое никто не прослушал: сначала возьмите его.")
        }
        try AppealStore.close(request, in: transaction)
        try transaction.outbox.append(
            AppealClosed(
                appealID: request.appealID, number: stored.number ?? "", callID: stored.callID,
                phone: stored.card.isAnonymous ? nil : stored.card.phone,
                operatorID: stored.operatorID ?? request.operatorID, organizationID: stored.organizationID,
                topic: stored.card.topic ?? .other, closedBy: request.operatorID, closedAt: Date()))
        try transaction.outbox.append(try await AppealStore.noted([request.appealID], in: transaction))
        return try await AppealStore.view(request.appealID, in: transaction)
    }

    private static func locked(_ id: UUID, in transaction: Transaction) async throws -> StoredAppeal {
        guard let stored = try await AppealStore.lock([id], in: transaction)[id] else { throw AppealStore.noSuchAppeal }
        return stored
    }
}
