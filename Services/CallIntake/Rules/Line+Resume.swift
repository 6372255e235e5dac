import Contracts
import Foundation
import Vocabulary

extension Line {
    /// Compares what the line believes with what the exchange holds, after a start or a lost connection: nothing of
    /// the gap is told again. What is gone has ended, what lives goes on, what is new is taken in. Commands that may
    /// not have gone out are given again; all of them may be repeated, except for originates, whose channels are
    /// looked for instead.
    mutating func resume(_ snapshot: ExchangeSnapshot, known: Set<String>, freshIDs: [UUID], at now: Date) {
        self.isConnected = true
        for channel in known.sorted() where snapshot.channels[channel] == nil {
            self.channelEnded(channel, cause: nil, technical: nil, at: now)
        }
        // Also those that came while the exchange was being asked: their commands found it away.
        for call in self.calls.values.sorted(by: { $0.ordinal < $1.ordinal }) {
            self.resume(call, snapshot, at: now)
        }
        for person in self.operators.values.sorted(by: { $0.id < $1.id }) {
            guard let leg = person.legID, known.contains(leg), person.activity == .releasing else { continue }
            self.command(.hangUp(channel: leg), for: person.callID ?? Self.houseLane)
        }
        var freshIDs = freshIDs
        for channel in snapshot.channels.values.sorted(by: { $0.id < $1.id }) where !self.isHeld(channel.id) {
            guard let callID = freshIDs.popLast() else { break }
            self.takeIn(channel, callID: callID, at: now)
        }
        let living = Set(self.calls.values.filter { $0.state == .talking }.map(\.bridge))
        for bridge in snapshot.bridges.keys.sorted() where bridge.hasPrefix("talk-") && !living.contains(bridge) {
            self.command(.removeBridge(bridge), for: Self.houseLane)
        }
    }

    /// Whether a channel belongs to something that goes on. A dial is not held yet: it may have been answered.
    private func isHeld(_ channel: String) -> Bool {
        self.callOfChannel[channel] != nil || self.operatorOfLeg[channel] != nil
    }

    private mutating func resume(_ call: Call, _ snapshot: ExchangeSnapshot, at now: Date) {
        if call.isHangUpRequested {
            self.command(.hangUp(channel: call.channel), for: call.id)
            return
        }
        switch call.state {
        case .waiting: self.command(self.admission(of: call), for: call.id)
        case .ringing:
            self.command(self.admission(of: call), for: call.id)
            if let leg = call.legID, snapshot.channels[leg]?.arguments != nil { self.operatorAnswered(leg, at: now) }
        case .talking:
            guard let leg = call.legID else { return }
            self.command(.listen(channel: call.channel), for: call.id)
            if snapshot.bridges[call.bridge]?.isSuperset(of: [call.channel, leg]) == true { return }
            self.command(.connect(bridge: call.bridge, channel: call.channel, leg: leg), for: call.id)
        case .ended: break
        }
    }

    private func admission(of call: Call) -> ExchangeCommand {
        call.callbackID == nil ? .admit(channel: call.channel) : .wait(channel: call.channel)
    }

    /// A channel in our application that no row knows.
    private mutating func takeIn(_ channel: ExchangeSnapshot.Channel, callID: UUID, at now: Date) {
        guard let arguments = channel.arguments else { return }
        switch arguments.first {
        case "inbound":
            self.callerEntered(
                channel: channel.id, caller: CallerNumber(raw: channel.callerNumber),
                line: arguments.count > 1 ? arguments[1] : "", callID: callID, at: now)
        case "callback":
            guard let attempt = Dial.attempt(ofChannel: channel.id) else { return }
            self.citizenAnswered(channel: channel.id, attemptID: attempt, callID: callID, at: now)
        case "operator": self.operatorAnswered(channel.id, at: now)
        default: break
        }
    }
}
