/// How much of one МИС is asked at a time, and whether it is asked at all. A value; `GuardedMIS` applies it.
///
/// Questions and orders have compartments of their own, so that operators who look for a free time while the МИС hangs
/// hold up no booking that is to be cancelled. After several silences in a row nobody waits for the next one: the МИС is
/// left alone for a while, then one call is let through, and what becomes of it decides.
struct MISGate: Sendable {
    enum Compartment: Sendable, CaseIterable {
        case questions, orders

        /// Calls at once. Together fewer than the requests that booking answers at once, so that its own rows can always be
        /// read.
        var limit: Int {
            switch self {
            case .questions: 48
            case .orders: 24
            }
        }
    }

    enum Ending: Sendable {
        /// Something came back, a refusal too.
        case answered
        case silent
        /// The asker gave up: it says nothing of the МИС.
        case abandoned
    }

    /// Why nobody is let through.
    enum Closed: String, Sendable {
        case full = "too many calls at once"
        case silent = "it has not answered for some time"
    }

    /// Silences in a row after which it is left alone.
    static let silences = 5
    static let rest: Duration = .seconds(10)

    private var inside: [Compartment: Int] = [:]
    private var silencesInARow = 0
    private var closedUntil: ContinuousClock.Instant?
    private var isProbing = false

    var isClosed: Bool { self.closedUntil != nil }

    /// - Returns: why the call is not let through; nil when it is inside now, until it leaves.
    mutating func enter(_ compartment: Compartment, at now: ContinuousClock.Instant) -> Closed? {
        guard self.inside[compartment, default: 0] < compartment.limit else { return .full }
        if let closedUntil {
            guard now >= closedUntil, !self.isProbing else { return .silent }
            self.isProbing = true
        }
        self.inside[compartment, default: 0] += 1
        return nil
    }

    mutating func leave(_ compartment: Compartment, _ ending: Ending, at now: ContinuousClock.Instant) {
        self.inside[compartment, default: 0] -= 1
        switch ending {
        case .answered:
            self.silencesInARow = 0
            self.closedUntil = nil
            self.isProbing = false
        case .silent:
            self.silencesInARow += 1
            // A call that was inside before it was closed prolongs nothing: it waited for the same silence.
            guard self.closedUntil.map({ now >= $0 }) ?? (self.silencesInARow >= Self.silences) else { return }
            self.closedUntil = now + Self.rest
            self.isProbing = false
        case .abandoned:
            self.isProbing = false
        }
    }
}
