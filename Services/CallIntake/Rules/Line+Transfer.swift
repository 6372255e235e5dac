import Contracts
import Foundation
import Messaging
import Vocabulary

/// Transfers: blind, with a consultation, as a conference of three, to the emergency service (T-10, X-06).
extension Line {
    mutating func transfer(_ call: inout Call, _ order: TransferOrder, from person: LineOperator, at now: Date) throws {
        if let known = call.transfer, known.title == order.title, known.kind == order.kind { return }
        guard call.transfer == nil, call.isInConversation else { throw Self.notInConversation }
        // One telephone cannot be in a consultation and on two lines.
        guard order.kind == .blind || person.calls.count == 1 else {
            throw Self.notNow("Сначала завершите разговор на второй линии.")
        }
        let receiver = try self.receiver(of: order, besides: person.id)
        self.begin(
            &call, kind: order.kind, title: order.title, receiver: receiver, from: person, isEmergency: false, at: now)
    }

    private enum Receiver {
        case inside(LineOperator)
        case outside(String)
    }

    private mutating func receiver(of order: TransferOrder, besides own: String) throws -> Receiver {
        let isBusy = Refusal("nobody-free", "Линия занята. Предложите подождать или перезвонить позже.")
        switch order.target {
        case .operator(let id):
            guard id != own, let person = self.operators[id], person.isFree else { throw isBusy }
            return .inside(person)
        case .topic(let topic):
            guard let person = self.freeOperators.first(in: self.operators, where: { $0.skills.contains(topic) }) else {
                throw isBusy
            }
            return .inside(person)
        case .number(let text):
            do {
                return .outside(try self.plan.dialing.receiver(text))
            } catch {
                throw Self.refusal(error)
            }
        }
    }

    private mutating func begin(
        _ call: inout Call, kind: TransferOrder.Kind, title: String, receiver: Receiver, from person: LineOperator?,
        isEmergency: Bool, at now: Date
    ) {
        let leg = call.nextLeg()
        var toOperator: LineOperator?
        var number: String?
        switch receiver {
        case .inside(let person): toOperator = person
        case .outside(let digits): number = digits
        }
        call.transfer = Transfer(
            kind: kind, title: title, from: person?.id, operatorID: toOperator?.id, leg: leg, orderedAt: now,
            isEmergency: isEmergency, number: number)
        switch kind {
        case .consult:
            if call.state == .talking { self.hold(&call, leavesBridge: true, at: now) }
        case .blind:
            call.endHold(at: now)
            let wasInConversation = call.isInConversation
            call.state = .transferring
            call.operatorID = nil
            call.legID = nil
            call.clock.stop(at: now)
            if wasInConversation { self.command(.startMusic(bridge: call.bridge), for: call.lane) }
        }
        self.save(call)
        if kind == .blind, var person { self.part(&person, from: call, at: now) }
        switch receiver {
        case .inside(let receiver):
            if let from = person?.id {
                self.announce(
                    CallOffered(callID: call.id, fromOperatorID: from, toOperatorID: receiver.id, offeredAt: now))
            }
            self.ring(receiver, leg: leg, of: call, seconds: self.plan.transferRing, at: now)
        case .outside(let number):
            self.command(
                .ring(
                    leg: leg, telephone: .outside(number), channel: call.channel, seconds: self.plan.transferRing),
                for: call.lane)
        }
    }

    mutating func startEmergency(_ call: inout Call, at now: Date) {
        guard let plan = self.plan.emergency else { return }
        let person = call.operatorID.flatMap { self.operators[$0] }
        if person == nil {
            call.menu = nil
            call.message = nil
            call.dueAt = nil
            // Music until the service answers.
            self.command(.wait(channel: call.channel), for: call.lane)
            self.say([Prompt.emergency], to: &call)
        }
        self.begin(
            &call, kind: .blind, title: plan.title, receiver: .outside(plan.number), from: person, isEmergency: true,
            at: now)
    }

    // MARK: The receiver

    mutating func receiverAnswered(_ call: Call, at now: Date) {
        var call = call
        guard var transfer = call.transfer, transfer.state == .ringing else { return }
        transfer.answeredAt = now
        call.transfer = transfer
        if transfer.kind == .consult, let leg = call.legID {
            transfer.state = .consulting
            call.transfer = transfer
            self.endTelephoneHold(&call, at: now)
            // The voice path to the caller may have opened meanwhile: it closes for another 30 s.
            if call.state == .talking { self.hold(&call, leavesBridge: true, at: now) }
            self.command(
                .connect(bridge: transfer.bridge, channels: [leg, transfer.leg], recording: nil), for: call.lane)
            self.save(call)
            return self.settle(call.operatorID, at: now)
        }
        self.hush(&call)
        self.command(.stopMusic(bridge: call.bridge), for: call.lane)
        self.endPart(&call, at: now)
        self.handOver(&call, transfer, at: now)
        self.beginPart(&call, at: now)
        self.command(
            .connect(bridge: call.bridge, channels: [call.channel, transfer.leg], recording: call.recording),
            for: call.lane)
        self.takeSupervisorsAlong(&call)
        self.save(call)
    }

    /// The receiver has the call from now on.
    private mutating func handOver(_ call: inout Call, _ transfer: Transfer, at now: Date) {
        if let operatorID = transfer.operatorID {
            call.transfer = nil
            call.state = .talking
            call.operatorID = operatorID
            call.spokenOperatorID = operatorID
            call.legID = transfer.leg
            call.clock.start(at: now)
        } else {
            call.transfer?.state = .joined
            call.state = .transferred
            call.operatorID = nil
            call.legID = nil
            call.clock.stop(at: now)
        }
        self.announce(
            CallTransferred(
                callID: call.id, fromOperatorID: transfer.from, toOperatorID: transfer.operatorID,
                toTitle: transfer.title, isEmergency: transfer.isEmergency,
                seconds: max(0, now.timeIntervalSince(transfer.orderedAt)), transferredAt: now))
    }

    /// The receiver did not answer, or is gone.
    mutating func receiverEnded(_ call: Call, at now: Date) {
        var call = call
        guard let transfer = call.transfer else { return }
        switch transfer.state {
        case .ringing where transfer.kind == .blind: return self.transferFailed(&call, transfer, at: now)
        case .joined:
            // The conversation with the receiver is over, and nobody else is there.
            call.transfer = nil
            call.state = .leaving
            call.farewell = .transferredAway
            self.endPart(&call, at: now)
            self.hangUp(&call, at: now)
            return self.save(call)
        case .ringing: call.transfer = nil
        case .consulting, .parked:
            call.transfer = nil
            self.command(.removeBridge(transfer.bridge), for: call.lane)
        case .conference: call.transfer = nil
        }
        if call.state == .held { self.open(&call, at: now) }
        self.save(call)
        self.settle(call.operatorID, at: now)
    }

    /// Nobody answered a blind transfer: back to the head of the queue, to the one who ordered it if he is free.
    private mutating func transferFailed(_ call: inout Call, _ transfer: Transfer, at now: Date) {
        call.transfer = nil
        call.hasLostOperator = call.answeredAt != nil
        call.priority = transfer.isEmergency ? .emergency : .returned
        call.preferredOperatorID = transfer.from ?? call.preferredOperatorID
        if call.queue.isEmpty { call.queue = self.plan.firstQueue.name }
        self.command(.stopMusic(bridge: call.bridge), for: call.lane)
        self.endPart(&call, at: now)
        self.wait(&call, at: now)
        self.say([Prompt.transferFailed], to: &call)
        self.save(call)
    }

    // MARK: Orders during a consultation

    mutating func completeTransfer(_ call: inout Call, at now: Date) throws {
        guard let transfer = call.transfer, let operatorID = call.operatorID else {
            if call.state == .transferred { return }
            throw Self.notNow("Переводить некуда: сначала начните перевод.")
        }
        if transfer.state == .ringing {
            // Without waiting for the answer: from now on it is a blind one.
            self.leaveToRinging(&call, transfer, operatorID, at: now)
            return
        }
        self.complete(&call, transfer, operatorID, at: now)
    }

    /// The operator leaves, the receiver stays with the caller.
    mutating func complete(_ call: inout Call, _ transfer: Transfer, _ operatorID: String, at now: Date) {
        if call.state == .held {
            self.command(.stopMusic(bridge: call.bridge), for: call.lane)
            call.endHold(at: now)
        }
        if transfer.state == .parked { self.command(.stopMusic(bridge: transfer.bridge), for: call.lane) }
        self.command(.join(bridge: call.bridge, channel: transfer.leg), for: call.lane)
        if transfer.state != .conference { self.command(.removeBridge(transfer.bridge), for: call.lane) }
        self.handOver(&call, transfer, at: now)
        self.takeSupervisorsAlong(&call)
        self.save(call)
        if var person = self.operators[operatorID] { self.part(&person, from: call, at: now) }
    }

    private mutating func leaveToRinging(
        _ call: inout Call, _ transfer: Transfer, _ operatorID: String, at now: Date
    ) {
        call.endHold(at: now)
        call.transfer = Transfer(
            kind: .blind, title: transfer.title, from: transfer.from, operatorID: transfer.operatorID,
            leg: transfer.leg, orderedAt: transfer.orderedAt, isEmergency: transfer.isEmergency,
            number: transfer.number)
        if call.state == .talking { self.command(.startMusic(bridge: call.bridge), for: call.lane) }
        call.state = .transferring
        call.operatorID = nil
        call.legID = nil
        call.clock.stop(at: now)
        self.save(call)
        if var person = self.operators[operatorID] { self.part(&person, from: call, at: now) }
    }

    mutating func cancelTransfer(_ call: inout Call, at now: Date) throws {
        guard let transfer = call.transfer, transfer.state != .joined else {
            if call.isInConversation { return }
            throw Self.notNow("Перевод уже завершён.")
        }
        call.transfer = nil
        self.dismissReceiver(transfer, of: call, at: now)
        if call.state == .held { self.open(&call, at: now) }
    }

    /// Hangs the receiver up and takes the bridge of the consultation away.
    mutating func dismissReceiver(_ transfer: Transfer, of call: Call, at now: Date) {
        if let operatorID = transfer.operatorID, var person = self.operators[operatorID] {
            self.part(&person, from: call, at: now)
        } else {
            self.command(.hangUp(channel: transfer.leg), for: call.lane)
        }
        if transfer.state == .consulting || transfer.state == .parked {
            self.command(.removeBridge(transfer.bridge), for: call.lane)
        }
    }

    mutating func confer(_ call: inout Call, at now: Date) throws {
        guard var transfer = call.transfer, let leg = call.legID else {
            throw Self.notNow("Для разговора втроём сначала соединитесь с третьим участником.")
        }
        switch transfer.state {
        case .conference: return
        case .consulting, .parked: break
        case .ringing, .joined: throw Self.notNow("Третий участник ещё не ответил.")
        }
        if transfer.state == .parked { self.command(.stopMusic(bridge: transfer.bridge), for: call.lane) }
        if call.state == .held { self.command(.stopMusic(bridge: call.bridge), for: call.lane) }
        call.endHold(at: now)
        call.state = .talking
        self.command(.join(bridge: call.bridge, channel: leg), for: call.lane)
        self.command(.join(bridge: call.bridge, channel: transfer.leg), for: call.lane)
        self.command(.removeBridge(transfer.bridge), for: call.lane)
        transfer.state = .conference
        call.transfer = transfer
    }

    /// Back to the receiver; the caller is on hold for another 30 s.
    mutating func consultAgain(_ call: inout Call, at now: Date) {
        guard let transfer = call.transfer, let leg = call.legID else { return }
        call.transfer?.state = .consulting
        self.hold(&call, leavesBridge: false, at: now)
        self.command(.stopMusic(bridge: transfer.bridge), for: call.lane)
        self.command(.join(bridge: transfer.bridge, channel: leg), for: call.lane)
    }
}
