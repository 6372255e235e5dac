import Contracts
import Messaging
import Postgres
import Vocabulary

/// What the dialer hears: calls that end open callbacks, calls from the same number withdraw them, dials have outcomes,
/// conversations end them.
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
            .latest(CallAnswered.self) { calls, transaction in
                try transaction.outbox.append(
                    try await CallbackStore.joined(
                        calls.compactMap { call in call.callbackID.map { ($0, call.answeredAt) } }, in: transaction))
            },
            .latest(CallEnded.self) { calls, transaction in
                try await Self.ended(Array(calls), rules, in: transaction)
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

    private static func ended(_ calls: [CallEnded], _ rules: CallbackRules, in transaction: Transaction) async throws {
        // The end may be told before the answer, which is then told no more.
        let joined = calls.compactMap { call in
            call.callbackID.flatMap { id in call.answeredAt.map { (callbackID: id, at: $0) } }
        }
        let leftAlone = calls.compactMap { call in
            call.answeredAt == nil
                ? call.callbackID.map { (callbackID: $0, callID: call.callID, at: call.endedAt) } : nil
        }
        let reasons = calls.compactMap { call in CallbackRules.kind(of: call).map { (kind: $0, call: call) } }
        let listed = try await CallbackStore.listed(reasons.compactMap(\.call.caller.number), in: transaction)
        let new = reasons.map { kind, call in
            let isListed = call.caller.number.map { listed.contains($0.e164) } ?? false
            return CallbackStore.NewCallback(
                kind, after: call, rules.arisen(kind, call.caller, at: call.endedAt, isListed: isListed))
        }
        // A dialer that was away hears of the break and of the conversation after it at once.
        try transaction.outbox.append(try await CallbackStore.open(new, in: transaction))
        try transaction.outbox.append(try await CallbackStore.joined(joined, in: transaction))
        try transaction.outbox.append(
            try await CallbackStore.leftAlone(leftAlone, rules: rules, in: transaction))
    }
}
