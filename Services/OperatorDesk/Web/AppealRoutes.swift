import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Messaging

/// Cards: lists, opening, saving, forwarding.
struct AppealRoutes: Sendable {
    let desk: Desk
    let cards: CardAccess

    private struct Save: Decodable {
        let revision: Int
        let card: AppealCard
        let measuresDone: Bool
    }

    private struct Draft: Decodable {
        let revision: Int
        let card: AppealCard
    }

    private struct Telling: Decodable {
        let channel: OutcomeChannel
        /// Of the card as the operator sees it.
        let revision: Int?
    }

    private struct Forward: Decodable {
        let organizationID: String
        let comment: String
    }

    /// A card, and the names of the people in its history by their ids.
    private struct NamedAppeal: Encodable {
        let appeal: AppealView
        let names: [String: String]

        private enum CodingKeys: CodingKey { case names }

        func encode(to encoder: any Encoder) throws {
            try self.appeal.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(self.names, forKey: .names)
        }
    }

    func add(to api: RouterGroup<DeskContext>) {
        api.get("/appeals") { request, _ in
            let account = try await self.desk.account(of: request)
            guard let callID = request.uri.queryParameters.get("callID") else {
                return try await self.desk.relay(CardAccess.list(for: account))
            }
            guard let callID = UUID(uuidString: callID) else { throw DeskError.badRequest("Неверный номер звонка.") }
            return try JSON.response(try await self.cards.appeals(of: callID, for: account))
        }
        api.get("/appeals/:id") { request, context in
            let account = try await self.desk.account(of: request)
            let appeal = try await self.cards.appeal(context.parameters.require("id", as: UUID.self), for: account)
            // A clinic has no directory of the line: it reads the names of those who worked on the card.
            guard account.role == .organization else { return try JSON.response(appeal) }
            let people = Set(appeal.history.map(\.by))
            return try JSON.response(
                NamedAppeal(appeal: appeal, names: try await self.desk.accounts.names(of: people.sorted())))
        }
        api.post("/appeals") { request, _ in
            let account = try await self.desk.operatorAccount(of: request)
            let key = try self.desk.key(of: request)
            // The key is the card: asked again, it is the same card.
            return try await self.desk.relay(OpenAppeal(appealID: key, operatorID: account.id), key: key)
        }
        api.put("/appeals/:id") { request, context in
            let account = try await self.desk.operatorAccount(of: request)
            let save = try await JSON.body(request, as: Save.self)
            let id = try context.parameters.require("id", as: UUID.self)
            try await self.cards.check(id, for: account)
            return try await self.desk.relay(
                SaveAppeal(
                    appealID: id, revision: save.revision, card: save.card, measuresDone: save.measuresDone,
                    operatorID: account.id), key: try self.desk.key(of: request))
        }
        api.put("/appeals/:id/draft") { request, context in
            let account = try await self.desk.operatorAccount(of: request)
            let draft = try await JSON.body(request, as: Draft.self)
            let id = try context.parameters.require("id", as: UUID.self)
            try await self.cards.check(id, for: account)
            return try await self.desk.relay(
                KeepDraft(appealID: id, revision: draft.revision, card: draft.card, operatorID: account.id),
                key: try self.desk.key(of: request))
        }
        api.post("/appeals/:id/forward") { request, context in
            let account = try await self.desk.operatorAccount(of: request)
            let forward = try await JSON.body(request, as: Forward.self)
            guard let organization = try await self.desk.accounts.organization(forward.organizationID) else {
                throw DeskError.badRequest("Такой организации нет. Выберите её из списка.")
            }
            let id = try context.parameters.require("id", as: UUID.self)
            try await self.cards.check(id, for: account)
            return try await self.desk.relay(
                ForwardAppeal(
                    appealID: id, organization: organization, comment: forward.comment,
                    operatorID: account.id),
                key: try self.desk.key(of: request))
        }
        api.post("/appeals/:id/tell") { request, context in
            let account = try await self.desk.operatorAccount(of: request)
            let telling = try await JSON.body(request, as: Telling.self)
            let id = try context.parameters.require("id", as: UUID.self)
            try await self.cards.check(id, for: account)
            return try await self.desk.relay(
                TellOutcome(
                    appealID: id, channel: telling.channel, operatorID: account.id, revision: telling.revision),
                key: try self.desk.key(of: request))
        }
        api.post("/appeals/:id/close") { request, context in
            let account = try await self.desk.account(of: request)
            // Closing is the administrator's (J-03).
            guard account.role == .administrator else { throw DeskError.notYours }
            return try await self.desk.relay(
                CloseAppeal(
                    appealID: try context.parameters.require("id", as: UUID.self), operatorID: account.id),
                key: try self.desk.key(of: request))
        }
        api.get("/tasks") { request, _ in
            let account = try await self.desk.operatorAccount(of: request)
            return try await self.desk.relay(ListTasks(operatorID: account.role.isInCharge ? nil : account.id))
        }
        api.post("/tasks/:id/done") { request, context in
            let account = try await self.desk.operatorAccount(of: request)
            return try await self.desk.relay(
                FinishTask(
                    taskID: try context.parameters.require("id", as: UUID.self), operatorID: account.id,
                    isInCharge: account.role.isInCharge), key: try self.desk.key(of: request))
        }
        api.get("/organizations") { request, _ in
            _ = try await self.desk.account(of: request)
            return try JSON.response(try await self.desk.accounts.organizations())
        }
    }
}
