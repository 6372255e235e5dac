import Contracts
import Foundation
import Messaging

extension Line {
    /// Gives the waiting calls to the free operators: first come, first served; the operator idle longest.
    mutating func assign(at now: Date) {
        guard self.isConnected else { return }
        while var call = self.firstWaiting(), var person = self.free(preferring: call.preferredOperatorID) {
            let callID = call.id
            let leg = call.nextLeg()
            call.state = .ringing
            call.operatorID = person.id
            call.legID = leg
            self.save(call)
            person.activity = .ringing
            person.callID = callID
            person.legID = leg
            person.since = now
            self.save(person)
            self.command(.ring(leg: leg, telephone: person.telephone, channel: call.channel), for: callID)
        }
    }

    private mutating func firstWaiting() -> Call? {
        while let id = self.queue.front {
            // A call that its operator has just ended is not offered to another one.
            if let call = self.calls[id], call.state == .waiting, !call.isHangUpRequested { return call }
            self.queue.removeFront()
        }
        return nil
    }

    private func free(preferring preferred: String?) -> LineOperator? {
        if let preferred, let person = self.operators[preferred], person.isFree { return person }
        return self.operators.values.lazy.filter(\.isFree).min {
            ($0.readyOrdinal, $0.id) < ($1.readyOrdinal, $1.id)
        }
    }

    mutating func setOperator(_ request: SetOperatorState, at now: Date) throws -> OperatorView {
        switch request.state {
        case .ready, .pause, .offline: break
        case .ringing, .talking, .afterCall:
            throw Refusal("state-not-settable", "Выберите «Готов», «Пауза» или «Не на линии».")
        }
        let isTaken = self.operators.values.contains {
            $0.id != request.operatorID && $0.telephone == request.telephone && $0.state != .offline
        }
        guard !isTaken || request.state == .offline else {
            throw Refusal("extension-in-use", "Этот телефон занят другим оператором. Выберите другой аппарат.")
        }
        let known = self.operators[request.operatorID]
        var person =
            known
            ?? LineOperator(
                id: request.operatorID, displayName: request.displayName, telephone: request.telephone,
                chosen: .offline, since: now)
        let before = person
        person.displayName = request.displayName
        person.telephone = request.telephone
        person.chosen = request.state
        if person.state != before.state { person.since = now }
        if person.isFree && !before.isFree { person.readyOrdinal = self.takeOrdinal() }
        if person != before || known == nil { self.save(person) }
        self.assign(at: now)
        return self.operators[person.id]?.view ?? person.view
    }

    /// Hangs the operator's telephone up. The operator is free again when the exchange says that it has been.
    mutating func release(_ operatorID: String, leg: String, of call: Call, at now: Date) {
        guard var person = self.operators[operatorID], person.legID == leg else { return }
        person.activity = .releasing
        person.since = now
        self.save(person)
        self.command(.hangUp(channel: leg), for: call.id)
    }

    /// An operator's channel is gone.
    /// - Parameter wasMissed: the operator did not pick up, or the telephone cannot be rung; false when nothing is
    ///   known of it.
    mutating func legEnded(_ leg: String, wasMissed: Bool, at now: Date) {
        guard let operatorID = self.operatorOfLeg[leg], var person = self.operators[operatorID] else { return }
        if let callID = person.callID, var call = self.calls[callID], call.legID == leg {
            if call.state == .ringing, wasMissed, person.chosen == .ready { person.chosen = .pause }
            if call.state == .talking {
                self.command(.wait(channel: call.channel), for: callID)
                self.command(.removeBridge(call.bridge), for: callID)
            }
            call.state = .waiting
            call.isPriority = true
            call.operatorID = nil
            call.legID = nil
            self.save(call)
            self.queue.insert(call)
        }
        person.activity = .idle
        person.callID = nil
        person.legID = nil
        person.since = now
        if person.isFree { person.readyOrdinal = self.takeOrdinal() }
        self.save(person)
    }

    mutating func originateRefused(_ channel: String, at now: Date) {
        if self.operatorOfLeg[channel] != nil {
            self.legEnded(channel, wasMissed: true, at: now)
        } else if let attempt = Dial.attempt(ofChannel: channel), let dial = self.dials[attempt],
            dial.state == .sending
        {
            self.finish(dial, .failed, callID: nil, at: now)
        }
    }
}
