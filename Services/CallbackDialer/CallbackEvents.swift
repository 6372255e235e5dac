import Contracts
import Messaging
import Vocabulary

/// What the dialer hears: broken calls open callbacks, calls from the same number withdraw them, dials have outcomes.
enum CallbackEvents {
    static func handlers(_ rules: CallbackRules) -> [EventHandler] {
        [
            .latest(CallReceived.self) { calls, transaction in
                let calledIn = calls.compactMap { call in
                    call.caller.number.map { (number: $0, at: call.receivedAt) }
                }
                guard !calledIn.isEmpty else { return }
                try transaction.outbox.append(
                    try await CallbackStore.withdraw(calledIn: calledIn, in: transaction))
            },
            .latest(CallEnded.self) { calls, transaction in
                // Who chose to be called back waits no less for it than who lost the line.
                let broken = calls.filter { $0.outcome.isBroken || $0.outcome == .callbackRequested }
                guard !broken.isEmpty else { return }
                let new = broken.map { call in
                    CallbackStore.NewCallback(call: call, decision: rules.broken(call.caller, at: call.endedAt))
                }
                try await transaction.outbox.append(CallbackStore.open(new, in: transaction))
            },
            .latest(DialStarted.self) { dials, transaction in
                try await CallbackStore.started(dials, in: transaction)
            },
            .latest(DialFinished.self) { dials, transaction in
                try transaction.outbox.append(
                    try await CallbackStore.finished(dials, rules: rules, in: transaction))
            },
        ]
    }
}
