import Contracts
import Foundation
import Vocabulary

extension Line {
    /// Compares what the line believes with what the exchange holds, after a start or a lost connection: nothing of
    /// the gap is told again. What is gone has ended, what lives goes on, what is new is taken in. Commands that may
    /// not have gone out are given again; all of them may be repeated, except for originates, whose channels are
    /// looked for instead.
    mutating func resume(
        _ snapshot: ExchangeSnapshot, known: Set<String>, freshIDs: [UUID], isRestarted: Bool, at now: Date
    ) {
        for channel in known.sorted() where snapshot.channels[channel] == nil {
            if isRestarted, let id = self.callOfChannel[channel] { self.calls[id]?.hangUpRequest = .exchange }
            self.channelEnded(channel, cause: nil, technical: nil, at: now)
        }
        // Also those that came while the exchange was being asked: their commands found it away.
        for call in self.calls.values.sorted(by: { $0.ordinal < $1.ordinal }) {
            self.resume(call, snapshot, at: now)
        }
        for var person in self.operators.values where person.heldLeg != nil {
            person.heldLeg = nil
            self.save(person)
        }
        for person in self.operators.values.sorted(by: { $0.id < $1.id }) {
            guard let leg = person.legID, known.contains(leg) else { continue }
            if person.activity == .releasing {
                self.command(.hangUp(channel: leg), for: person.calls.first ?? Self.houseLane)
            } else if person.activity == .ringing, snapshot.channels[leg]?.arguments != nil {
                self.legAnswered(leg, at: now)
            }
        }
        for (leg, callID) in self.callOfLeg.sorted(by: { $0.key < $1.key })
        where known.contains(leg) && snapshot.channels[leg]?.arguments != nil && self.calls[callID] != nil {
            self.legAnswered(leg, at: now)
        }
        self.missing = []
        self.awaitEndsOfRecordings(at: now)
        var freshIDs = freshIDs
        for channel in snapshot.channels.values.sorted(by: { $0.id < $1.id }) where !self.isHeld(channel.id) {
            guard let callID = freshIDs.popLast() else { break }
            self.takeIn(channel, callID: callID, at: now)
        }
        for bridge in snapshot.bridges.keys.sorted() where self.isOurs(bridge) && !self.bridges.contains(bridge) {
            self.command(.removeBridge(bridge), for: Self.houseLane)
        }
        // Who called in meanwhile has been taken in, and is not called back.
        self.isConnected = true
        self.dialWhatIsDue(at: now)
    }

    /// The end of a recording may have been told while nobody listened: those that belong to no conversation any more
    /// are waited for as after every conversation, then they count as finished.
    private mutating func awaitEndsOfRecordings(at now: Date) {
        for recording in self.recordings.values.sorted(by: { $0.name < $1.name }) {
            let call = self.calls[recording.callID]
            if call == nil || recording.kind == .conversation && call?.recording != recording.name {
                self.awaitEnd(ofRecording: recording.name, at: now)
            }
        }
    }

    /// While all goes on: closes what has no living channel, and legs that nobody owns, such as those that a
    /// telephone's own transfer leaves behind. Both are given until the next time: a stray may be news under way, and the
    /// order of a channel that is missing may not have come to the exchange yet.
    mutating func sweep(_ snapshot: ExchangeSnapshot, known: Set<String>, at now: Date) {
        guard self.isConnected else { return }
        let missing = known.filter { snapshot.channels[$0] == nil && self.isKnown(channel: $0) }
        for channel in missing.intersection(self.missing).sorted() {
            self.channelEnded(channel, cause: nil, technical: nil, at: now)
        }
        self.missing = missing
        let strays = Set(
            snapshot.channels.values.filter { $0.arguments != nil && !$0.isSnoop }.map(\.id)
                .filter { !known.contains($0) && !self.isKnown(channel: $0) })
        for channel in strays.intersection(self.strays).sorted() {
            self.command(.hangUp(channel: channel), for: Self.houseLane)
        }
        self.strays = strays
        let bridges = self.bridges
        for (bridge, channels) in snapshot.bridges.sorted(by: { $0.key < $1.key })
        where channels.isEmpty && self.isOurs(bridge) && !bridges.contains(bridge) {
            self.command(.removeBridge(bridge), for: Self.houseLane)
        }
    }

    private func isOurs(_ bridge: String) -> Bool {
        bridge.hasPrefix("talk-") || bridge.hasPrefix("cons-") || bridge.hasPrefix("sup-")
    }

    /// The bridges that something needs.
    private var bridges: Set<String> {
        var bridges: Set<String> = []
        for call in self.calls.values {
            if call.isInConversation || call.state == .transferred { bridges.insert(call.bridge) }
            if let bridge = call.waitingBridge { bridges.insert(bridge) }
            if let transfer = call.transfer { bridges.insert(transfer.bridge) }
            for supervision in call.supervisions { bridges.insert(supervision.bridge) }
        }
        return bridges
    }

    /// Whether a channel belongs to something that goes on. A dial is not held yet: it may have been answered.
    private func isHeld(_ channel: String) -> Bool {
        self.callOfChannel[channel] != nil || self.operatorOfLeg[channel] != nil || self.callOfLeg[channel] != nil
    }

    private mutating func resume(_ call: Call, _ snapshot: ExchangeSnapshot, at now: Date) {
        // Its end was handled above.
        guard self.calls[call.id] != nil, call.message?.isCallerGone != true else { return }
        var call = call
        if call.isHeldByTelephone == true {
            // Whether the telephone still holds the exchange does not say.
            self.endTelephoneHold(&call, at: now)
            self.save(call)
            self.settle(call.operatorID, at: now)
        }
        // While something is said to a channel the exchange carries no other order for it out.
        if call.playback != nil, call.state != .leaving {
            self.hush(&call)
            self.save(call)
        }
        if call.isHangUpRequested || call.state == .leaving {
            return self.command(.hangUp(channel: call.channel), for: call.lane)
        }
        switch call.state {
        case .menu:
            self.command(.admit(channel: call.channel), for: call.lane)
            self.enterMenu(&call, node: call.menu?.node ?? "", at: now)
            self.save(call)
        case .secretary:
            self.command(.admit(channel: call.channel), for: call.lane)
            // A recording goes on by itself; a greeting is said again.
            guard call.message?.phase == .greeting else { return }
            let message = call.message
            self.startSecretary(&call, at: now)
            call.message = message
            self.save(call)
        case .speaking:
            self.command(.listen(channel: call.channel), for: call.lane)
            self.repeatVoice(&call, at: now)
            self.save(call)
        case .waiting, .ringing, .transferring:
            guard !call.isBeingPlaced else { return self.resumeOutbound(call, snapshot, at: now) }
            self.command(self.admission(of: call), for: call.lane)
            // Who waits already goes on hearing music, and loses it when put in once more.
            guard !snapshot.waits(call.channel) else { return }
            self.command(.wait(channel: call.channel), for: call.lane)
        case .talking, .held: self.resumeConversation(call, snapshot)
        case .transferred:
            guard let leg = call.transfer?.leg else { return }
            self.command(.listen(channel: call.channel), for: call.lane)
            if snapshot.bridges[call.bridge]?.isSuperset(of: [call.channel, leg]) == true { return }
            self.command(
                .connect(bridge: call.bridge, channels: [call.channel, leg], recording: call.recording), for: call.lane)
        case .dialling: self.resumeOutbound(call, snapshot, at: now)
        case .leaving, .ended: break
        }
    }

    private mutating func resumeConversation(_ call: Call, _ snapshot: ExchangeSnapshot) {
        guard let leg = call.legID else { return }
        self.command(.listen(channel: call.channel), for: call.lane)
        let members = snapshot.bridges[call.bridge] ?? []
        if call.state == .held {
            guard !members.contains(call.channel) else { return }
            self.command(
                .connect(bridge: call.bridge, channels: [call.channel], recording: call.recording), for: call.lane)
            return self.command(.startMusic(bridge: call.bridge), for: call.lane)
        }
        if members.isSuperset(of: [call.channel, leg]) { return }
        self.command(
            .connect(bridge: call.bridge, channels: [call.channel, leg], recording: call.recording), for: call.lane)
    }

    private mutating func resumeOutbound(_ call: Call, _ snapshot: ExchangeSnapshot, at now: Date) {
        guard call.state == .dialling else { return }
        var call = call
        guard let channel = snapshot.channels[call.channel] else {
            // Whether it was dialled is not known, so it is not dialled again.
            return self.end(&call, .notReached, at: now)
        }
        guard let arguments = channel.arguments else { return }
        if let attempt = call.attemptID {
            self.citizenAnswered(
                channel: call.channel, attemptID: attempt, callID: call.id,
                isMachine: ExchangeEvent.isMachine(arguments), at: now)
        } else {
            self.outboundAnswered(call.channel, at: now)
        }
    }

    private func admission(of call: Call) -> ExchangeCommand {
        call.direction == .inbound ? .admit(channel: call.channel) : .listen(channel: call.channel)
    }

    /// A channel in our application that no row knows.
    private mutating func takeIn(_ channel: ExchangeSnapshot.Channel, callID: UUID, at now: Date) {
        guard let arguments = channel.arguments, !channel.isSnoop else { return }
        switch arguments.first {
        case "inbound":
            let caller = SignalledCaller(channel.callerNumber)
            self.callerEntered(
                channel: channel.id, caller: caller.number, signalled: caller.original,
                line: arguments.count > 1 ? arguments[1].kept : "", callID: callID, at: now)
        case "callback":
            guard let attempt = Dial.attempt(ofChannel: channel.id) else { return }
            self.citizenAnswered(
                channel: channel.id, attemptID: attempt, callID: callID,
                isMachine: ExchangeEvent.isMachine(arguments), at: now)
        case "leg", "operator": self.legAnswered(channel.id, at: now)
        case "outbound": self.outboundAnswered(channel.id, at: now)
        default: break
        }
    }
}
