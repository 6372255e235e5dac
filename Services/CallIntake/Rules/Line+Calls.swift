import Contracts
import Foundation
import Messaging
import Vocabulary

extension Line {
    mutating func callerEntered(channel: String, caller: CallerNumber, line: String, callID: UUID, at now: Date) {
        guard self.callOfChannel[channel] == nil, !self.endedChannels.contains(channel) else { return }
        let call = Call(
            id: callID, channel: channel, caller: caller, line: line, ordinal: self.takeOrdinal(), receivedAt: now)
        self.save(call)
        self.queue.insert(call)
        self.announce(CallReceived(callID: callID, caller: caller, line: line, receivedAt: now))
        self.command(.admit(channel: channel), for: callID)
        if let number = caller.number { self.cancelPlanned(to: number, at: now) }
    }

    mutating func operatorAnswered(_ leg: String, at now: Date) {
        guard let operatorID = self.operatorOfLeg[leg], var person = self.operators[operatorID],
            let callID = person.callID, var call = self.calls[callID], call.legID == leg
        else {
            // The call is over, or the leg is from another life: nobody may be left alone on a telephone.
            let callID = self.operatorOfLeg[leg].flatMap { self.operators[$0]?.callID }
            self.command(.hangUp(channel: leg), for: callID ?? Self.houseLane)
            return
        }
        guard call.state == .ringing else { return }
        person.activity = .talking
        person.since = now
        self.save(person)
        call.state = .talking
        call.spokenOperatorID = operatorID
        let isFirst = call.answeredAt == nil
        let answeredAt = call.answeredAt ?? max(now, call.receivedAt)
        call.answeredAt = answeredAt
        self.save(call)
        self.command(.connect(bridge: call.bridge, channel: call.channel, leg: leg), for: call.id)
        // Once a call: another operator who takes over after a break of the first one's leg is no second answer.
        guard isFirst else { return }
        self.announce(
            CallAnswered(
                callID: call.id, caller: call.caller, operatorID: operatorID, receivedAt: call.receivedAt,
                answeredAt: answeredAt, callbackID: call.callbackID, originalCallID: call.originalCallID))
    }

    mutating func noteHangUp(_ request: CallRelease.Request, channel: String) {
        // Only the first one tells who asked; the exchange adds one of its own while it clears up.
        guard let id = self.callOfChannel[channel], self.calls[id]?.hangUpRequest == nil else { return }
        self.calls[id]?.hangUpRequest = request
    }

    mutating func channelEnded(_ channel: String, cause: Int?, technical: Int?, at now: Date) {
        if let callID = self.callOfChannel[channel] {
            self.callEnded(callID, cause: cause, technical: technical, at: now)
        } else if self.operatorOfLeg[channel] != nil {
            self.legEnded(channel, wasMissed: cause != nil, at: now)
        } else if let attempt = Dial.attempt(ofChannel: channel), let dial = self.dials[attempt],
            dial.state == .sending
        {
            self.finish(dial, DialResult.outcome(status: dial.lastStatus, cause: cause), callID: nil, at: now)
        }
    }

    private mutating func callEnded(_ callID: UUID, cause: Int?, technical: Int?, at now: Date) {
        guard var call = self.calls[callID] else { return }
        let release = CallRelease(cause: cause, technical: technical, request: call.hangUpRequest)
        let outcome = release.outcome(hasSpoken: call.answeredAt != nil, isOurs: call.isHangUpRequested)
        let wasTalking = call.state == .talking
        if let operatorID = call.operatorID, let leg = call.legID {
            self.release(operatorID, leg: leg, of: call, at: now)
        }
        if wasTalking { self.command(.removeBridge(call.bridge), for: call.id) }
        let endedAt = max(now, call.answeredAt ?? call.receivedAt)
        call.state = .ended
        call.outcome = outcome
        call.cause = cause
        call.endedAt = endedAt
        call.operatorID = nil
        call.legID = nil
        self.save(call)
        self.announce(
            CallEnded(
                callID: call.id, caller: call.caller, outcome: outcome, cause: cause,
                operatorID: call.spokenOperatorID, receivedAt: call.receivedAt, answeredAt: call.answeredAt,
                endedAt: endedAt, callbackID: call.callbackID, originalCallID: call.originalCallID))
        if outcome == .broken { self.planCallback(of: call, at: now) }
    }

    mutating func hangUp(_ request: HangUpCall) throws {
        guard var call = self.calls[request.callID] else {
            // Asked again after it was done.
            if self.hungUpCalls.contains(request.callID) { return }
            throw Refusal("no-such-call", "Звонок уже завершён.")
        }
        guard call.state == .talking, call.operatorID == request.operatorID else {
            throw Refusal("not-your-call", "Завершить разговор может только оператор, который его ведёт.")
        }
        guard !call.isHangUpRequested else { return }
        call.isHangUpRequested = true
        self.save(call)
        self.hungUpCalls.insert(call.id)
        self.command(.hangUp(channel: call.channel), for: call.id)
    }
}
