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
        let revision: Int
    }

    private struct Forward: Decodable {
        let organizationID: String
        let comment: String
        /// Of the card as the operator sees it.
        let revision: Int
    }

    private struct Closing: Decodable {
        /// Of the card as the administrator sees it.
        let revision: Int
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
        self.addReading(to: api)
        self.addWriting(to: api)
        self.addTasks(to: api)
    }

    private func addReading(to api: RouterGroup<DeskContext>) {
        api.get("/appeals") { request, _ in
            let account = try await self.desk.account(of: request)
            guard let callID = try Query(request).uuid("callID") else {
                return try await self.desk.relay(CardAccess.list(for: account))
            }
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
        api.get("/organizations") { request, _ in
            _ = try await self.desk.account(of: request)
            return try JSON.response(try await self.desk.accounts.organizations())
        }
    }

    /// Whether somebody may write in a card is decided in the journal, under its lock; the order says who it is.
    private func addWriting(to api: RouterGroup<DeskContext>) {
        api.post("/appeals") { request, _ in
            let account = try await self.desk.operatorAccount(of: request)
            let key = try self.desk.key(of: request)
            // The key is the card: asked again, it is the same card.
            return try await self.desk.relay(OpenAppeal(appealID: key, operatorID: account.id), key: key)
        }
        // Nothing can be added to a closed card: work goes on in a new one, whose id is the key.
        api.post("/appeals/:id/continue") { request, context in
            let account = try await self.desk.operatorAccount(of: request)
            let key = try self.desk.key(of: request)
            return try await self.desk.relay(
                OpenAppeal(
                    appealID: key, operatorID: account.id,
                    aboutID: try context.parameters.require("id", as: UUID.self),
                    isInCharge: account.role.isInCharge), key: key)
        }
        api.put("/appeals/:id") { request, context in
            let account = try await self.desk.operatorAccount(of: request)
            let save = try await JSON.body(request, as: Save.self)
            return try await self.desk.relay(
                SaveAppeal(
                    appealID: try context.parameters.require("id", as: UUID.self), revision: save.revision,
                    card: save.card, measuresDone: save.measuresDone, operatorID: account.id,
                    isInCharge: account.role.isInCharge), key: try self.desk.key(of: request))
        }
        api.put("/appeals/:id/draft") { request, context in
            let account = try await self.desk.operatorAccount(of: request)
            let draft = try await JSON.body(request, as: Draft.self)
            return try await self.desk.relay(
                KeepDraft(
                    appealID: try context.parameters.require("id", as: UUID.self), revision: draft.revision,
                    card: draft.card, operatorID: account.id, isInCharge: account.role.isInCharge),
                key: try self.desk.key(of: request))
        }
        api.post("/appeals/:id/forward") { request, context in
            let account = try await self.desk.operatorAccount(of: request)
            let forward = try await JSON.body(request, as: Forward.self)
            guard let organization = try await self.desk.accounts.organization(forward.organizationID) else {
                throw DeskError.badRequest("Такой организации нет. Выберите её из списка.")
            }
            return try await self.desk.relay(
                ForwardAppeal(
                    appealID: try context.parameters.require("id", as: UUID.self), organization: organization,
                    comment: forward.comment, operatorID: account.id, revision: forward.revision,
                    isInCharge: account.role.isInCharge),
                key: try self.desk.key(of: request))
        }
        api.post("/appeals/:id/tell") { request, context in
            let account = try await self.desk.operatorAccount(of: request)
            let telling = try await JSON.body(request, as: Telling.self)
            return try await self.desk.relay(
                TellOutcome(
                    appealID: try context.parameters.require("id", as: UUID.self), channel: telling.channel,
                    operatorID: account.id, revision: telling.revision, isInCharge: account.role.isInCharge),
                key: try self.desk.key(of: request))
        }
        api.post("/appeals/:id/close") { request, context in
            let account = try await self.desk.account(of: request)
            // Closing is the administrator's (J-03).
            guard account.role == .administrator else { throw DeskError.notYours }
            let closing = try await JSON.body(request, as: Closing.self)
            return try await self.desk.relay(
                CloseAppeal(
                    appealID: try context.parameters.require("id", as: UUID.self), operatorID: account.id,
                    revision: closing.revision, isAdministrator: account.role == .administrator),
                key: try self.desk.key(of: request))
        }
    }

    private func addTasks(to api: RouterGroup<DeskContext>) {
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
    }
}
