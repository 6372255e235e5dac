import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Messaging

/// Messages of the electronic secretary: the list of those that wait, and taking one (T-03).
struct MessageRoutes: Sendable {
    let desk: Desk

    func add(to api: RouterGroup<DeskContext>) {
        api.get("/messages") { request, _ in
            _ = try await self.account(of: request, mayTake: false)
            return try await self.desk.relay(ListSecretaryMessages())
        }
        api.post("/appeals/:id/take") { request, context in
            let account = try await self.account(of: request, mayTake: true)
            return try await self.desk.relay(
                TakeAppeal(
                    appealID: try context.parameters.require("id", as: UUID.self), operatorID: account.id),
                key: try self.desk.key(of: request))
        }
    }

    /// They are the first level's work; who is in charge of the line sees what waits.
    private func account(of request: Hummingbird.Request, mayTake: Bool) async throws -> Account {
        let account = try await self.desk.operatorAccount(of: request)
        let isFirstLevel = account.role == .operator && account.isFirstLevel
        guard isFirstLevel || (!mayTake && account.role.isInCharge) else { throw DeskError.notYours }
        return account
    }
}
