import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Messaging
import Vocabulary

/// Callbacks: reading them, promising one for later (C-04), taking it back, who does not want to be called.
struct CallbackRoutes: Sendable {
    let desk: Desk
    let cards: CardAccess

    private struct Promise: Decodable {
        let appealID: UUID
        /// The day and the time by the clock of the region: `2026-11-23`, `10:30`.
        let day: CalendarDate
        let time: String
        /// Prefers the operator who promises.
        let isPersonal: Bool
        /// nil for the number on the card.
        let number: PhoneNumber?
        let attempts: Int?
        let instruction: String?
    }

    private struct Listing: Decodable {
        let number: PhoneNumber
    }

    func add(to api: RouterGroup<DeskContext>) {
        api.get("/callbacks") { request, _ in
            let account = try await self.desk.operatorAccount(of: request)
            let query = try Query(request)
            var wish = ListCallbacks(
                callID: try query.uuid("callID"), state: try query.choice("state"),
                appealID: try query.uuid("appealID"), needsOperator: try query.flag("needsOperator"))
            if let appealID = wish.appealID {
                let appeal = try await self.cards.appeal(appealID, for: account)
                // Any call of a card may have broken: the journal knows them all.
                wish.callIDs = appeal.callIDs
                let isOfCard =
                    wish.callID == nil || wish.callID == appeal.callID
                    || appeal.callIDs?.contains { $0 == wish.callID } == true
                guard account.role.isInCharge || isOfCard else { throw DeskError.notYours }
            }
            guard !account.role.isInCharge else { return try await self.desk.relay(wish) }
            return try JSON.response(try await self.own(wish, for: account))
        }
        api.post("/callbacks") { request, _ in
            let account = try await self.desk.operatorAccount(of: request)
            let promise = try await JSON.body(request, as: Promise.self)
            let appeal = try await self.cards.openAppeal(promise.appealID, for: account)
            guard let number = promise.number ?? appeal.card.phone else {
                throw DeskError.badRequest("На карточке нет телефона. Впишите его и сохраните карточку.")
            }
            guard let callID = appeal.callID else {
                throw DeskError.badRequest("Перезвонить можно по карточке звонка; эта открыта без звонка.")
            }
            // The key is the callback: asked again, it is the same one.
            let key = try self.desk.key(of: request)
            return try await self.desk.relay(
                ScheduleCallback(
                    callbackID: key, callID: callID, number: number, at: try self.moment(promise),
                    operatorID: account.id, isPersonal: promise.isPersonal, attempts: promise.attempts,
                    instruction: promise.instruction), key: key)
        }
        api.delete("/callbacks/:id") { request, context in
            let account = try await self.desk.operatorAccount(of: request)
            return try await self.desk.relay(
                CancelCallback(
                    callbackID: try context.parameters.require("id", as: UUID.self), operatorID: account.id,
                    isInCharge: account.role.isInCharge))
        }
        api.get("/do-not-call") { request, _ in
            _ = try await self.desk.accountInCharge(of: request)
            return try await self.desk.relay(ListDoNotCall())
        }
        api.get("/do-not-call/changes") { request, _ in
            _ = try await self.desk.accountInCharge(of: request)
            return try await self.desk.relay(ListDoNotCallChanges())
        }
        // The number is in the body, not in the path: paths are logged.
        for (method, isListed) in [(HTTPRequest.Method.put, true), (.delete, false)] {
            api.on("/do-not-call", method: method) { request, _ in
                let account = try await self.desk.operatorAccount(of: request)
                let listing = try await JSON.body(request, as: Listing.self)
                return try await self.desk.relay(
                    SetDoNotCall(number: listing.number, isListed: isListed, operatorID: account.id))
            }
        }
    }

    /// What an operator may know: the callbacks of the card that was asked about, or of a call of such a card, and otherwise those that
    /// are meant for them; of cards only that one's id.
    private func own(_ wish: ListCallbacks, for account: Account) async throws -> [CallbackView] {
        if wish.appealID == nil, let callID = wish.callID {
            guard try await !self.cards.appeals(of: callID, for: account).isEmpty else { throw DeskError.notYours }
        }
        let isOfCard = wish.appealID != nil || wish.callID != nil
        return try await self.desk.requests.ask(wish).filter { isOfCard || $0.operatorID == account.id }.map { view in
            var view = view
            if view.appealID != wish.appealID { view.appealID = nil }
            return view
        }
    }

    private func moment(_ promise: Promise) throws -> Date {
        let parts = promise.time.split(separator: ":").compactMap { Int($0) }
        guard parts.count == 2, (0...23).contains(parts[0]), (0...59).contains(parts[1]) else {
            throw DeskError.field("time", "Время пишется как 10:30.")
        }
        let zone = try RegionTimeZone(identifier: self.desk.settings.timeZone)
        return promise.day.moment(minutes: parts[0] * 60 + parts[1], in: zone)
    }
}
