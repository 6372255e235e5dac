import Contracts
import Foundation
import NIOConcurrencyHelpers
import Vocabulary

/// The cards of a run that are closed, so that their citizens are asked how it went (C-06).
final class DemoClosing: Sendable {
    private struct State {
        var chosen = 0
        var cards: [UUID] = []
    }

    private let limit: Int
    private let state = NIOLockedValueBox(State())

    init(limit: Int) {
        self.limit = limit
    }

    var cards: [UUID] { self.state.withLockedValue { $0.cards } }

    /// How the citizen of a card is to be told; nil when the card is none of those that are closed.
    func channel(for appeal: AppealView) -> OutcomeChannel? {
        guard appeal.card.phone?.isDialable == true else { return nil }
        return self.state.withLockedValue { state in
            guard state.chosen < self.limit else { return nil }
            state.chosen += 1
            return state.chosen.isMultiple(of: 2) ? .voice : .conversation
        }
    }

    /// The citizen was told, or will be.
    func add(_ appealID: UUID) { self.state.withLockedValue { $0.cards.append(appealID) } }

    /// Closes the cards as the administrator, each when its citizen knows.
    /// - Returns: those that were closed.
    func close(as desk: DeskClient, patience: Duration) async throws -> [UUID] {
        let end = ContinuousClock.now + patience
        var open = self.cards
        var closed: [UUID] = []
        while !open.isEmpty, ContinuousClock.now < end {
            var left: [UUID] = []
            for id in open {
                let appeal = try await desk.get("/api/appeals/\(id)", as: AppealView.self)
                guard appeal.state == .measuresTaken, appeal.outcome?.toldAt != nil else {
                    left.append(id)
                    continue
                }
                let _: AppealView = try await desk.order(
                    "POST", "/api/appeals/\(id)/close", ["revision": appeal.revision])
                closed.append(id)
            }
            open = left
            if !open.isEmpty { try await Task.sleep(for: .seconds(1)) }
        }
        return closed
    }
}
