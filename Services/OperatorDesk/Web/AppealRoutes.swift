import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Messaging

/// Cards: lists, opening, saving, forwarding.
struct AppealRoutes: Sendable {
    let desk: Desk
    private let owners = CardOwners()

    init(desk: Desk) {
        self.desk = desk
    }

    private struct Save: Decodable {
        let revision: Int
        let card: AppealCard
        let measuresDone: Bool
    }

    private struct Forward: Decodable {
        let organizationID: String
        let comment: String
    }

    func add(to api: RouterGroup<DeskContext>) {
        api.get("/appeals") { request, _ in
            let account = try await self.desk.account(of: request)
            return try JSON.response(try await self.desk.requests.ask(Self.list(for: account)))
        }
        api.get("/appeals/:id") { request, context in
            let account = try await self.desk.account(of: request)
            return try JSON.response(
                try await self.appeal(context.parameters.require("id", as: UUID.self), for: account))
        }
        api.post("/appeals") { request, _ in
            let account = try await self.desk.operatorAccount(of: request)
            let key = try self.desk.key(of: request)
            // The key is the card: asked again, it is the same card.
            return try JSON.response(
                try await self.desk.requests.ask(OpenAppeal(appealID: key, operatorID: account.id), key: key))
        }
        api.put("/appeals/:id") { request, context in
            let account = try await self.desk.operatorAccount(of: request)
            let save = try await JSON.body(request, as: Save.self)
            let id = try context.parameters.require("id", as: UUID.self)
            try await self.checkAccess(to: id, for: account)
            return try JSON.response(
                try await self.desk.requests.ask(
                    SaveAppeal(
                        appealID: id, revision: save.revision, card: save.card, measuresDone: save.measuresDone,
                        operatorID: account.id), key: try self.desk.key(of: request)))
        }
        api.post("/appeals/:id/forward") { request, context in
            let account = try await self.desk.operatorAccount(of: request)
            let forward = try await JSON.body(request, as: Forward.self)
            guard let organization = try await self.desk.accounts.organization(forward.organizationID) else {
                throw DeskError.badRequest("Такой организации нет. Выберите её из списка.")
            }
            let id = try context.parameters.require("id", as: UUID.self)
            try await self.checkAccess(to: id, for: account)
            return try JSON.response(
                try await self.desk.requests.ask(
                    ForwardAppeal(
                        appealID: id, organization: organization, comment: forward.comment, operatorID: account.id),
                    key: try self.desk.key(of: request)))
        }
        api.get("/organizations") { request, _ in
            _ = try await self.desk.account(of: request)
            return try JSON.response(try await self.desk.accounts.organizations())
        }
    }

    /// Whom which cards are shown to (J-04): operators their own, organizations those forwarded to them.
    static func list(for account: Account) -> ListAppeals {
        switch account.role {
        case .operator: ListAppeals(operatorID: account.id)
        case .organization: ListAppeals(organizationID: account.organizationID ?? "")
        case .administrator: ListAppeals()
        }
    }

    static func maySee(_ account: Account, _ appeal: AppealView) -> Bool {
        switch account.role {
        case .operator: appeal.operatorID == account.id
        case .organization:
            // Nothing equals nothing: a card that was never forwarded is nobody's but the operator's.
            account.organizationID != nil
                && appeal.forwardings.last?.organization.organizationID == account.organizationID
        case .administrator: true
        }
    }

    /// The card, for who may see it.
    func appeal(_ id: UUID, for account: Account) async throws -> AppealView {
        let appeal = try await self.desk.requests.ask(GetAppeal(appealID: id))
        guard Self.maySee(account, appeal) else { throw DeskError.notYours }
        self.owners.note(id, account.id)
        return appeal
    }

    /// As `appeal`, without asking the journal about a card that was seen to be this person's a moment ago.
    private func checkAccess(to id: UUID, for account: Account) async throws {
        if self.owners.isOwn(id, account.id) { return }
        _ = try await self.appeal(id, for: account)
    }
}
