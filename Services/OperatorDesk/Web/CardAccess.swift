import Contracts
import Foundation
import Messaging
import NIOConcurrencyHelpers

/// Who may see which card (J-04). The journal knows; what it said is remembered for a moment, because opening,
/// saving, booking and forwarding come together and each would ask it again.
final class CardAccess: Sendable {
    private static let memory: TimeInterval = 5

    private let requests: RequestClient
    /// Whose card it is, as was said a moment ago.
    private let known = NIOLockedValueBox<[UUID: (account: String, until: Date)]>([:])

    init(requests: RequestClient) {
        self.requests = requests
    }

    /// The card, for who may see it.
    /// - Throws: `DeskError.notYours`.
    func appeal(_ id: UUID, for account: Account) async throws -> AppealView {
        let appeal = try await self.requests.ask(GetAppeal(appealID: id))
        guard Self.maySee(account, appeal) else { throw DeskError.notYours }
        guard Self.mayChange(account, appeal) else { return appeal }
        let now = Date()
        self.known.withLockedValue { known in
            if known.count > 10_000 { known = known.filter { $0.value.until > now } }
            known[id] = (account.id, now.addingTimeInterval(Self.memory))
        }
        return appeal
    }

    /// Whether somebody may change the card, or only read it.
    /// - Throws: `DeskError.notYours`.
    func check(_ id: UUID, for account: Account, toRead: Bool = false) async throws {
        let isKnown = self.known.withLockedValue { known in
            known[id].map { $0.account == account.id && $0.until > Date() } ?? false
        }
        guard !isKnown else { return }
        let appeal = try await self.appeal(id, for: account)
        guard toRead || Self.mayChange(account, appeal) else { throw DeskError.notYours }
    }

    /// The cards of a call that somebody may see.
    func appeals(of callID: UUID, for account: Account) async throws -> [AppealSummary] {
        var seen: [AppealSummary] = []
        for summary in try await self.requests.ask(ListAppeals(callID: callID)) {
            do {
                _ = try await self.appeal(summary.appealID, for: account)
                seen.append(summary)
            } catch let error as DeskError where error == .notYours {
                // Not for this account: it is left out.
            }
        }
        return seen
    }

    static func maySee(_ account: Account, _ appeal: AppealView) -> Bool {
        switch account.role {
        // Whoever is asked to take the call over reads the card before speaking (T-10).
        case .operator: appeal.operatorID == account.id || appeal.offeredTo?.contains(account.id) == true
        case .organization:
            // Nothing equals nothing: a card that was never forwarded is nobody's but the operator's.
            account.organizationID != nil
                && appeal.forwardings.last?.organization.organizationID == account.organizationID
        case .administrator, .supervisor: true
        }
    }

    static func mayChange(_ account: Account, _ appeal: AppealView) -> Bool {
        self.maySee(account, appeal) && (account.role != .operator || appeal.operatorID == account.id)
    }

    /// The cards to ask for: operators see their own, organizations those forwarded to them.
    static func list(for account: Account) -> ListAppeals {
        switch account.role {
        case .operator: ListAppeals(operatorID: account.id)
        case .organization: ListAppeals(organizationID: account.organizationID ?? "")
        case .administrator, .supervisor: ListAppeals()
        }
    }
}
