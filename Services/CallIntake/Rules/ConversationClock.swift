import Contracts
import Foundation

/// The two clocks of a conversation: questioning, then consultation, by the operator's step (T-13). Holds count into
/// the clock that runs.
struct ConversationClock: Sendable, Equatable, Codable {
    private(set) var phase = CallPhase.questioning
    /// Nil while nobody speaks.
    private(set) var since: Date?
    private var gathered: [CallPhase: Double] = [:]

    mutating func start(at now: Date) {
        if self.since == nil { self.since = now }
    }

    mutating func change(to phase: CallPhase, at now: Date) {
        guard phase != self.phase else { return }
        let wasRunning = self.since != nil
        self.stop(at: now)
        self.phase = phase
        if wasRunning { self.since = now }
    }

    mutating func stop(at now: Date) {
        guard let since else { return }
        // A clock that ran backwards gathers nothing.
        self.gathered[self.phase, default: 0] += max(0, now.timeIntervalSince(since))
        self.since = nil
    }

    /// Seconds, without what runs now.
    func seconds(_ phase: CallPhase) -> Double { self.gathered[phase] ?? 0 }
}
