import Contracts
import Foundation
import Messaging
import Vocabulary

@testable import CallbackDialer

/// The dialer as far as the line can tell: it decides by the real rules. When it hears and asks is the simulation's.
struct SimulatedDialer {
    struct Case {
        let kind: CallbackKind
        let callID: UUID
        let number: PhoneNumber
        let operatorID: String?
        let placeAt: Date
        let arisenAt: Date
        var state = CallbackState.open
        /// The attempt that is planned or under way, and how many had an outcome that is known.
        var attempt = 1
        var made = 0
    }

    /// What is to be asked for, after so many seconds.
    struct Ask {
        let request: DialCitizen
        let delay: TimeInterval
    }

    private let rules: CallbackRules
    private(set) var cases: [UUID: Case] = [:]
    private(set) var violations: [String] = []

    init() {
        guard let hours = try? OpeningHours(parsing: "00:00-24:00"), let production = try? ProductionCalendar.bundled()
        else { fatalError("the calendar of the tests cannot be read") }
        self.rules = CallbackRules(
            rules: [:], hours: CallingHours(hours, days: .all, in: .moscow, production: production))
    }

    var isIdle: Bool { self.cases.values.allSatisfy { $0.state != .open } }

    /// Whether an attempt is still wanted: the citizen may have called in meanwhile.
    func wants(_ request: DialCitizen) -> Bool {
        guard let known = self.cases[request.callbackID], known.state == .open else { return false }
        return CallbackIdentity.attempt(of: known.callID, known.attempt) == request.attemptID
    }

    /// The citizen is on the line already.
    mutating func withdraw(_ id: UUID) {
        if self.cases[id]?.state == .open { self.cases[id]?.state = .withdrawn }
    }

    mutating func hear(_ event: any Event) -> [Ask] {
        switch event {
        case let call as CallReceived: self.calledIn(call)
        case let call as CallAnswered: if let id = call.callbackID { self.joined(id) }
        case let call as CallEnded: return self.ended(call)
        case let dial as DialFinished:
            if let outcome = dial.outcome, outcome != .answered {
                return self.failed(dial.callbackID, outcome, at: dial.finishedAt)
            }
        default: break
        }
        return []
    }

    private mutating func calledIn(_ call: CallReceived) {
        guard let number = call.caller.number else { return }
        for (id, known) in self.cases where known.state == .open && known.number == number {
            self.cases[id]?.state = .withdrawn
        }
    }

    private mutating func joined(_ id: UUID) {
        guard let number = self.cases[id]?.number, self.cases[id]?.state == .open else { return }
        self.cases[id]?.state = .reached
        for (other, known) in self.cases
        where known.state == .open && known.number == number && known.kind != .brokenCall {
            self.cases[other]?.state = .withdrawn
        }
    }

    private mutating func ended(_ call: CallEnded) -> [Ask] {
        var asks: [Ask] = []
        if let id = call.callbackID {
            if call.answeredAt != nil { self.joined(id) } else { asks += self.failed(id, .answered, at: call.endedAt) }
        }
        guard let kind = CallbackRules.kind(of: call), let number = call.caller.number else { return asks }
        let id = CallbackIdentity.callback(of: call.callID)
        guard self.cases[id] == nil,
            case .dial(_, let due) = self.rules.arisen(kind, call.caller.number, at: call.endedAt, isListed: false)
        else { return asks }
        let isWanted = !self.cases.values.contains { $0.state == .open && $0.number == number }
        guard kind != .abandonedWait || isWanted else { return asks }
        self.cases[id] = Case(
            kind: kind, callID: call.callID, number: number, operatorID: call.operatorID, placeAt: call.receivedAt,
            arisenAt: call.endedAt)
        // The line dials by itself.
        if call.dialledBackAt != nil { return asks }
        return asks + self.ask(id, after: due.timeIntervalSince(call.endedAt))
    }

    private mutating func failed(_ id: UUID, _ outcome: DialOutcome, at moment: Date) -> [Ask] {
        guard var known = self.cases[id], known.state == .open else { return [] }
        if outcome != .unknown { known.made += 1 }
        let decision = self.rules.attempted(
            known.kind, known.attempt, made: known.made, outcome, at: moment, arisenAt: known.arisenAt)
        var delay: TimeInterval?
        switch decision {
        case .dial(let attempt, let due):
            known.attempt = attempt
            delay = due.timeIntervalSince(moment)
        case .finish(let state, _):
            known.state = state
            // Five outcomes that nobody learned are a person's task.
            if state == .exhausted, known.kind == .brokenCall, known.made < CallbackRules.minimumAttempts {
                self.violations.append("a broken call was given up after \(known.made) attempts")
            }
        case .nothing: break
        }
        self.cases[id] = known
        return delay.map { self.ask(id, after: $0) } ?? []
    }

    private func ask(_ id: UUID, after delay: TimeInterval) -> [Ask] {
        guard let known = self.cases[id] else { return [] }
        let request = DialCitizen(
            attemptID: CallbackIdentity.attempt(of: known.callID, known.attempt), callbackID: id, number: known.number,
            preferredOperatorID: known.operatorID, originalCallID: known.callID, kind: known.kind,
            placeAt: known.placeAt)
        return [Ask(request: request, delay: max(0, delay))]
    }
}
