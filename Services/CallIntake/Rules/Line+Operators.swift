import Contracts
import Foundation
import Messaging

extension Line {
    mutating func setOperator(_ request: SetOperatorState, at now: Date) throws -> OperatorView {
        switch request.state {
        case .ready, .onBreak, .away, .offline: break
        case .ringing, .talking, .holding, .afterCall:
            throw Refusal("state-not-settable", "Выберите «Готов», «Перерыв» или «Не на линии».")
        }
        if request.state == .onBreak, let reason = request.breakReason,
            !self.plan.breaks.contains(where: { $0.code == reason })
        {
            throw Refusal("break-reason-unknown", "Такой причины перерыва нет. Выберите её из списка.")
        }
        let isTaken = self.operators.values.contains {
            $0.id != request.operatorID && $0.telephone == request.telephone && $0.state != .offline
        }
        guard !isTaken || request.state == .offline else {
            throw Refusal("extension-in-use", "Этот телефон занят другим оператором. Выберите другой аппарат.")
        }
        let known = self.operators[request.operatorID]
        if let known, known.legID != nil, known.telephone != request.telephone {
            throw Refusal("in-conversation", "Телефон можно сменить после разговора.")
        }
        var person =
            known
            ?? LineOperator(
                id: request.operatorID, displayName: request.displayName, telephone: request.telephone,
                chosen: .offline, since: now)
        let before = person
        person.displayName = request.displayName
        person.telephone = request.telephone
        person.skills = request.skills ?? person.skills
        person.isFirstLevel = request.isFirstLevel ?? person.isFirstLevel
        person.breakReason = request.state == .onBreak ? request.breakReason ?? self.plan.breaks.first?.code : nil
        if person.chosen != request.state || person.breakReason != before.breakReason { person.chosenAt = now }
        person.chosen = request.state
        // Whoever chooses has finished the card, or leaves it.
        if person.activity == .afterCall {
            person.activity = .idle
            person.dueAt = nil
        }
        if person.state != before.state { person.since = now }
        if person.isFree && !before.isFree {
            self.saveIdle(person, at: now)
        } else if person != before || known == nil {
            self.save(person)
        }
        self.assign(at: now)
        return self.view(of: self.operators[person.id] ?? person)
    }

    /// The after-call work has reached its limit (T-14).
    mutating func afterCallEnded(_ operatorID: String, at now: Date) {
        guard var person = self.operators[operatorID], person.activity == .afterCall else { return }
        person.activity = .idle
        person.dueAt = nil
        person.since = now
        self.saveIdle(person, at: now)
    }
}
