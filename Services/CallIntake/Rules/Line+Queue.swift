import Contracts
import Foundation
import Messaging
import Vocabulary

/// Waiting: who is served next, what a waiting caller is told, what is offered.
extension Line {
    mutating func enterQueue(_ call: inout Call, _ queue: QueuePlan, at now: Date) {
        call.menu = nil
        call.queue = queue.name
        // The hours may have ended while the menu spoke.
        if !self.isOpen(at: now), !self.hasOperator(call, in: queue) {
            return self.turnAway(&call, at: now)
        }
        call.dueAt = nil
        self.wait(&call, at: now)
        if queue.announceEvery > 0 { call.announceAt = now.addingTimeInterval(queue.announceEvery / 4) }
        if call.direction == .inbound, call.offerAt == nil, !call.isOffered {
            call.offerAt = max(now, call.receivedAt.addingTimeInterval(queue.offerAfter))
        }
    }

    /// After hours and with nobody there: who called speaks to the secretary. Who was called, and wants an operator, is
    /// told that there is none: as if nobody had picked up, or, after a conversation, as one who is to be called back.
    private mutating func turnAway(_ call: inout Call, at now: Date) {
        if call.direction == .inbound {
            self.startSecretary(&call, at: now)
        } else {
            let outcome: CallOutcome = call.answeredAt == nil ? .abandonedInQueue : .callbackRequested
            self.leave(&call, saying: Prompt.noOperator, outcome: outcome, at: now)
        }
    }

    /// Somebody of its queue is there, or, for one who was called, the operator who is to have the call.
    private func hasOperator(_ call: Call, in queue: QueuePlan?) -> Bool {
        if self.isSomebodyOnLine(for: queue) { return true }
        guard call.direction != .inbound, let person = call.preferredOperatorID.flatMap({ self.operators[$0] }) else {
            return false
        }
        return person.isThere
    }

    func isSomebodyOnLine(for queue: QueuePlan?) -> Bool {
        self.operators.values.contains { $0.isThere && $0.suits(queue) }
    }

    /// Among those who wait, in the place of its arrival and priority.
    mutating func wait(_ call: inout Call, at now: Date) {
        // The exchange moves nobody to whom it is saying something: the order would wait for the last word.
        self.hush(&call)
        call.state = .waiting
        call.operatorID = nil
        call.legID = nil
        call.isSecondLine = false
        call.ringingSince = nil
        self.command(.wait(channel: call.channel), for: call.lane)
        self.stand(call)
    }

    mutating func stand(_ call: Call) {
        self.queues[call.queue, default: CallQueue()].insert(call)
        self.mayWaitForNobody = true
    }

    // MARK: Distribution

    /// Gives the waiting calls to the free operators: first come, first served; the operator idle longest.
    mutating func assign(at now: Date) {
        guard self.isConnected else { return }
        for queue in self.plan.queues.sorted(by: { $0.priority > $1.priority }) {
            while let call = self.firstWaiting(in: queue.name) {
                if let person = self.freeOperator(preferring: call.preferredOperatorID, for: queue) {
                    self.ring(person, for: call, queue, at: now)
                } else if queue.linesPerOperator == 2, let person = self.secondLine(for: call, queue) {
                    self.offerSecondLine(to: person, call, queue, at: now)
                } else {
                    break
                }
            }
        }
    }

    private mutating func firstWaiting(in queue: String) -> Call? {
        while let id = self.queues[queue]?.front {
            // A call that its operator has just ended is not offered to another one.
            if let call = self.calls[id], call.state == .waiting, call.queue == queue, !call.isHangUpRequested {
                return call
            }
            self.queues[queue]?.removeFront()
        }
        return nil
    }

    /// The operator who spoke before, when free, or the one idle longest.
    mutating func freeOperator(preferring id: String?, for queue: QueuePlan) -> LineOperator? {
        if let id, let person = self.operators[id], person.isFreeForOwn { return person }
        return self.freeOperators.first(in: self.operators) { $0.suits(queue) }
    }

    private mutating func ring(_ person: LineOperator, for call: Call, _ queue: QueuePlan, at now: Date) {
        var call = call
        let bridge = call.prepareBridge()
        self.ring(person, for: call, seconds: queue.ring, at: now)
        if let bridge { self.command(.prepare(bridge: bridge), for: call.lane) }
    }

    /// Rings an operator who is to have the call.
    /// - Parameter channel: what the telephone shows; nil for the channel of the call.
    mutating func ring(
        _ person: LineOperator, for call: Call, seconds: Int, shownFor channel: String? = nil, at now: Date
    ) {
        var call = call
        let leg = call.nextLeg()
        call.state = .ringing
        call.operatorID = person.id
        call.legID = leg
        call.ringingSince = now
        self.save(call)
        self.ring(person, leg: leg, of: call, seconds: seconds, shownFor: channel, at: now)
    }

    /// An operator's telephone rings for a call.
    /// - Parameter channel: what the telephone shows; nil for the channel of the call.
    mutating func ring(
        _ person: LineOperator, leg: String, of call: Call, seconds: Int, shownFor channel: String? = nil, at now: Date
    ) {
        var person = person
        person.activity = .ringing
        person.calls = [call.id]
        person.legID = leg
        person.since = now
        person.dueAt = nil
        person.hasSpoken = false
        self.save(person)
        self.command(
            .ring(
                leg: leg, telephone: .inside(person.telephone, answersItself: self.plan.isAutoAnswered),
                channel: channel ?? call.channel, seconds: seconds), for: call.lane)
    }

    /// Takes a waiting or ringing caller away from the queue and from whoever is rung.
    mutating func withdraw(_ call: inout Call, at now: Date) {
        if call.state == .ringing, let operatorID = call.operatorID, var person = self.operators[operatorID] {
            self.part(&person, from: call, at: now)
        }
        call.operatorID = nil
        call.legID = nil
        call.ringingSince = nil
        call.announceAt = nil
        call.offerAt = nil
        self.hush(&call)
    }

    // MARK: What a waiting caller hears

    /// What is due for a caller in the queue.
    mutating func tellWaiting(_ call: inout Call, at now: Date) {
        if let offerAt = call.offerAt, offerAt <= now {
            call.offerAt = nil
            self.offerCallback(&call)
            // Nothing talks into the offer.
            if let next = call.announceAt { call.announceAt = max(next, now.addingTimeInterval(15)) }
        }
        guard let announceAt = call.announceAt, announceAt <= now else { return }
        let queue = self.plan.queue(call.queue) ?? self.plan.firstQueue
        call.announceAt = queue.announceEvery > 0 ? now.addingTimeInterval(queue.announceEvery) : nil
        // Who is rung for hears the operator in a moment.
        guard call.state == .waiting, call.playback == nil else { return }
        let place = 1 + (self.queues[call.queue]?.count(before: call) { self.calls[$0]?.state == .waiting } ?? 0)
        self.say(Prompt.place(place, wait: self.expectedWait(place: place, in: queue)), to: &call)
    }

    /// The wait went over its limit (T-05, K-05): never silence.
    private mutating func offerCallback(_ call: inout Call) {
        guard call.direction == .inbound, !call.isOffered else { return }
        guard self.plan.dialing.fault(of: call.caller.number) == nil else {
            return self.say([Prompt.offerRefused], to: &call)
        }
        call.isOffered = true
        self.say([Prompt.offer], to: &call)
    }

    mutating func acceptOffer(_ call: inout Call, at now: Date) {
        self.leave(&call, saying: Prompt.offerAccepted, outcome: .callbackRequested, at: now)
    }

    // MARK: Opening hours

    /// The mode has changed (T-02).
    mutating func lookAtHours(at now: Date) {
        guard let calendar = self.calendar else { return }
        self.timers.set(.hours, at: calendar.nextChange(after: now))
        self.isClosed = !calendar.isOpen(at: now)
        self.mayWaitForNobody = true
        self.sendWaitingToSecretary(at: now)
    }

    /// After hours: who waits and will not be served goes to the secretary.
    mutating func sendWaitingToSecretary(at now: Date) {
        // After each event: most change nothing of it.
        guard self.isClosed, self.mayWaitForNobody else { return }
        self.mayWaitForNobody = false
        let waiting = self.queues.sorted { $0.key < $1.key }.flatMap(\.value.ids)
        self.placesLookedAt += waiting.count
        // A call that waits no more keeps its place for a while.
        for call in waiting.compactMap({ self.calls[$0] }) where self.calls[call.id]?.state == .waiting {
            // Who was called because of a wait or a break is not sent away while somebody is there.
            let isServed = self.plan.closing == .serve || call.direction != .inbound
            guard !isServed || !self.hasOperator(call, in: self.plan.queue(call.queue)) else { continue }
            var call = call
            self.withdraw(&call, at: now)
            // A channel in a bridge cannot be recorded by itself.
            self.command(.stopWaiting(channel: call.channel), for: call.lane)
            self.turnAway(&call, at: now)
            self.save(call)
        }
    }
}
