import Contracts
import Foundation

/// An operator as far as the line is concerned.
struct LineOperator: Sendable, Equatable, Codable {
    /// What follows from calls.
    enum Activity: String, Codable, Sendable {
        case idle, ringing, talking, holding
        /// The last call is over and the telephone is being hung up.
        case releasing
        case afterCall
    }

    let id: String
    var displayName: String
    var telephone: String
    var skills: [String] = []
    var isFirstLevel = true
    /// What the operator chose: ready, break, away or offline. Counts when no call is in hand.
    var chosen: OperatorState
    var breakReason: String?
    /// When the choice was made.
    var chosenAt: Date
    var activity = Activity.idle
    /// When the visible state began.
    var since: Date
    /// Grows each time the operator becomes free: the smallest one has been idle longest.
    var readyOrdinal: Int64 = 0
    /// The lines in hand, in order of arrival.
    var calls: [UUID] = []
    /// A caller on the second line who has not been taken yet.
    var offeredCallID: UUID?
    /// The channel of the telephone.
    var legID: String?
    /// The leg whose telephone said last that it holds by its own key.
    var heldLeg: String?
    /// There was a conversation: after-call work follows.
    var hasSpoken = false
    /// When the after-call work ends by itself.
    var dueAt: Date?

    init(id: String, displayName: String, telephone: String, chosen: OperatorState, since: Date) {
        self.id = id
        self.displayName = displayName
        self.telephone = telephone
        self.chosen = chosen
        self.chosenAt = since
        self.since = since
    }

    var isFree: Bool { self.activity == .idle && self.chosen == .ready }

    /// Free, or at work on a card that can wait for the same citizen (C-03).
    var isFreeForOwn: Bool { self.chosen == .ready && (self.activity == .idle || self.activity == .afterCall) }

    /// Whether calls may come to the operator at all.
    var isOnLine: Bool { self.chosen != .offline || self.activity != .idle }

    /// Whether callers may wait for this operator: also after hours, and when all are busy.
    var isThere: Bool { self.isOnLine && self.chosen != .away }

    /// Whether the same callers may wait for both.
    func serves(as other: LineOperator) -> Bool {
        self.isThere == other.isThere && self.skills == other.skills && self.isFirstLevel == other.isFirstLevel
    }

    func suits(_ queue: QueuePlan?) -> Bool {
        guard let skill = queue?.skill else { return self.isFirstLevel }
        return self.skills.contains(skill)
    }

    var state: OperatorState {
        switch self.activity {
        case .idle: self.chosen
        case .ringing: .ringing
        case .talking: .talking
        case .holding: .holding
        case .releasing: self.hasSpoken ? .afterCall : self.chosen
        case .afterCall: .afterCall
        }
    }
}
