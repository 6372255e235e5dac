import Contracts
import Foundation
import Messaging

/// Supervisors listen, whisper to the operator, or join (J-10).
extension Line {
    mutating func supervise(_ request: SuperviseCall, at now: Date) throws {
        guard var call = self.calls[request.callID] else { throw Refusal("no-such-call", "Звонок уже завершён.") }
        if let index = call.supervisions.firstIndex(where: { $0.supervisorID == request.supervisorID }) {
            guard call.supervisions[index].mode != request.mode else { return }
            if request.mode == .stop {
                let supervision = call.supervisions.remove(at: index)
                self.dismiss(supervision, of: call)
            } else {
                self.change(&call, index, to: request.mode)
            }
            return self.save(call)
        }
        if request.mode == .stop { return }
        guard self.isConnected else { throw Self.exchangeAway }
        guard call.operatorID != request.supervisorID else {
            throw Refusal("own-call", "Это ваш собственный разговор.")
        }
        guard call.isInConversation else {
            throw Refusal("no-conversation", "Сейчас по этому звонку никто не разговаривает.")
        }
        call.legCount += 1
        let leg = "sv-\(call.lowerID)-\(call.legCount)"
        call.supervisions.append(
            Supervision(
                supervisorID: request.supervisorID, mode: request.mode, leg: leg, telephone: request.telephone))
        self.save(call)
        self.command(
            .ring(
                leg: leg, telephone: .inside(request.telephone, answersItself: false), channel: call.channel,
                seconds: self.plan.transferRing), for: call.lane)
    }

    mutating func supervisorAnswered(_ call: Call, _ leg: String, at now: Date) {
        var call = call
        guard let index = call.supervisions.firstIndex(where: { $0.leg == leg }), !call.supervisions[index].isUp else {
            return
        }
        call.supervisions[index].isUp = true
        self.attach(&call, index)
        self.save(call)
    }

    mutating func supervisorEnded(_ call: Call, _ leg: String) {
        var call = call
        guard let index = call.supervisions.firstIndex(where: { $0.leg == leg }) else { return }
        let supervision = call.supervisions.remove(at: index)
        self.detach(supervision, of: call)
        self.save(call)
    }

    private mutating func change(_ call: inout Call, _ index: Int, to mode: SuperviseCall.Mode) {
        let isUp = call.supervisions[index].isUp
        if isUp { self.detach(call.supervisions[index], of: call) }
        call.supervisions[index].mode = mode
        if isUp { self.attach(&call, index) }
    }

    private mutating func attach(_ call: inout Call, _ index: Int) {
        let tapped = Self.tap(call.supervisions[index].mode, of: call)
        call.supervisions[index].tapped = tapped
        if call.supervisions[index].mode == .join {
            return self.command(.join(bridge: tapped, channel: call.supervisions[index].leg), for: call.lane)
        }
        call.supervisions[index].taps += 1
        // With nobody to whisper to it is listening: the caller never hears a whisper.
        self.command(
            .snoop(channel: tapped, id: call.supervisions[index].snoop, whispers: tapped != call.channel),
            for: call.lane)
    }

    /// The caller's channel hears both sides whoever the operator is; a whisper must reach the operator alone.
    private static func tap(_ mode: SuperviseCall.Mode, of call: Call) -> String {
        switch mode {
        case .join: call.bridge
        case .whisper: call.legID ?? call.channel
        case .listen, .stop: call.channel
        }
    }

    /// The conversation goes on with somebody else or in another bridge: who whispers or has joined goes along instead
    /// of staying behind in silence.
    mutating func takeSupervisorsAlong(_ call: inout Call) {
        for index in call.supervisions.indices where call.supervisions[index].isUp {
            let supervision = call.supervisions[index]
            guard supervision.tapped != Self.tap(supervision.mode, of: call) else { continue }
            // Joining another bridge leaves the former one.
            if supervision.mode != .join { self.detach(supervision, of: call) }
            self.attach(&call, index)
        }
    }

    /// A conversation is tapped: the supervisor hears it from now on.
    mutating func snoopStarted(_ snoop: String) {
        for call in self.calls.values {
            guard let supervision = call.supervisions.first(where: { $0.isUp && $0.snoop == snoop }) else { continue }
            return self.command(
                .connect(bridge: supervision.bridge, channels: [snoop, supervision.leg], recording: nil),
                for: call.lane)
        }
        self.command(.hangUp(channel: snoop), for: Self.houseLane)
    }

    private mutating func detach(_ supervision: Supervision, of call: Call) {
        guard supervision.isUp else { return }
        if supervision.mode == .join {
            self.command(.leave(bridge: call.bridge, channel: supervision.leg), for: call.lane)
        } else {
            self.command(.hangUp(channel: supervision.snoop), for: call.lane)
            self.command(.removeBridge(supervision.bridge), for: call.lane)
        }
    }

    mutating func dismiss(_ supervision: Supervision, of call: Call) {
        self.detach(supervision, of: call)
        self.command(.hangUp(channel: supervision.leg), for: call.lane)
    }
}
