import Contracts
import Foundation
import Vocabulary

extension Line {
    /// The calls that are not over and the operators that are not offline.
    var view: GetLine.Answer {
        GetLine.Answer(
            calls: self.calls.values.sorted { $0.ordinal < $1.ordinal }.map { $0.view(hold: self.plan.hold) },
            operators: self.operators.values.filter { $0.state != .offline }.sorted { $0.id < $1.id }
                .map(self.view(of:)))
    }

    func view(of person: LineOperator) -> OperatorView {
        let lines = person.calls.compactMap { self.calls[$0]?.view(hold: self.plan.hold) }
        let active = lines.first { $0.state != .held } ?? lines.first
        var limit = person.activity == .afterCall ? person.dueAt : nil
        if person.state == .onBreak, let reason = self.plan.breaks.first(where: { $0.code == person.breakReason }) {
            limit = person.chosenAt.addingTimeInterval(Double(reason.limit) * 60)
        }
        return OperatorView(
            operatorID: person.id, displayName: person.displayName, telephone: person.telephone, state: person.state,
            since: person.since, callID: active?.callID, lines: lines,
            secondLine: person.offeredCallID.flatMap { self.calls[$0]?.view(hold: self.plan.hold) },
            breakReason: person.state == .onBreak ? person.breakReason : nil, limitAt: limit)
    }

    var waitingCount: Int { self.calls.values.count { $0.state == .waiting } }

    /// Every channel that the line believes to be at the exchange.
    var channels: Set<String> {
        var channels: Set<String> = []
        for call in self.calls.values {
            // A citizen is dialled only when the operator has picked up.
            if !call.isBeingPlaced || call.state != .ringing { channels.insert(call.channel) }
            if call.message?.isCallerGone == true { channels.remove(call.channel) }
        }
        channels.formUnion(self.operatorOfLeg.keys)
        channels.formUnion(self.callOfLeg.keys)
        for dial in self.dials.values where dial.state == .sending { channels.insert(dial.channel) }
        return channels
    }

    func isKnown(channel: String) -> Bool {
        if self.callOfChannel[channel] != nil || self.operatorOfLeg[channel] != nil || self.callOfLeg[channel] != nil {
            return true
        }
        return Dial.attempt(ofChannel: channel).flatMap { self.dials[$0] }?.state == .sending
    }

    /// Legs and dials that have been under way for longer than any telephone rings: their end was missed, perhaps.
    func overdue(citizenRing: TimeInterval, at now: Date) -> [String] {
        let longest = Double(max(self.plan.queues.map(\.ring).max() ?? 15, self.plan.transferRing) + 5)
        let legs = self.operators.values.compactMap { person in
            let isLate = now.timeIntervalSince(person.since) > longest
            return isLate && (person.activity == .ringing || person.activity == .releasing) ? person.legID : nil
        }
        let transfers = self.calls.values.compactMap { call -> String? in
            guard let transfer = call.transfer, transfer.state == .ringing else { return nil }
            return now.timeIntervalSince(transfer.orderedAt) > longest ? transfer.leg : nil
        }
        let dials = self.dials.values.compactMap { dial in
            let isLate = now.timeIntervalSince(dial.startedAt ?? now) > citizenRing
            return isLate && dial.state == .sending ? dial.channel : nil
        }
        return (legs + transfers + dials).sorted()
    }

    /// Seconds that the caller at `place` (counted from 1) of a queue has to expect; nil when nobody is there.
    func expectedWait(place: Int, in queue: QueuePlan?) -> Double? {
        let serving = self.operators.values.count {
            $0.suits(queue) && ($0.chosen == .ready || $0.activity == .talking || $0.activity == .holding)
        }
        return serving > 0 ? Double(place) * self.meanService / Double(serving) : nil
    }
}
