import Contracts
import Foundation
import Messaging
import Vocabulary

/// An operator calls a citizen: the operator's telephone first, then the citizen's, then both together (C-04).
extension Line {
    mutating func callCitizen(_ request: CallCitizen, at now: Date) throws {
        if let known = self.calls[request.callID] {
            // Asked again, it is the same call; the id of another one orders nothing.
            guard known.direction == .outbound, known.caller == .known(request.number) else {
                throw CallCitizen.keyReused
            }
            return
        }
        if self.endedChannels.contains(Self.outboundChannel(request.callID)) { return }
        if let fault = self.plan.dialing.fault(of: request.number) { throw Self.refusal(fault) }
        guard self.isConnected else { throw Self.exchangeAway }
        guard let person = self.operators[request.operatorID], person.chosen != .offline else {
            throw Refusal("operator-offline", "Сначала выйдите на линию.")
        }
        guard person.activity == .idle || person.activity == .afterCall else {
            throw Refusal("operator-busy", "Сначала завершите текущий разговор.")
        }
        var call = Call(
            id: request.callID, channel: Self.outboundChannel(request.callID), caller: .known(request.number),
            line: "outbound", ordinal: self.takeOrdinal(), receivedAt: now, direction: .outbound)
        call.originalCallID = request.originalCallID
        self.ring(person, for: call, seconds: self.plan.firstQueue.ring, at: now)
    }

    static func outboundChannel(_ callID: UUID) -> String { "out-\(callID.uuidString.lowercased())" }

    static func isOutbound(channel: String) -> Bool { channel.hasPrefix("out-") }

    /// The operator has picked up: the citizen is dialled, once.
    mutating func dialOut(_ call: Call, at now: Date) {
        var call = call
        guard let number = call.caller.number else { return }
        call.state = .dialling
        call.dialledAt = now
        call.dialledBy = call.operatorID
        self.save(call)
        self.command(.dial(channel: call.channel, number: number, arguments: "outbound"), for: call.lane)
    }

    mutating func outboundAnswered(_ channel: String, at now: Date) {
        guard let id = self.callOfChannel[channel], var call = self.calls[id] else {
            return self.command(.hangUp(channel: channel), for: Self.houseLane)
        }
        guard call.state == .dialling, let operatorID = call.operatorID else { return }
        self.startTalking(&call, operatorID, at: now)
        self.dialExtension(of: call)
        self.save(call)
    }
}
