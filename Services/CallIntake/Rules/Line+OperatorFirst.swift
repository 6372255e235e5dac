import Contracts
import Foundation
import Vocabulary

/// Callbacks in the other order, where the plan asks for it: the operator's telephone first, then the citizen's. Nobody
/// who picks up is left waiting; the citizen is dialled without an operator when none picks up in time (C-01).
extension Line {
    /// Seconds that an operator's telephone rings before the citizen is dialled all the same.
    static let operatorFirstRing: TimeInterval = 7

    private static func callID(operatorFirst attempt: UUID) -> UUID { UUID(version5: attempt, name: "operator-first") }

    /// The call in which an operator is rung, or waits, for this dial.
    func operatorCall(for attempt: UUID) -> Call? { self.calls[Self.callID(operatorFirst: attempt)] }

    /// Rings an operator for a dial, once: the call in which it is done is over for good.
    /// - Returns: false when the plan does not ask for it, or nobody is free, or was in time: the citizen is dialled then.
    mutating func ringOperator(for dial: Dial, at now: Date) -> Bool {
        guard self.plan.callbackOrder == .operator, dial.script == nil else { return false }
        if self.dials[dial.attemptID] != nil { return self.operatorCall(for: dial.attemptID) != nil }
        guard let person = self.freeOperator(preferring: dial.preferredOperatorID, for: self.plan.firstQueue) else {
            return false
        }
        var waiting = dial
        waiting.dueAt = now.addingTimeInterval(Self.operatorFirstRing)
        self.save(waiting)
        let id = Self.callID(operatorFirst: dial.attemptID)
        var call = Call(
            id: id, channel: dial.channel, caller: .known(dial.number), line: "callback", ordinal: self.takeOrdinal(),
            receivedAt: now, direction: .outbound)
        call.attemptID = dial.attemptID
        call.originalCallID = dial.originalCallID
        self.ring(
            person, for: call, seconds: Int(Self.operatorFirstRing), shownFor: Self.outboundChannel(id), at: now)
        return true
    }

    /// The operator has picked up: now the citizen is dialled, by the same attempt.
    mutating func dialOut(_ call: Call, for attempt: UUID, at now: Date) {
        var call = call
        guard let dial = self.dials[attempt], dial.state == .planned else {
            // The citizen called in, or was dialled without an operator, while this telephone rang.
            return self.end(&call, .notReached, at: now)
        }
        call.state = .dialling
        self.save(call)
        self.send(dial, at: now)
    }

    /// The operator has not picked up in time.
    mutating func giveUpOperator(for attempt: UUID, at now: Date) {
        guard var call = self.operatorCall(for: attempt), call.state == .ringing else { return }
        self.end(&call, .notReached, at: now)
    }

    /// The citizen has picked up, and the operator is there.
    /// - Returns: false when no operator waits for this dial.
    mutating func joinOperator(_ channel: String, of attempt: UUID, isMachine: Bool, at now: Date) -> Bool {
        guard var call = self.operatorCall(for: attempt), call.channel == channel, call.state == .dialling,
            let operatorID = call.operatorID, let dial = self.dials[attempt], dial.state == .sending
        else { return false }
        if isMachine {
            self.finish(dial, .machine, callID: nil, at: now)
            self.command(.hangUp(channel: channel), for: attempt)
            self.end(&call, .notReached, at: now)
            return true
        }
        self.finish(dial, .answered, callID: call.id, at: now)
        call.callbackID = dial.callbackID
        self.startTalking(&call, operatorID, at: now)
        self.dialExtension(of: call)
        self.save(call)
        return true
    }

    /// A call in which an operator was to speak with a citizen is over before they did.
    mutating func operatorCallEnded(_ call: Call, cause: Int?, at now: Date) {
        guard let attempt = call.attemptID, call.answeredAt == nil, let dial = self.dials[attempt] else { return }
        switch dial.state {
        case .sending where call.state == .dialling:
            self.finish(dial, DialResult.outcome(status: dial.lastStatus, cause: cause), callID: nil, at: now)
        // The 15 seconds do not wait for another operator.
        case .planned where self.isConnected: self.send(dial, at: now)
        default: break
        }
    }
}
