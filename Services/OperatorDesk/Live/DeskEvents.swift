import Contracts
import Foundation
import Messaging
import Postgres
import Vocabulary

/// What the desk hears, turned into live events.
enum DeskEvents {
    static let handlers: [EventHandler] = [
        // All see the line; whose call it is, and who is in charge, also the number (P-02).
        .latest(CallReceived.self) { calls, transaction in
            try await Self.announce(calls, in: transaction) { Self.telling(LiveCall($0)) }
        },
        .latest(CallAnswered.self) { calls, transaction in
            try await Self.announce(calls, in: transaction) { Self.telling(LiveCall($0)) }
        },
        .latest(CallEnded.self) { calls, transaction in
            try await Self.announce(calls, in: transaction) { Self.telling(LiveCall($0)) }
        },
        // A caller is on the way to somebody: who hands over, before the telephone is picked up (T-10).
        .latest(CallOffered.self) { offers, transaction in
            try await Self.announce(offers, in: transaction) { [Telling("offer", .own, $0.toOperatorID, $0)] }
        },
        .latest(OperatorChanged.self) { changes, transaction in
            try await Self.announce(changes, in: transaction) {
                [Telling("operator", .own, $0.view.operatorID, $0.view)]
            }
        },
        // A card that may be read before the first word.
        .each(AppealOffered.self) { appeals, transaction in
            try await Self.announce(appeals, in: transaction) { [Telling("offered-card", .own, $0.toOperatorID, $0)] }
        },
        .each(AppealNoted.self) { appeals, transaction in
            try await Self.announce(appeals, in: transaction) { appeal in
                let body = LiveAppeal(appealID: appeal.appealID, number: nil, what: "noted")
                return [Telling("appeal", .own, appeal.operatorID, body)]
            }
        },
        // Whoever comes first takes it.
        .each(SecretaryMessageKept.self) { messages, transaction in
            try await Self.announce(messages, in: transaction) { _ in [Self.messagesChanged] }
        },
        // Cards, visits and their fate are the matter of one operator.
        .each(AppealDrafted.self) { appeals, transaction in
            try await Self.announce(appeals, in: transaction) { [Telling("card", .own, $0.operatorID, $0)] }
        },
        .each(AppealContinued.self) { appeals, transaction in
            try await Self.announce(appeals, in: transaction) { appeal in
                // It may have been a message that waited for anybody.
                var told = [Telling("card", .own, appeal.operatorID, appeal), Self.messagesChanged]
                // Whoever had the card before sees it go.
                if let former = appeal.fromOperatorID, former != appeal.operatorID {
                    told.append(Telling("card", .only, former, LiveLeaving(appeal)))
                }
                return told
            }
        },
        .each(AppealRegistered.self) { appeals, transaction in
            try await Self.announce(appeals, in: transaction) { appeal in
                let body = LiveAppeal(appealID: appeal.appealID, number: appeal.number, what: "registered")
                return [Telling("appeal", .own, appeal.operatorID, body)]
            }
        },
        .each(AppealChanged.self) { appeals, transaction in
            try await Self.announce(appeals, in: transaction) { appeal in
                let body = LiveAppeal(appealID: appeal.appealID, number: appeal.number, what: "changed")
                return [Telling("appeal", .own, appeal.operatorID, body)]
            }
        },
        .each(AppealForwarded.self) { appeals, transaction in
            try await Self.announce(appeals, in: transaction) { appeal in
                let body = LiveAppeal(appealID: appeal.appealID, number: appeal.number, what: "forwarded")
                return [Telling("appeal", .own, appeal.operatorID, body)]
            }
        },
        .each(BookingConfirmed.self) { bookings, transaction in
            try await Self.announce(bookings, in: transaction) { booking in
                [
                    Telling(
                        "booking", .own, booking.operatorID,
                        LiveBooking(booking.bookingID, booking.appealID, "confirmed"))
                ]
            }
        },
        .each(BookingFailed.self) { bookings, transaction in
            try await Self.announce(bookings, in: transaction) { booking in
                [
                    Telling(
                        "booking", .own, booking.operatorID, LiveBooking(booking.bookingID, booking.appealID, "failed"))
                ]
            }
        },
        .each(BookingCancelled.self) { bookings, transaction in
            try await Self.announce(bookings, in: transaction) { booking in
                [
                    Telling(
                        "booking", .own, booking.operatorID,
                        LiveBooking(booking.bookingID, booking.appealID, "cancelled"))
                ]
            }
        },
        .each(CallbackRequested.self) { callbacks, transaction in
            try await Self.announce(callbacks, in: transaction) { callback in
                Self.telling(
                    LiveCallback(callbackID: callback.callbackID, callID: callback.callID, what: "requested"),
                    of: callback.operatorID, isSpoken: callback.kind?.isSpoken == true)
            }
        },
        .each(CallbackFinished.self) { callbacks, transaction in
            try await Self.announce(callbacks, in: transaction) { callback in
                Self.telling(
                    LiveCallback(
                        callbackID: callback.callbackID, callID: callback.callID, what: callback.$state.word),
                    of: callback.operatorID, isSpoken: callback.kind?.isSpoken == true)
            }
        },
    ]

    /// One event to a circle of workplaces.
    struct Telling {
        let kind: String
        let audience: LiveEvent.Audience
        let operatorID: String?
        let body: any Encodable

        init(_ kind: String, _ audience: LiveEvent.Audience, _ operatorID: String?, _ body: any Encodable) {
            self.kind = kind
            self.audience = audience
            self.operatorID = operatorID
            self.body = body
        }

        func event() throws -> LiveEvent {
            let json = try MessageCoding.encoder.encode(self.body)
            return LiveEvent(
                kind: self.kind, operatorID: self.operatorID, audience: self.audience,
                data: String(decoding: json, as: UTF8.self))
        }
    }

    /// A call: whole for whose it is and who is in charge, without the number for the other operators.
    static func telling(_ call: LiveCall) -> [Telling] {
        [Telling("call", .own, call.operatorID, call), Telling("call", .operators, nil, call.withoutNumber)]
    }

    /// A callback: that of a call may be news for the tasks of others, but not which call. Voices are nobody else's.
    private static func telling(_ callback: LiveCallback, of operatorID: String?, isSpoken: Bool) -> [Telling] {
        let own = Telling("callback", .own, operatorID, callback)
        return isSpoken ? [own] : [own, Telling("callback", .operators, nil, LiveCallback(what: callback.what))]
    }

    /// The list of the secretary's messages is another one.
    private static var messagesChanged: Telling { Telling("message", .firstLevel, nil, [String: String]()) }

    private static func announce<E: Event>(
        _ events: Batch<E>, in transaction: Transaction, _ make: (E) -> [Telling]
    ) async throws {
        let live = try events.flatMap(make).map { try $0.event() }
        try await LiveChannel.announce(live, in: transaction)
    }
}

/// The bodies of live events, where they are not the heard event itself.
struct LiveCall: Encodable {
    let callID: UUID
    /// Nil for who need not know it; the page keeps the one it knows.
    var caller: CallerNumber?
    let state: CallState
    /// A `CallOutcome`, or a word of a later version.
    var outcome: String?
    var operatorID: String?
    let receivedAt: Date
    var answeredAt: Date?
    var endedAt: Date?

    var withoutNumber: LiveCall {
        var call = self
        call.caller = nil
        return call
    }

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
    /// Nil for who has no part in it.
    var callbackID: UUID?
    var callID: UUID?
    let what: String
}

/// A card goes on with somebody else.
struct LiveLeaving: Encodable {
    let appealID: UUID
    let operatorID: String

    init(_ appeal: AppealContinued) {
        self.appealID = appeal.appealID
        self.operatorID = appeal.operatorID
    }
}
