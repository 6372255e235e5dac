import Contracts
import Foundation
import Messaging
import Postgres
import Vocabulary

/// What the desk hears, turned into live events.
enum DeskEvents {
    static let handlers: [EventHandler] = [
        // All see the line.
        .latest(CallReceived.self) { calls, transaction in
            try await Self.announce(calls, in: transaction) { ("call", .all, LiveCall($0)) }
        },
        .latest(CallAnswered.self) { calls, transaction in
            try await Self.announce(calls, in: transaction) { ("call", .allAnd($0.operatorID), LiveCall($0)) }
        },
        .latest(CallEnded.self) { calls, transaction in
            try await Self.announce(calls, in: transaction) { ("call", .allAnd($0.operatorID), LiveCall($0)) }
        },
        // A caller is on the way to somebody: who hands over, before the telephone is picked up (T-10).
        .latest(CallOffered.self) { offers, transaction in
            try await Self.announce(offers, in: transaction) { ("offer", .one($0.toOperatorID), $0) }
        },
        .latest(OperatorChanged.self) { changes, transaction in
            try await Self.announce(changes, in: transaction) { ("operator", .one($0.view.operatorID), $0.view) }
        },
        // A card that may be read before the first word.
        .each(AppealOffered.self) { appeals, transaction in
            try await Self.announce(appeals, in: transaction) { ("offered-card", .one($0.toOperatorID), $0) }
        },
        .each(AppealNoted.self) { appeals, transaction in
            try await Self.announce(appeals, in: transaction) { appeal in
                let body = LiveAppeal(appealID: appeal.appealID, number: nil, what: "noted")
                return ("appeal", .one(appeal.operatorID), body)
            }
        },
        // Whoever comes first takes it.
        .each(SecretaryMessageKept.self) { messages, transaction in
            try await Self.announce(messages, in: transaction) { ("message", .all, $0) }
        },
        // Cards, visits and their fate are the matter of one operator.
        .each(AppealDrafted.self) { appeals, transaction in
            try await Self.announce(appeals, in: transaction) { ("card", .one($0.operatorID), $0) }
        },
        .each(AppealContinued.self) { appeals, transaction in
            // Whoever had the card before sees it go.
            try await Self.announce(appeals, in: transaction) { ("card", .allAnd($0.operatorID), $0) }
        },
        .each(AppealRegistered.self) { appeals, transaction in
            try await Self.announce(appeals, in: transaction) { appeal in
                let body = LiveAppeal(appealID: appeal.appealID, number: appeal.number, what: "registered")
                return ("appeal", .one(appeal.operatorID), body)
            }
        },
        .each(AppealChanged.self) { appeals, transaction in
            try await Self.announce(appeals, in: transaction) { appeal in
                let body = LiveAppeal(appealID: appeal.appealID, number: appeal.number, what: "changed")
                return ("appeal", .one(appeal.operatorID), body)
            }
        },
        .each(AppealForwarded.self) { appeals, transaction in
            try await Self.announce(appeals, in: transaction) { appeal in
                let body = LiveAppeal(appealID: appeal.appealID, number: appeal.number, what: "forwarded")
                return ("appeal", .one(appeal.operatorID), body)
            }
        },
        .each(BookingConfirmed.self) { bookings, transaction in
            try await Self.announce(bookings, in: transaction) { booking in
                ("booking", .one(booking.operatorID), LiveBooking(booking.bookingID, booking.appealID, "confirmed"))
            }
        },
        .each(BookingFailed.self) { bookings, transaction in
            try await Self.announce(bookings, in: transaction) { booking in
                ("booking", .one(booking.operatorID), LiveBooking(booking.bookingID, booking.appealID, "failed"))
            }
        },
        .each(BookingCancelled.self) { bookings, transaction in
            try await Self.announce(bookings, in: transaction) { booking in
                ("booking", .one(booking.operatorID), LiveBooking(booking.bookingID, booking.appealID, "cancelled"))
            }
        },
        .each(CallbackRequested.self) { callbacks, transaction in
            try await Self.announce(callbacks, in: transaction) { callback in
                let body = LiveCallback(
                    callbackID: callback.callbackID, callID: callback.callID, what: "requested")
                return ("callback", .allAnd(callback.operatorID), body)
            }
        },
        .each(CallbackFinished.self) { callbacks, transaction in
            try await Self.announce(callbacks, in: transaction) { callback in
                let body = LiveCallback(
                    callbackID: callback.callbackID, callID: callback.callID, what: callback.$state.word)
                return ("callback", .allAnd(callback.operatorID), body)
            }
        },
    ]

    /// Who is told.
    private enum Audience {
        case all
        case one(String?)
        case allAnd(String?)
    }

    private static func announce<E: Event>(
        _ events: Batch<E>, in transaction: Transaction,
        _ make: (E) -> (kind: String, audience: Audience, body: any Encodable)
    ) async throws {
        let encoder = MessageCoding.encoder
        let live = try events.map { event in
            let (kind, audience, body) = make(event)
            let data = String(decoding: try encoder.encode(body), as: UTF8.self)
            return switch audience {
            case .all: LiveEvent(kind: kind, operatorID: nil, isForAll: true, data: data)
            case .one(let id): LiveEvent(kind: kind, operatorID: id, isForAll: false, data: data)
            case .allAnd(let id): LiveEvent(kind: kind, operatorID: id, isForAll: true, data: data)
            }
        }
        try await LiveChannel.announce(live, in: transaction)
    }
}

/// The bodies of live events, where they are not the heard event itself.
struct LiveCall: Encodable {
    let callID: UUID
    let caller: CallerNumber
    let state: CallState
    /// A `CallOutcome`, or a word of a later version.
    var outcome: String?
    var operatorID: String?
    let receivedAt: Date
    var answeredAt: Date?
    var endedAt: Date?

    init(_ call: CallReceived) {
        self.callID = call.callID
        self.caller = call.caller
        self.state = .waiting
        self.receivedAt = call.receivedAt
    }

    init(_ call: CallAnswered) {
        self.callID = call.callID
        self.caller = call.caller
        self.state = .talking
        self.operatorID = call.operatorID
        self.receivedAt = call.receivedAt
        self.answeredAt = call.answeredAt
    }

    init(_ call: CallEnded) {
        self.callID = call.callID
        self.caller = call.caller
        self.state = .ended
        self.outcome = call.$outcome.word
        self.operatorID = call.operatorID
        self.receivedAt = call.receivedAt
        self.answeredAt = call.answeredAt
        self.endedAt = call.endedAt
    }
}

struct LiveAppeal: Encodable {
    let appealID: UUID
    /// Nil for a draft.
    let number: String?
    let what: String
}

struct LiveBooking: Encodable {
    let bookingID: UUID
    let appealID: UUID?
    let what: String

    init(_ bookingID: UUID, _ appealID: UUID?, _ what: String) {
        self.bookingID = bookingID
        self.appealID = appealID
        self.what = what
    }
}

struct LiveCallback: Encodable {
    let callbackID: UUID
    let callID: UUID
    let what: String
}
