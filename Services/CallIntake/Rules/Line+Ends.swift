import Contracts
import Foundation
import Messaging
import Vocabulary

/// Channels end: callers, operators, receivers, supervisors, citizens being dialled (T-15).
extension Line {
    mutating func noteHangUp(_ request: CallRelease.Request, channel: String) {
        // Only the first one tells who asked; the exchange adds one of its own while it clears up.
        guard let id = self.callOfChannel[channel] else { return }
        self.noteRequest(request, of: id)
    }

    mutating func channelEnded(
        _ channel: String, cause: Int?, technical: Int?, stamp: EventStamp? = nil, at now: Date
    ) {
        if let callID = self.callOfChannel[channel], var call = self.calls[callID] {
            call.brokenAt = stamp.map { min($0.happened, now) }
            call.brokenHeardAt = stamp.map { min($0.heard, now) }
            self.callerEnded(
                call, CallRelease(cause: cause, technical: technical, request: call.hangUpRequest), at: now)
        } else if self.operatorOfLeg[channel] != nil {
            self.operatorEnded(channel, cause: cause, at: now)
        } else if let callID = self.callOfLeg[channel], let call = self.calls[callID] {
            if call.transfer?.leg == channel {
                self.receiverEnded(call, at: now)
            } else {
                self.supervisorEnded(call, channel)
            }
        } else if let attempt = Dial.attempt(ofChannel: channel), let dial = self.dials[attempt],
            dial.state == .sending
        {
            // A channel whose end is told was there: the exchange had taken the order.
            if let stamp { self.dialTaken(channel, orderedAt: nil, at: min(stamp.heard, now)) }
            let dial = self.dials[attempt] ?? dial
            self.finish(dial, DialResult.outcome(status: dial.lastStatus, cause: cause), callID: nil, at: now)
        }
    }

    /// A channel lives on outside of our application: whoever took it there has the caller, or the telephone, now.
    mutating func channelLeft(_ channel: String, at now: Date) {
        guard let callID = self.callOfChannel[channel], var call = self.calls[callID] else {
            return self.channelEnded(channel, cause: nil, technical: nil, at: now)
        }
        self.end(&call, .transferredAway, at: now)
    }

    /// Hangs up once more what was to be hung up.
    mutating func channelLives(_ channel: String, at now: Date) {
        if let operatorID = self.operatorOfLeg[channel], let person = self.operators[operatorID] {
            guard person.activity == .releasing else { return }
            self.command(.hangUp(channel: channel), for: Self.houseLane)
        } else if let callID = self.callOfChannel[channel], var call = self.calls[callID] {
            guard call.isHangUpRequested || call.state == .leaving else { return }
            self.hangUp(&call, at: now)
            self.save(call)
        }
    }

    // MARK: Callers

    private mutating func callerEnded(_ call: Call, _ release: CallRelease, at now: Date) {
        var call = call
        call.cause = release.cause
        if call.state == .secretary, call.message?.phase == .recording {
            // What was recorded is told before or after; both are waited for, but not for ever.
            guard call.message?.isCallerGone != true else { return }
            call.message?.isCallerGone = true
            call.dueAt = now.addingTimeInterval(8)
            return self.save(call)
        }
        if call.state == .speaking { self.tellVoice(&call, .hungUp, at: now) }
        self.end(&call, self.outcome(of: call, release, at: now), at: now)
    }

    private func outcome(of call: Call, _ release: CallRelease, at now: Date) -> CallOutcome {
        if let farewell = call.farewell { return farewell }
        switch call.state {
        case .transferred: return .transferredAway
        case .dialling: return .notReached
        case .secretary: return .noMessage
        case .speaking: return .spokenTo
        default: break
        }
        guard call.answeredAt != nil else {
            if now.timeIntervalSince(call.receivedAt) < self.plan.shortDrop { return .shortDrop }
            switch call.state {
            case .menu: return .abandonedInMenu
            case .ringing where !call.isSecondLine: return .abandonedRinging
            case .transferring: return .transferredAway
            default: return .abandonedInQueue
            }
        }
        let outcome = release.outcome(isOurs: call.isHangUpRequested)
        let isAlone = call.state == .waiting || call.state == .ringing
        // The caller had been cut off by our side and gave up before somebody else was there.
        if outcome == .completedByCaller, call.hasLostOperator, isAlone { return .operatorLineBroken }
        return outcome
    }

    /// Closes everything that belongs to a call; the one place where it gets its outcome.
    mutating func end(_ call: inout Call, _ outcome: CallOutcome, at now: Date) {
        guard call.state != .ended else { return }
        let before = call
        defer { self.operatorCallEnded(before, cause: before.cause, at: now) }
        if let transfer = call.transfer { self.dismissReceiver(transfer, of: call, at: now) }
        for supervision in call.supervisions { self.dismiss(supervision, of: call) }
        let operatorID = call.operatorID
        self.endPart(&call, at: now)
        call.endHold(at: now)
        call.clock.stop(at: now)
        let endedAt = max(now, call.answeredAt ?? call.receivedAt)
        call.state = .ended
        call.outcome = outcome
        call.endedAt = endedAt
        call.transfer = nil
        call.supervisions = []
        call.operatorID = nil
        call.legID = nil
        self.save(call)
        if let operatorID, var person = self.operators[operatorID] { self.part(&person, from: call, at: now) }
        let times = call.times(endedAt: endedAt)
        if call.answeredAt != nil {
            // Follows the day's pace: each call counts a fiftieth.
            self.meanService += (times.questioning + times.consultation - self.meanService) / 50
        }
        // A citizen who was called back and lost before an operator was there is dialled again by that callback.
        let isCalledBack = outcome.isBroken && (call.callbackID == nil || call.answeredAt != nil)
        let dialledBackAt = isCalledBack ? self.callBack(after: call, at: now) : nil
        self.announce(
            CallEnded(
                callID: call.id, caller: call.caller, outcome: outcome, cause: call.cause,
                operatorID: call.spokenOperatorID, receivedAt: call.receivedAt, answeredAt: call.answeredAt,
                endedAt: endedAt, callbackID: call.callbackID, originalCallID: call.originalCallID, times: times,
                wasOfferedCallback: call.isOffered, dialledBackAt: dialledBackAt,
                brokenAt: outcome.isBroken ? call.brokenAt : nil,
                brokenHeardAt: outcome.isBroken ? call.brokenHeardAt : nil))
    }

    // MARK: Operators

    /// - Parameter cause: nil when nothing is known of the end.
    private mutating func operatorEnded(_ leg: String, cause: Int?, at now: Date) {
        guard let operatorID = self.operatorOfLeg[leg], let person = self.operators[operatorID] else { return }
        switch person.activity {
        case .ringing: self.missed(person, cause: cause, at: now)
        case .talking, .holding: self.lost(person, cause: cause, at: now)
        case .releasing, .idle, .afterCall: self.released(person, at: now)
        }
    }

    /// The telephone is free again.
    private mutating func released(_ person: LineOperator, at now: Date) {
        var person = person
        person.legID = nil
        person.calls = []
        person.activity = .idle
        person.since = now
        if person.hasSpoken, self.plan.afterCall > 0, person.chosen != .offline {
            person.activity = .afterCall
            person.dueAt = now.addingTimeInterval(self.plan.afterCall)
        }
        person.hasSpoken = false
        self.saveIdle(person, at: now)
    }

    /// Keeps an operator who may have become free.
    mutating func saveIdle(_ person: LineOperator, at now: Date) {
        var person = person
        guard person.isFree else { return self.save(person) }
        person.readyOrdinal = self.takeOrdinal()
        self.save(person)
        self.freeOperators.append(person)
    }

    /// Nobody picked up, or the telephone cannot be rung: the caller goes on, the operator is away (T-06).
    private mutating func missed(_ person: LineOperator, cause: Int?, at now: Date) {
        var person = person
        let callID = person.calls.first
        if cause != nil, person.chosen == .ready {
            person.chosen = .away
            person.chosenAt = now
        }
        let leg = person.legID
        self.released(person, at: now)
        guard let callID, var call = self.calls[callID] else { return }
        if call.transfer?.leg == leg {
            self.receiverEnded(call, at: now)
        } else if call.state == .ringing, call.legID == leg {
            if call.isBeingPlaced {
                self.end(&call, .notReached, at: now)
            } else {
                // The caller waits among the others all the time.
                call.state = .waiting
                call.operatorID = nil
                call.legID = nil
                call.ringingSince = nil
                self.save(call)
                self.stand(call)
            }
        }
    }

    /// An operator's telephone is gone in conversation.
    private mutating func lost(_ person: LineOperator, cause: Int?, at now: Date) {
        let calls = person.calls
        let offered = person.offeredCallID
        var gone = person
        gone.offeredCallID = nil
        gone.hasSpoken = true
        let leg = person.legID
        self.released(gone, at: now)
        if let offered { self.takeSecondLineBack(offered, isDeclined: false, at: now) }
        for id in calls {
            guard let call = self.calls[id] else { continue }
            if let transfer = call.transfer, transfer.leg == leg {
                self.receiverEnded(call, at: now)
            } else {
                self.operatorLeft(call, person, cause: cause, at: now)
            }
        }
    }

    private mutating func operatorLeft(_ call: Call, _ person: LineOperator, cause: Int?, at now: Date) {
        var call = call
        if call.isBeingPlaced {
            if call.state == .dialling { self.command(.hangUp(channel: call.channel), for: call.endLane) }
            return self.end(&call, .notReached, at: now)
        }
        if let transfer = call.transfer {
            // Hanging up is how people finish a transfer on a telephone.
            switch transfer.state {
            case .consulting, .parked, .conference: return self.complete(&call, transfer, person.id, at: now)
            case .ringing:
                call.transfer = nil
                self.dismissReceiver(transfer, of: call, at: now)
            case .joined: return
            }
        }
        if call.isHangUpRequested || cause == 16 && self.plan.operatorHangUp == .completes {
            // The caller goes as well, and nobody speaks any more.
            call.endHold(at: now)
            call.clock.stop(at: now)
            self.hangUp(&call, at: now)
            call.isHangUpRequested = true
            call.state = .leaving
            call.operatorID = nil
            call.legID = nil
            return self.save(call)
        }
        call.endHold(at: now)
        call.clock.stop(at: now)
        call.hasLostOperator = true
        call.priority = max(call.priority, .returned)
        if call.queue.isEmpty { call.queue = self.plan.firstQueue.name }
        // The caller is taken over into the queue before the bridge goes.
        let wasRecorded = call
        self.wait(&call, at: now)
        self.command(.removeBridge(wasRecorded.bridge), for: call.lane)
        if let name = call.recording {
            self.awaitEnd(ofRecording: name, at: now)
        }
        call.recording = nil
        self.save(call)
    }

    mutating func originateRefused(_ channel: String, at now: Date) {
        if let attempt = Dial.attempt(ofChannel: channel), let dial = self.dials[attempt], dial.state == .sending {
            self.finish(dial, .failed, callID: nil, at: now)
            // Nor does an operator wait for it.
            if var call = self.operatorCall(for: attempt), call.state == .dialling {
                self.end(&call, .notReached, at: now)
            }
        } else {
            // A telephone that cannot be rung counts as one that nobody picked up.
            self.channelEnded(channel, cause: 20, technical: nil, at: now)
        }
    }
}
