import Foundation
import NIOConcurrencyHelpers

/// Who was allowed to see which card a moment ago: opening, saving and forwarding come together, and each would ask
/// the journal again.
final class CardOwners: Sendable {
    private static let memory: TimeInterval = 5

    private let known = NIOLockedValueBox<[UUID: (account: String, until: Date)]>([:])

    func note(_ card: UUID, _ account: String) {
        let now = Date()
        self.known.withLockedValue { known in
            if known.count > 10_000 { known = known.filter { $0.value.until > now } }
            known[card] = (account, now.addingTimeInterval(Self.memory))
        }
    }

    func isOwn(_ card: UUID, _ account: String) -> Bool {
        self.known.withLockedValue { known in
            known[card].map { $0.account == account && $0.until > Date() } ?? false
        }
    }
}
