import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Messaging
import Vocabulary

/// Calls: what an operator orders for an own one, calling a citizen, and listening in. Whose call it is, call-intake
/// decides by the account that the desk names.
struct CallRoutes: Sendable {
    let desk: Desk
    let cards: CardAccess

    private struct Citizen: Decodable {
        let appealID: UUID
        /// Nil for the number on the card.
        let number: PhoneNumber?
    }

    private struct Supervision: Decodable {
        let mode: SuperviseCall.Mode
        /// Nil for the account's own.
        let telephone: String?
    }

    func add(to api: RouterGroup<DeskContext>) {
        api.post("/calls/:id/control") { request, context in
            let account = try await self.desk.operatorAccount(of: request)
            let control = try await JSON.body(request, as: CallControl.self)
            return try await self.desk.relay(
                ControlCall(
                    callID: try context.parameters.require("id", as: UUID.self), operatorID: account.id,
                    action: control.action), key: try self.desk.key(of: request))
        }
        api.delete("/calls/:id") { request, context in
            let account = try await self.desk.operatorAccount(of: request)
            return try await self.desk.relay(
                ControlCall(
                    callID: try context.parameters.require("id", as: UUID.self), operatorID: account.id,
                    action: .hangUp))
        }
        api.post("/calls") { request, _ in
            let account = try await self.desk.operatorAccount(of: request)
            let citizen = try await JSON.body(request, as: Citizen.self)
            let appeal = try await self.cards.ownAppeal(citizen.appealID, for: account)
            guard let number = citizen.number ?? appeal.card.phone else {
                throw DeskError.badRequest("На карточке нет телефона. Впишите его и сохраните карточку.")
            }
            // The key is the call: asked again, it is the same call.
            let key = try self.desk.key(of: request)
            return try await self.desk.relay(
                CallCitizen(
                    callID: key, operatorID: account.id, number: number,
                    // A card without a call is named itself, or the conversation would open another one.
                    originalCallID: appeal.callID ?? appeal.appealID), key: key)
        }
        api.post("/calls/:id/supervise") { request, context in
            let account = try await self.desk.accountInCharge(of: request)
            let supervision = try await JSON.body(request, as: Supervision.self)
            guard let telephone = try Telephone.read(supervision.telephone) ?? account.telephone else {
                throw DeskError.noTelephone
            }
            return try await self.desk.relay(
                SuperviseCall(
                    callID: try context.parameters.require("id", as: UUID.self), supervisorID: account.id,
                    telephone: telephone, mode: supervision.mode), key: try self.desk.key(of: request))
        }
    }
}
