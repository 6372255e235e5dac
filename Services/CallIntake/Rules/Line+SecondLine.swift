import Contracts
import Foundation

/// Two lines an operator (T-07): a caller for whom nobody is free is offered to an operator in conversation, who
/// answers, says the standard phrase and holds.
extension Line {
    /// Who has been in the present conversation longest, with one line and nothing else in hand.
    func secondLine(for call: Call, _ queue: QueuePlan) -> LineOperator? {
        self.operators.values.lazy.filter { person in
            person.activity == .talking && person.calls.count == 1 && person.offeredCallID == nil
                && person.chosen == .ready && person.suits(queue) && !call.declinedBy.contains(person.id)
                && person.calls.allSatisfy { self.calls[$0]?.transfer == nil && self.calls[$0]?.state == .talking }
        }.min { ($0.since, $0.id) < ($1.since, $1.id) }
    }

    mutating func offerSecondLine(to person: LineOperator, _ call: Call, _ queue: QueuePlan, at now: Date) {
        var (person, call) = (person, call)
        person.offeredCallID = call.id
        self.save(person)
        call.state = .ringing
        call.isSecondLine = true
        call.operatorID = person.id
        call.legID = person.legID
        call.ringingSince = now
        call.dueAt = now.addingTimeInterval(Double(queue.ring))
        self.save(call)
        guard let leg = person.legID else { return }
        self.command(
            .say(id: "tone-\(leg)-\(call.lowerID)", channel: leg, prompts: [Prompt.secondLine]), for: call.lane)
    }

    /// The operator answers the second line: the present caller goes on hold.
    mutating func take(_ call: Call, _ person: LineOperator, at now: Date) {
        var (call, person) = (call, person)
        for id in person.calls {
            guard var other = self.calls[id] else { continue }
            // From here on the leg is moved by one lane: orders of two could overtake each other.
            call.lane = other.lane
            self.endTelephoneHold(&other, at: now)
            guard other.state == .talking else { continue }
            self.hold(&other, leavesBridge: false, at: now)
            self.save(other)
        }
        person.offeredCallID = nil
        person.calls.append(call.id)
        self.save(person)
        self.startTalking(&call, person.id, at: now)
        self.followTelephone(&call, at: now)
        self.save(call)
        self.settle(person.id, at: now)
    }

    /// Nobody took the second line, or its operator is gone: the caller waits on.
    mutating func takeSecondLineBack(_ callID: UUID, isDeclined: Bool, at now: Date) {
        guard var call = self.calls[callID], call.state == .ringing, call.isSecondLine else { return }
        if let operatorID = call.operatorID, var person = self.operators[operatorID] {
            if isDeclined { call.declinedBy.append(operatorID) }
            if person.offeredCallID == callID {
                person.offeredCallID = nil
                self.save(person)
            }
        }
        call.dueAt = nil
        // The caller has never left the others who wait.
        call.state = .waiting
        call.operatorID = nil
        call.legID = nil
        call.isSecondLine = false
        call.ringingSince = nil
        self.save(call)
        self.stand(call)
    }
}
