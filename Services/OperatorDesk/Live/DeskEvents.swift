import Contracts
import Foundation
import Messaging
import Postgres
import Vocabulary

/// What the desk hears, turned into live events.
enum DeskEvents {
    static let handlers: [EventHandler] = [
        .latest(CallReceived.self) { calls, transaction in
            try await Self.announce(calls, in: transaction) { call in
                ("call", nil, LiveCall(call))
            }
        },
        .latest(CallAnswered.self) { calls, transaction in
            try await Self.announce(calls, in: transaction) { call in
                ("call", nil, LiveCall(call))
            }
        },
        .latest(CallEnded.self) { calls, transaction in
            try await Self.announce(calls, in: transaction) { call in
                ("call", nil, LiveCall(call))
            }
        },
        .each(AppealDrafted.self) { appeals, transaction in
            try await Self.announce(appeals, in: transaction) { ("card", $0.operatorID, $0) }
        },
        .each(AppealContinued.self) { appeals, transaction in
            try await Self.announce(appeals, in: transaction) { ("card", $0.operatorID, $0) }
        },
        .each(AppealRegistered.self) { appeals, transaction in
            try await Self.announce(appeals, in: transaction) { appeal in
                (
                    "appeal", appeal.operatorID,
                    LiveAppeal(appealID: appeal.appealID, number: appeal.number, what: "registered")
                )
            }
        },
        .each(AppealChanged.self) { appeals, transaction in
            try await Self.announce(appeals, in: transaction) { appeal in
                ("appeal", nil, LiveAppeal(appealID: appeal.appealID, number: appeal.number, what: "changed"))
            }
        },
        .each(AppealForwarded.self) { appeals, transaction in
            try await Self.announce(appeals, in: transaction) { appeal in
                (
                    "appeal", appeal.operatorID,
                    LiveAppeal(appealID: appeal.appealID, number: appeal.number, what: "forwarded")
                )
            }
        },
        .each(BookingConfirmed.self) { bookings, transaction in
            try await Self.announce(bookings, in: transaction) { booking in
                ("booking", nil, LiveBooking(booking.bookingID, booking.appealID, "confirmed"))
            }
        },
        .each(BookingFailed.self) { bookings, transaction in
            try await Self.announce(bookings, in: transaction) { booking in
                ("booking", nil, LiveBooking(booking.bookingID, booking.appealID, "failed"))
            }
        },
        .each(BookingCancelled.self) { bookings, transaction in
            try await Self.announce(bookings, in: transaction) { booking in
                ("booking", nil, LiveBooking(booking.bookingID, booking.appealID, "cancelled"))
            }
        },
        .each(CallbackRequested.self) { callbacks, transaction in
            try await Self.announce(callbacks, in: transaction) { callback in
                (
                    "callback", nil,
                    LiveCallback(callbackID: callback.callbackID, callID: callback.callID, what: "requested")
                )
            }
        },
        .each(CallbackFinished.self) { callbacks, transaction in
            try await Self.announce(callbacks, in: transaction) { callback in
                (
                    "callback", nil,
                    LiveCallback(
                        callbackID: callback.callbackID, callID: callback.callID, what: callback.state.rawValue)
                )
            }
        },
    ]

    private static func announce<E: Event>(
        _ events: Batch<E>, in transaction: Transaction,
        _ make: (E) -> (kind: String, operatorID: String?, body: any Encodable)
    ) async throws {
        let live = try events.map { event in
            let (kind, operatorID, body) = make(event)
            let data = try MessageCoding.encoder.encode(body)
            return LiveEvent(kind: kind, operatorID: operatorID, data: String(decoding: data, as: UTF8.self))
        }
        try await LiveChannel.announce(live, in: transaction)
    }
}

/// The bodies of live events, where they are not the heard event itself.
struct LiveCall: Encodable {
    let callID: UUID
    let caller: CallerNumber
    let state: CallState
    var outcome: CallOutcome?
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
        self.outcome = call.outcome
        self.operatorID = call.operatorID
        self.receivedAt = call.receivedAt
        self.answeredAt = call.answeredAt
        self.endedAt = call.endedAt
    }
}

struct LiveAppeal: Encodable {
    let appealID: UUID
    let number: String
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
