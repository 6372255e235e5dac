import Contracts
import Foundation
import Messaging

/// The steps of a call that is not over.
extension ForeignCall {
    /// Older than what is known.
    var late: ForeignStep { ForeignStep(call: self, notes: [.late]) }

    /// Newer than what is known, and nothing follows from it. In a conversation it dates what comes after.
    private func noEffect(at moment: Date) -> ForeignStep {
        var copy = self
        if self.call.answeredAt != nil { copy.latest = max(self.latest, moment) }
        return ForeignStep(call: copy, notes: [.noEffect])
    }

    /// What leads forward: a moment before the last one cannot be, and is moved to it.
    func forward(to moment: Date, _ change: (inout ForeignCall, Date) -> [any Event]) -> ForeignStep {
        var copy = self
        copy.latest = max(self.latest, moment)
        let events = change(&copy, copy.latest)
        return ForeignStep(call: copy, events: events, notes: moment < self.latest ? [.clock] : [])
    }

    func queued(_ queue: String, at moment: Date) -> ForeignStep {
        switch self.call.state {
        case .menu: break
        case .waiting, .ringing:
            if moment < self.latest { return self.late }
        // Back to a queue out of a conversation; at the same moment it is the way there.
        default:
            if moment <= self.latest { return self.late }
        }
        return self.forward(to: moment) { call, now in
            if call.call.answeredAt != nil { call.call.hasLostOperator = true }
            call.standAlone(at: now)
            call.call.state = .waiting
            call.call.queue = queue
            return []
        }
    }

    func ringing(_ operatorID: String, at moment: Date) -> ForeignStep {
        switch self.call.state {
        case .menu, .waiting: break
        case .ringing:
            if moment < self.latest { return self.late }
        case .talking, .held:
            // Somebody else is asked to take over: the card opens before they speak (T-10).
            if moment <= self.latest { return self.late }
            guard let from = self.call.operatorID, from != operatorID else { return self.noEffect(at: moment) }
            return self.forward(to: moment) { call, now in
                [CallOffered(callID: call.call.id, fromOperatorID: from, toOperatorID: operatorID, offeredAt: now)]
            }
        default: return moment < self.latest ? self.late : self.noEffect(at: moment)
        }
        return self.forward(to: moment) { call, now in
            call.call.state = .ringing
            call.call.operatorID = operatorID
            // The row of a call with an operator names a leg; of an exchange that is not ours nobody asks for it.
            call.call.legID = call.call.nextLeg()
            call.call.ringingSince = now
            return []
        }
    }

    func answered(_ operatorID: String, ringSeconds: Double?, at moment: Date) -> ForeignStep {
        if self.call.answeredAt != nil {
            if moment < self.latest { return self.late }
            if self.call.isInConversation, self.call.operatorID == operatorID { return self.noEffect(at: moment) }
        }
        return self.forward(to: moment) { call, now in
            call.speak(with: operatorID, ringSeconds: ringSeconds, at: now)
        }
    }

    func held(at moment: Date) -> ForeignStep {
        if moment < self.latest { return self.late }
        guard self.call.state == .talking else { return self.noEffect(at: moment) }
        return self.forward(to: moment) { call, now in
            call.call.state = .held
            call.call.heldSince = now
            call.call.holds += 1
            return []
        }
    }

    func resumed(at moment: Date) -> ForeignStep {
        if moment < self.latest { return self.late }
        guard self.call.state == .held else { return self.noEffect(at: moment) }
        return self.forward(to: moment) { call, now in
            call.call.endHold(at: now)
            call.call.state = .talking
            return []
        }
    }

    func transferred(
        to title: String, _ operatorID: String?, isEmergency: Bool, seconds: Double, at moment: Date
    ) -> ForeignStep {
        if self.call.answeredAt != nil, moment < self.latest { return self.late }
        return self.forward(to: moment) { call, now in
            let transferred = CallTransferred(
                callID: call.call.id,
                // Who is rung has not had the call yet.
                fromOperatorID: call.call.isInConversation ? call.call.operatorID : nil,
                toOperatorID: operatorID, toTitle: title, isEmergency: isEmergency, seconds: seconds,
                transferredAt: now)
            guard let operatorID else {
                call.standAlone(at: now)
                call.call.state = .transferred
                return [transferred]
            }
            return [transferred] + call.speak(with: operatorID, ringSeconds: nil, at: now)
        }
    }

    /// One message a call (T-03). The state stays: what the caller does next will be told.
    func left(message seconds: Int, at moment: Date, rules: ForeignRules) -> ForeignStep {
        guard !self.hasMessage else { return self.noEffect(at: moment) }
        var copy = self
        copy.hasMessage = true
        let leftAt = max(moment, self.call.receivedAt)
        let message = MessageLeft(
            callID: self.call.id, caller: self.call.caller, recordingID: self.messageID, leftAt: leftAt,
            seconds: seconds, dueAt: rules.dueAt(ofMessageLeft: leftAt))
        return ForeignStep(call: copy, events: [message])
    }

    /// The name under which the message of this call may be asked for.
    var messageID: UUID { RecordingIdentity.recording(of: self.call.id, .message, part: 1) }

    // MARK: Changes

    /// Nobody of the line has the caller now.
    mutating func standAlone(at now: Date) {
        self.call.endHold(at: now)
        self.call.clock.stop(at: now)
        self.call.operatorID = nil
        self.call.legID = nil
        self.call.ringingSince = nil
    }

    private mutating func speak(with operatorID: String, ringSeconds: Double?, at now: Date) -> [any Event] {
        let ringing = ringSeconds ?? self.call.ringingSince.map { max(0, now.timeIntervalSince($0)) }
        self.call.endHold(at: now)
        self.call.state = .talking
        self.call.operatorID = operatorID
        self.call.spokenOperatorID = operatorID
        self.call.legID = self.call.nextLeg()
        self.call.ringingSince = nil
        self.call.clock.start(at: now)
        // Once a call, as on our own line: who takes over later is no second answer.
        guard self.call.answeredAt == nil else { return [] }
        self.call.answeredAt = now
        self.call.ringSeconds = ringing ?? 0
        return [
            CallAnswered(
                callID: self.call.id, caller: self.call.caller, operatorID: operatorID,
                receivedAt: self.call.receivedAt, answeredAt: now, ringSeconds: ringing,
                queue: self.call.queue.isEmpty ? nil : self.call.queue)
        ]
    }
}
