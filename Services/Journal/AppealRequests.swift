import Contracts
import Foundation
import Messaging
import Postgres

/// The requests of the journal: decode, rules, store, answer.
struct AppealRequests: Sendable {
    let store: AppealStore
    let settings: JournalSettings

    var handlers: [RequestHandler] {
        [
            .read(GetAppeal.self) { try await self.store.appeal($0.appealID) },
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
            .write(KeepDraft.self) { request, transaction in
                guard let stored = try await AppealStore.lock([request.appealID], in: transaction)[request.appealID]
                else { throw AppealStore.noSuchAppeal }
                try AppealRules.checkKeeping(request, of: stored)
                try AppealStore.keep(request, in: transaction)
                return try await AppealStore.view(request.appealID, in: transaction)
            },
        ]
    }

    private func save(
        _ requests: [SaveAppeal], in transaction: Transaction
    ) async throws -> [Result<AppealView, Refusal>] {
        let stored = try await AppealStore.lock(requests.map(\.appealID), in: transaction)
        let refusals = requests.map { request -> Refusal? in
            guard let appeal = stored[request.appealID] else { return AppealStore.noSuchAppeal }
            return AppealRules.refusal(of: request, for: appeal)
        }
        let saves = zip(requests, refusals).filter { $1 == nil }.map { request, _ in
            let state = AppealRules.state(after: request.card, measuresDone: request.measuresDone)
            return AppealStore.Save(request: request, state: state)
        }
        var views: [UUID: AppealView] = [:]
        if !saves.isEmpty {
            try AppealStore.save(saves, in: transaction)
            let registered = try await AppealStore.register(
                saves.filter { stored[$0.request.appealID]?.number == nil }.map {
                    ($0.request.appealID, $0.state, $0.request.operatorID)
                }, region: self.settings.regionCode, timeZone: self.settings.timeZone, in: transaction)
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
            views = try await AppealStore.views(saves.map(\.request.appealID), in: transaction)
        }
        return zip(requests, refusals).map { request, refusal in
            if let refusal { return .failure(refusal) }
            return views[request.appealID].map { .success($0) } ?? .failure(AppealStore.noSuchAppeal)
        }
    }

    private static func event(
        for save: AppealStore.Save, of stored: StoredAppeal?, _ registration: AppealStore.Registration?
    ) -> (any Event)? {
        let request = save.request
        if let registration {
            return AppealRegistered(
                appealID: request.appealID, number: registration.number, callID: stored?.callID,
                operatorID: request.operatorID, topic: request.card.topic ?? .other, phone: request.card.phone,
                registeredAt: registration.at)
        }
        return stored?.number.map { number in
            AppealChanged(
                appealID: request.appealID, number: number, operatorID: request.operatorID, state: save.state,
                revision: request.revision + 1, changedAt: Date())
        }
    }

    private func forward(_ request: ForwardAppeal, in transaction: Transaction) async throws -> AppealView {
        guard let stored = try await AppealStore.lock([request.appealID], in: transaction)[request.appealID] else {
            throw AppealStore.noSuchAppeal
        }
        try AppealRules.checkForward(request, of: stored)
        try AppealStore.forward(request, in: transaction)
        try transaction.outbox.append(
            AppealForwarded(
                appealID: request.appealID, number: stored.number ?? "", organization: request.organization,
                topic: stored.topic ?? .other, comment: request.comment, operatorID: request.operatorID,
                forwardedAt: Date()))
        return try await AppealStore.view(request.appealID, in: transaction)
    }

    private func tell(_ request: TellOutcome, in transaction: Transaction) async throws -> AppealView {
        let (stored, outcome) = try await Self.locked(request.appealID, in: transaction)
        try AppealRules.checkTelling(request, of: stored, outcome)
        if let pending = stored.pendingVoice {
            try transaction.outbox.append(
                AppealOutcomeWithdrawn(appealID: request.appealID, revision: pending, withdrawnAt: Date()))
        }
        let telling = try await AppealStore.tell(request, in: transaction)
        if request.channel == .voice, let phone = outcome.card.phone {
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
        let (stored, outcome) = try await Self.locked(request.appealID, in: transaction)
        try AppealRules.checkClosing(of: stored, outcome)
        try AppealStore.close(request, in: transaction)
        try transaction.outbox.append(
            AppealClosed(
                appealID: request.appealID, number: stored.number ?? "", callID: stored.callID,
                phone: outcome.card.isAnonymous ? nil : outcome.card.phone,
                operatorID: stored.operatorID ?? request.operatorID, organizationID: stored.organizationID,
                topic: stored.topic ?? .other, closedBy: request.operatorID, closedAt: Date()))
        try transaction.outbox.append(try await AppealStore.noted([request.appealID], in: transaction))
        return try await AppealStore.view(request.appealID, in: transaction)
    }

    private static func locked(
        _ id: UUID, in transaction: Transaction
    ) async throws -> (StoredAppeal, AppealStore.Outcome) {
        guard let stored = try await AppealStore.lock([id], in: transaction)[id],
            let outcome = try await AppealStore.outcome(id, in: transaction)
        else { throw AppealStore.noSuchAppeal }
        return (stored, outcome)
    }
}
