import Contracts
import Foundation
import Messaging
import Postgres

/// What the notifier hears: each of these events may demand a message.
enum MessageEvents {
    static func handlers(_ rules: MessageRules) -> [EventHandler] {
        [
            .each(AppealRegistered.self) { try await Self.add($0, rules.message, in: $1) },
            .each(AppealForwarded.self) { try await Self.add($0, rules.message, in: $1) },
            .each(BookingConfirmed.self) { try await Self.add($0, rules.message, in: $1) },
            .each(BookingCancelled.self) { try await Self.add($0, rules.message, in: $1) },
            .each(CallbackRequested.self) { callbacks, transaction in
                try callbacks.forEach { try $0.$kind.known() }
                try await Self.add(callbacks, rules.message, in: transaction)
            },
            .each(CallbackFinished.self) { callbacks, transaction in
                try callbacks.forEach {
                    try $0.$state.known()
                    try $0.$kind.known()
                }
                let numbers = try await MessageStore.appealNumbers(
                    of: callbacks.filter { $0.state == .exhausted }.map(\.callID), in: transaction)
                try await Self.add(
                    callbacks, { rules.message(for: $0, id: $1, appealNumber: numbers[$0.callID]) }, in: transaction)
            },
        ]
    }

    private static func add<E: Event>(
        _ events: Batch<E>, _ rule: (E, UUID) -> OutgoingMessage?, in transaction: Transaction
    ) async throws {
        let messages = zip(events, events.envelopes).compactMap { rule($0, $1.id) }
        try await MessageStore.add(messages, in: transaction)
    }
}
