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
            .write(OpenAppeal.self) { request, transaction in
                try await AppealStore.open(request, in: transaction)
                return try await AppealStore.view(request.appealID, in: transaction)
            },
            .write(SaveAppeal.self) { try await self.save($0, in: $1) },
            .write(ForwardAppeal.self) { try await self.forward($0, in: $1) },
        ]
    }

    private func save(_ request: SaveAppeal, in transaction: Transaction) async throws -> AppealView {
        let stored = try await AppealStore.lock(request.appealID, in: transaction)
        try AppealRules.checkSave(request, of: stored)
        let state = AppealRules.state(after: request.card, measuresDone: request.measuresDone)
        try await AppealStore.save(request, state: state, in: transaction)
        if let number = stored.number {
            try await transaction.outbox.append(
                AppealChanged(
                    appealID: request.appealID, number: number, state: state, revision: stored.revision + 1,
                    changedAt: Date()))
        } else {
            let registered = try await AppealStore.register(
                request.appealID, region: self.settings.regionCode, timeZone: self.settings.timeZone, state: state,
                actor: request.operatorID, in: transaction)
            try await transaction.outbox.append(
                AppealRegistered(
                    appealID: request.appealID, number: registered.number, callID: stored.callID,
                    operatorID: request.operatorID, topic: request.card.topic ?? .other, phone: request.card.phone,
                    registeredAt: registered.at))
        }
        return try await AppealStore.view(request.appealID, in: transaction)
    }

    private func forward(_ request: ForwardAppeal, in transaction: Transaction) async throws -> AppealView {
        let stored = try await AppealStore.lock(request.appealID, in: transaction)
        try AppealRules.checkForward(request, of: stored)
        try await AppealStore.forward(request, in: transaction)
        try await transaction.outbox.append(
            AppealForwarded(
                appealID: request.appealID, number: stored.number ?? "", organization: request.organization,
                topic: stored.topic ?? .other, comment: request.comment, operatorID: request.operatorID,
                forwardedAt: Date()))
        return try await AppealStore.view(request.appealID, in: transaction)
    }
}
