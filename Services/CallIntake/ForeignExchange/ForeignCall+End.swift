import Contracts
import Foundation
import Messaging

/// The end of a call: the one place where it gets its outcome (T-15).
extension ForeignCall {
    func ended(_ reason: ForeignEvent.EndReason, cause: Int?, at moment: Date, rules: ForeignRules) -> ForeignStep {
        self.forward(to: moment) { call, now in
            let outcome = call.outcome(of: reason, at: now, rules: rules)
            call.standAlone(at: now)
            call.call.isOffered = reason == .callbackRequested
            call.call.state = .ended
            call.call.outcome = outcome
            call.call.cause = cause
            call.call.endedAt = now
            return [
                CallEnded(
                    callID: call.call.id, caller: call.call.caller, outcome: outcome, cause: cause,
                    operatorID: call.call.spokenOperatorID, receivedAt: call.call.receivedAt,
                    answeredAt: call.call.answeredAt, endedAt: now, times: call.call.times(endedAt: now),
                    wasOfferedCallback: call.call.isOffered)
            ]
        }
    }

    /// By the same rules as on our own line: what was seen of the call decides before what the exchange says of it.
    private func outcome(of reason: ForeignEvent.EndReason, at now: Date, rules: ForeignRules) -> CallOutcome {
        switch reason {
        case _ where self.call.state == .transferred: .transferredAway
        case .transferredAway: .transferredAway
        case .callbackRequested: .callbackRequested
        case _ where self.call.answeredAt == nil: self.unanswered(reason, at: now, rules: rules)
        // Was back in a queue and gave up before somebody else was there.
        case .callerHungUp, .abandoned: self.call.isInConversation ? .completedByCaller : .operatorLineBroken
        case .operatorHungUp: .completedByOperator
        case .lineLost: .callerLineBroken
        case .operatorLineLost: .operatorLineBroken
        case .exchangeFailed: .exchangeBroken
        }
    }

    private func unanswered(_ reason: ForeignEvent.EndReason, at now: Date, rules: ForeignRules) -> CallOutcome {
        if self.hasMessage { return .messageLeft }
        if reason == .exchangeFailed { return .exchangeBroken }
        if now.timeIntervalSince(self.call.receivedAt) < rules.shortDrop { return .shortDrop }
        return switch self.call.state {
        case .menu: .abandonedInMenu
        case .ringing: .abandonedRinging
        default: .abandonedInQueue
        }
    }
}
