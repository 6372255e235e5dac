import Contracts
import Foundation
import Messaging

/// Who may see which card is the journal's to say (J-04): the desk names who asks, looks at the answer once more, and
/// remembers nothing, because a card may go to somebody else at any moment.
struct CardAccess: Sendable {
    let requests: RequestClient

    /// The card, for who may see it.
    /// - Throws: `not-yours`.
    func appeal(_ id: UUID, for account: Account) async throws -> AppealView {
        var appeal = try await self.requests.ask(GetAppeal(appealID: id, asker: account.asker))
        // A journal of the version before does not look.
        guard Self.maySee(account, appeal) else { throw DeskError.notYours }
        // Which numbers the operators called is no matter of the organization that the card was forwarded to.
        if account.role == .organization {
            for index in appeal.history.indices { appeal.history[index].number = nil }
        }
        return appeal
    }

    /// The card, for who works on it.
    /// - Throws: `not-yours`.
    func ownAppeal(_ id: UUID, for account: Account) async throws -> AppealView {
        let appeal = try await self.appeal(id, for: account)
        guard Self.mayChange(account, appeal) else { throw DeskError.notYours }
        return appeal
    }

    /// The card, for who works on it, while anything can be added to it (J-03).
    /// - Throws: `not-yours`, `appeal-closed`.
    func openAppeal(_ id: UUID, for account: Account) async throws -> AppealView {
        let appeal = try await self.ownAppeal(id, for: account)
        guard appeal.state != .closed else {
            throw Refusal("appeal-closed", "Карточка закрыта: добавить к ней ничего нельзя. Откройте новую.")
        }
        return appeal
    }

    /// Whether somebody may add something to the card, or only read it.
    /// - Throws: `not-yours`; `appeal-closed` for whoever does not only read.
    func check(_ id: UUID, for account: Account, toRead: Bool = false) async throws {
        _ = toRead ? try await self.appeal(id, for: account) : try await self.openAppeal(id, for: account)
    }

    /// The cards of a call that somebody may see.
    func appeals(of callID: UUID, for account: Account) async throws -> [AppealSummary] {
        try await self.requests.ask(ListAppeals(callID: callID, asker: account.asker))
    }

    static func maySee(_ account: Account, _ appeal: AppealView) -> Bool { account.asker.maySee(appeal) }

    static func mayChange(_ account: Account, _ appeal: AppealView) -> Bool {
        self.maySee(account, appeal) && account.role != .organization
            && (account.role.isInCharge || appeal.operatorID == account.id)
    }

    /// The cards to ask for: operators see their own, organizations those forwarded to them.
    static func list(for account: Account) -> ListAppeals {
        switch account.role {
        case .operator: ListAppeals(operatorID: account.id, asker: account.asker)
        case .organization: ListAppeals(organizationID: account.organizationID ?? "", asker: account.asker)
        case .administrator, .supervisor: ListAppeals(asker: account.asker)
        }
    }
}

extension Account {
    /// The person as the journal is told of it. An organization's account without an organization sees nothing.
    var asker: AppealAsker {
        AppealAsker(
            accountID: self.id, isInCharge: self.role.isInCharge,
            organizationID: self.role == .organization ? self.organizationID ?? "" : nil)
    }
}
