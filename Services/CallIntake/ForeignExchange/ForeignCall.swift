import Contracts
import Foundation
import Messaging
import Vocabulary

/// One call of an exchange that we do not drive, as its events tell of it: a state machine, `(state, event) → (state,
/// events)`.
///
/// Events come twice, late and out of order. Each step decides by what is known and by the clock of the exchange:
/// - What leads a call forward for the first time (`queued`, `ringing`, `answered`, `ended`) counts whenever it
///   comes; a moment before the one known last is moved to that one.
/// - What changes a call that goes on (`held`, `resumed`, `transferred`, another queue or operator) counts only when
///   it is not older than what is known.
/// - A call ends once (T-15); what comes after has no effect, except for a message, which is never lost (T-03).
struct ForeignCall: Sendable, Equatable, Codable {
    /// The row that every call has.
    var call: Call
    /// The moment of the last event that counted.
    var latest: Date
    var hasMessage = false

    // Our own namespace for UUIDs of version 5; never to be changed.
    private static let namespace = UUID(
        uuid: (0x93, 0x41, 0x0E, 0xB5, 0x6C, 0x27, 0x4A, 0x8D, 0xB2, 0x70, 0x1F, 0xC8, 0x3D, 0x59, 0xE6, 0x14))

    /// The id of the call that an exchange names `call`: the same on every replica, without having asked.
    static func id(of call: String, at exchange: String) -> UUID {
        UUID(version5: self.namespace, name: "\(exchange)/\(call)")
    }

    /// Takes one event.
    /// - Parameters:
    ///   - known: nil when this is the first event of its call.
    ///   - receivedAt: now.
    static func take(
        _ event: ForeignEvent, _ known: ForeignCall?, from exchange: String, rules: ForeignRules, receivedAt: Date
    ) throws(ForeignRefusal) -> ForeignStep {
        let (moment, isBelieved) = rules.moment(event.at, receivedAt: receivedAt)
        var step: ForeignStep
        if let known {
            var call = known
            call.learn(event)
            step = try call.follow(event, at: moment, rules: rules)
        } else {
            step = try self.begin(event, from: exchange, at: moment, rules: rules, receivedAt: receivedAt)
        }
        if !isBelieved, !step.notes.contains(.clock) { step.notes.append(.clock) }
        return step
    }

    private static func begin(
        _ event: ForeignEvent, from exchange: String, at moment: Date, rules: ForeignRules, receivedAt: Date
    ) throws(ForeignRefusal) -> ForeignStep {
        switch event.kind {
        // A conversation with somebody, since some time: too little for a call.
        case .held, .resumed: throw .unknownCall
        case .offered, .queued, .ringing, .answered, .transferred, .ended, .message: break
        }
        // Who answers after ten seconds of ringing answers a call that came in before.
        var since = moment
        if case .answered(_, let ringSeconds?) = event.kind { since = moment.addingTimeInterval(-ringSeconds) }
        var call = Call(
            id: Self.id(of: event.call, at: exchange), channel: event.call, caller: event.caller ?? .hidden,
            line: event.line ?? "", ordinal: Int64(receivedAt.timeIntervalSince1970 * 1_000_000), receivedAt: since)
        call.state = .menu
        call.signalled = event.signalled
        let received = CallReceived(
            callID: call.id, caller: call.caller, line: call.line, receivedAt: since, exchange: exchange)
        let begun = ForeignCall(call: call, latest: since)
        guard event.kind != .offered else { return ForeignStep(call: begun, events: [received]) }
        var step = try begun.follow(event, at: moment, rules: rules)
        step.events.insert(received, at: 0)
        step.notes.insert(.beganWithout, at: 0)
        return step
    }

    /// What an earlier event left open: events that follow tell it.
    private mutating func learn(_ event: ForeignEvent) {
        guard self.call.state != .ended else { return }
        if self.call.caller == .hidden, let caller = event.caller {
            self.call.caller = caller
            self.call.signalled = event.signalled
        }
        if self.call.line.isEmpty, let line = event.line { self.call.line = line }
    }

    private func follow(_ event: ForeignEvent, at moment: Date, rules: ForeignRules) throws(ForeignRefusal)
        -> ForeignStep
    {
        guard self.call.state != .ended else { return try self.afterEnd(event, at: moment, rules: rules) }
        switch event.kind {
        case .offered: return self.late
        case .queued(let queue): return self.queued(queue, at: moment)
        case .ringing(let operatorID): return self.ringing(operatorID, at: moment)
        case .answered(let operatorID, let ringSeconds):
            return self.answered(operatorID, ringSeconds: ringSeconds, at: moment)
        case .held: return self.held(at: moment)
        case .resumed: return self.resumed(at: moment)
        case .transferred(let title, let operatorID, let isEmergency, let seconds):
            return self.transferred(
                to: title, operatorID, isEmergency: isEmergency, seconds: seconds, at: moment)
        case .message(let seconds, _): return self.left(message: seconds, at: moment, rules: rules)
        case .ended(let reason, let cause): return self.ended(reason, cause: cause, at: moment, rules: rules)
        }
    }

    private func afterEnd(_ event: ForeignEvent, at moment: Date, rules: ForeignRules) throws(ForeignRefusal)
        -> ForeignStep
    {
        switch event.kind {
        case .message(let seconds, _) where !self.hasMessage:
            var step = self.left(message: seconds, at: moment, rules: rules)
            step.notes.insert(.late, at: 0)
            return step
        // An exchange that counts its calls anew would lose every one of them.
        case .offered where moment > self.call.endedAt ?? moment: throw .callOver
        default: return self.late
        }
    }
}
