import Contracts
import Foundation
import Messaging
import Vocabulary

/// What an operator orders for an own call.
extension Line {
    mutating func control(_ request: ControlCall, at now: Date) throws -> CallView {
        guard let call = self.calls[request.callID], call.state != .ended else {
            // Asked again after it was done.
            if request.action == .hangUp, self.hungUpCalls.contains(request.callID) {
                return CallView(
                    callID: request.callID, caller: .hidden, state: .ended, operatorID: nil, receivedAt: now,
                    answeredAt: nil, callbackID: nil)
            }
            throw Refusal("no-such-call", "Звонок уже завершён.")
        }
        guard call.operatorID == request.operatorID, let person = self.operators[request.operatorID] else {
            throw Refusal("not-your-call", "Этот разговор ведёт другой оператор.")
        }
        guard self.isConnected else { throw Self.exchangeAway }
        try self.carryOut(request.action, call, person, at: now)
        self.settle(person.id, at: now)
        return self.view(of: call)
    }

    /// What became of a call.
    private func view(of call: Call) -> CallView {
        if let call = self.calls[call.id] { return call.view(hold: self.plan.hold) }
        var ended = call
        ended.state = .ended
        ended.operatorID = nil
        return ended.view(hold: self.plan.hold)
    }

    private mutating func carryOut(
        _ action: ControlCall.Action, _ call: Call, _ person: LineOperator, at now: Date
    ) throws {
        var call = call
        if call.isHeldByTelephone == true {
            switch action {
            case .hold, .phase, .tones, .hangUp: break
            case .resume: throw Self.notNow("Снимите удержание кнопкой на телефоне.")
            // What is ordered holds by itself.
            default: self.endTelephoneHold(&call, at: now)
            }
        }
        switch action {
        case .take:
            if call.isInConversation { return }
            guard call.isSecondLine, person.offeredCallID == call.id else {
                throw Self.notNow("Этот звонок не ждёт на второй линии.")
            }
            guard person.calls.allSatisfy({ self.calls[$0]?.transfer == nil }) else {
                throw Self.notNow("Сначала завершите перевод.")
            }
            return self.take(call, person, at: now)
        case .hangUp:
            guard !call.isHangUpRequested else { return }
            // While the own telephone rings for it, or the citizen's, an outbound call can be given up.
            guard call.isBeingPlaced || call.answeredAt != nil && call.state != .ringing else {
                throw Self.notNow("Разговор ещё не начался.")
            }
            call.isHangUpRequested = true
            self.hungUpCalls.insert(call.id)
            if call.state == .ringing {
                self.end(&call, .notReached, at: now)
            } else {
                self.hangUp(&call, at: now)
            }
        case .hold:
            if call.state == .held { return }
            if call.transfer?.state == .parked {
                self.consultAgain(&call, at: now)
            } else {
                guard call.state == .talking, call.transfer == nil else { throw Self.notInConversation }
                self.hold(&call, leavesBridge: true, at: now)
            }
        case .resume:
            if call.state == .talking { return }
            guard call.state == .held else { throw Self.notInConversation }
            self.open(&call, at: now)
        case .phase(let phase):
            guard call.answeredAt != nil else { throw Self.notInConversation }
            call.clock.change(to: phase, at: now)
        case .transfer(let order): try self.transfer(&call, order, from: person, at: now)
        case .completeTransfer: try self.completeTransfer(&call, at: now)
        case .cancelTransfer: try self.cancelTransfer(&call, at: now)
        case .conference: try self.confer(&call, at: now)
        case .emergency:
            guard call.isInConversation, call.transfer == nil else { throw Self.notInConversation }
            guard self.plan.emergency != nil else { throw Self.notNow("Номер экстренной службы не задан.") }
            self.startEmergency(&call, at: now)
        case .tones(let digits):
            guard (1...32).contains(digits.count), digits.allSatisfy({ "0123456789ABCD*#".contains($0) }) else {
                throw Refusal("tones-malformed", "Донабор — до 32 знаков: цифры, буквы A–D, * и #.")
            }
            guard call.isInConversation else { throw Self.notInConversation }
            let isWithReceiver = call.transfer.map { $0.state == .consulting || $0.state == .conference } ?? false
            let channel = isWithReceiver ? call.transfer?.leg ?? call.channel : call.channel
            self.command(.tones(channel: channel, digits: digits), for: call.lane)
        }
        guard self.calls[call.id] != nil else { return }
        self.followTelephone(&call, at: now)
        self.save(call)
    }

    static var notInConversation: Refusal { Self.notNow("Сейчас разговора с этим абонентом нет.") }
}
