import Contracts
import Foundation
import Messaging
import Vocabulary

/// Somebody picks up; caller and operator speak; the caller is held.
extension Line {
    mutating func legAnswered(_ leg: String, at now: Date) {
        if let operatorID = self.operatorOfLeg[leg], let person = self.operators[operatorID],
            person.activity != .releasing, let callID = person.calls.first, let call = self.calls[callID]
        {
            guard person.activity == .ringing else { return }
            self.operatorAnswered(person, call, leg, at: now)
        } else if let callID = self.callOfLeg[leg], let call = self.calls[callID] {
            if call.transfer?.leg == leg {
                self.receiverAnswered(call, at: now)
            } else {
                self.supervisorAnswered(call, leg, at: now)
            }
        } else {
            // The call is over, or the leg is from another life: nobody may be left alone on a telephone.
            self.command(.hangUp(channel: leg), for: Self.houseLane)
        }
    }

    private mutating func operatorAnswered(_ person: LineOperator, _ call: Call, _ leg: String, at now: Date) {
        var person = person
        person.activity = .talking
        person.since = now
        person.hasSpoken = true
        self.save(person)
        if call.transfer?.leg == leg { return self.receiverAnswered(call, at: now) }
        var call = call
        guard call.legID == leg, call.state == .ringing else { return }
        if call.isBeingPlaced {
            if let attempt = call.attemptID { return self.dialOut(call, for: attempt, at: now) }
            return self.dialOut(call, at: now)
        }
        self.startTalking(&call, person.id, at: now)
        self.save(call)
    }

    /// Connects a waiting caller with an operator whose telephone is up.
    mutating func startTalking(_ call: inout Call, _ operatorID: String, at now: Date) {
        guard let leg = call.legID else { return }
        self.hush(&call)
        call.announceAt = nil
        call.offerAt = nil
        call.dueAt = nil
        call.state = .talking
        call.isSecondLine = false
        call.spokenOperatorID = operatorID
        self.beginPart(&call, at: now)
        self.command(
            .connect(
                bridge: call.bridge, channels: [call.channel, leg], recording: call.recording,
                isPrepared: call.preparedPart == call.part), for: call.lane)
        self.takeSupervisorsAlong(&call)
        call.clock.start(at: now)
        // Once a call: another operator who takes over after a break of the first one's leg is no second answer.
        guard call.answeredAt == nil else { return }
        let answeredAt = max(now, call.receivedAt)
        call.answeredAt = answeredAt
        call.ringSeconds = max(0, now.timeIntervalSince(call.ringingSince ?? now))
        self.announce(
            CallAnswered(
                callID: call.id, caller: call.caller, operatorID: operatorID, receivedAt: call.receivedAt,
                answeredAt: answeredAt, callbackID: call.callbackID, originalCallID: call.originalCallID,
                ringSeconds: call.ringSeconds, queue: call.queue.isEmpty ? nil : call.queue))
    }

    // MARK: Hold

    /// At most `plan.hold` seconds; then the voice path opens again by itself (T-08).
    mutating func hold(_ call: inout Call, leavesBridge: Bool, at now: Date) {
        guard call.state == .talking, let leg = call.legID else { return }
        call.state = .held
        call.heldSince = now
        call.holds += 1
        call.dueAt = now.addingTimeInterval(self.plan.hold)
        if leavesBridge { self.command(.leave(bridge: call.bridge, channel: leg), for: call.lane) }
        self.command(.startMusic(bridge: call.bridge), for: call.lane)
    }

    /// Opens the voice path of an operator to a held caller; the operator's other caller goes on hold.
    mutating func open(_ call: inout Call, at now: Date) {
        // What the telephone holds only the telephone opens.
        guard call.state == .held, call.isHeldByTelephone != true, let leg = call.legID,
            let operatorID = call.operatorID
        else { return }
        for id in self.operators[operatorID]?.calls ?? [] where id != call.id {
            guard var other = self.calls[id] else { continue }
            self.endTelephoneHold(&other, at: now)
            guard other.state == .talking else { continue }
            self.hold(&other, leavesBridge: false, at: now)
            self.save(other)
        }
        if call.transfer?.state == .consulting, let transfer = call.transfer {
            call.transfer?.state = .parked
            self.command(.startMusic(bridge: transfer.bridge), for: call.lane)
        }
        call.state = .talking
        call.endHold(at: now)
        self.command(.stopMusic(bridge: call.bridge), for: call.lane)
        self.command(.join(bridge: call.bridge, channel: leg), for: call.lane)
        self.followTelephone(&call, at: now)
    }

    // MARK: The hold key of the telephone itself

    /// The exchange plays music to the caller and says no more than this: the hold is counted and shown as any other. Only
    /// the telephone can end it, so after 30 s the operator is warned, again and again.
    mutating func telephoneHeld(_ isHeld: Bool, channel: String, at now: Date) {
        guard let operatorID = self.operatorOfLeg[channel], var person = self.operators[operatorID],
            person.activity == .talking || person.activity == .holding
        else { return }
        person.heldLeg = isHeld ? channel : nil
        self.save(person)
        for var call in person.calls.compactMap({ self.calls[$0] }) {
            let before = call
            if isHeld { self.followTelephone(&call, at: now) } else { self.endTelephoneHold(&call, at: now) }
            if call != before { self.save(call) }
        }
        self.settle(operatorID, at: now)
    }

    /// Who speaks over a telephone that holds is held.
    func followTelephone(_ call: inout Call, at now: Date) {
        guard let leg = call.legID, let operatorID = call.operatorID, self.operators[operatorID]?.heldLeg == leg else {
            return
        }
        self.holdByTelephone(&call, at: now)
    }

    private func holdByTelephone(_ call: inout Call, at now: Date) {
        // In a conference the others go on speaking.
        guard call.state == .talking, call.transfer?.state != .conference else { return }
        call.state = .held
        call.isHeldByTelephone = true
        call.heldSince = now
        call.holds += 1
        call.dueAt = now.addingTimeInterval(self.plan.hold)
    }

    func endTelephoneHold(_ call: inout Call, at now: Date) {
        guard call.isHeldByTelephone == true else { return }
        call.endHold(at: now)
        call.state = .talking
    }

    /// The telephone holds for too long. The operator's page shows it when it is told anew.
    func warnOfHold(_ call: inout Call, at now: Date) { call.dueAt = now.addingTimeInterval(self.plan.hold) }

    /// Brings an operator's visible state in line with the lines in hand.
    mutating func settle(_ operatorID: String?, at now: Date) {
        guard let operatorID, var person = self.operators[operatorID] else { return }
        guard person.activity == .talking || person.activity == .holding else { return }
        let isSpeaking = person.calls.contains { id in
            guard let call = self.calls[id] else { return false }
            return call.state != .held || call.transfer?.state == .consulting
        }
        let activity: LineOperator.Activity = isSpeaking ? .talking : .holding
        guard activity != person.activity else { return }
        person.activity = activity
        person.since = now
        self.save(person)
    }

    /// Takes a call from an operator. Without another line the telephone is hung up; the operator is free again when
    /// the exchange says that it has been. Another line that is held is opened: the older one first.
    mutating func part(_ person: inout LineOperator, from call: Call, at now: Date) {
        if person.offeredCallID == call.id {
            person.offeredCallID = nil
            return self.save(person)
        }
        guard person.calls.contains(call.id) else { return }
        person.calls.removeAll { $0 == call.id }
        if let next = person.calls.first {
            self.save(person)
            guard var other = self.calls[next], other.state == .held,
                !person.calls.contains(where: { self.calls[$0]?.state == .talking })
            else { return self.settle(person.id, at: now) }
            self.open(&other, at: now)
            self.save(other)
            return self.settle(person.id, at: now)
        }
        // The waiting caller of a second line waits for any operator now.
        let offered = person.offeredCallID
        person.offeredCallID = nil
        person.activity = .releasing
        person.since = now
        self.save(person)
        if let leg = person.legID { self.command(.hangUp(channel: leg), for: call.lane) }
        if let offered { self.takeSecondLineBack(offered, isDeclined: false, at: now) }
    }
}
