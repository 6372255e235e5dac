import Contracts
import Foundation
import Messaging
import Vocabulary

/// A caller comes in: menu, queue or secretary.
extension Line {
    mutating func callerEntered(
        channel: String, caller: CallerNumber, signalled: String?, line: String, callID: UUID, at now: Date
    ) {
        guard self.callOfChannel[channel] == nil, !self.endedChannels.contains(channel) else { return }
        var call = Call(
            id: callID, channel: channel, caller: caller, line: line, ordinal: self.takeOrdinal(), receivedAt: now)
        call.signalled = signalled
        self.announce(
            CallReceived(callID: callID, caller: caller, line: line, receivedAt: now, exchange: self.exchange))
        self.command(.admit(channel: channel), for: call.lane)
        if self.isOpen(at: now) {
            if let menu = self.plan.menu {
                self.enterMenu(&call, node: menu.start, at: now)
            } else {
                self.enterQueue(&call, self.plan.firstQueue, at: now)
            }
        } else {
            self.startSecretary(&call, at: now)
        }
        self.save(call)
        if let number = caller.number { self.cancelPlanned(to: number, at: now) }
    }

    func isOpen(at now: Date) -> Bool { self.calendar?.isOpen(at: now) ?? true }

    // MARK: Menu

    mutating func enterMenu(_ call: inout Call, node name: String, at now: Date) {
        guard let node = self.plan.menu?.nodes[name] else {
            return self.enterQueue(&call, self.plan.firstQueue, at: now)
        }
        call.state = .menu
        call.menu = MenuPosition(node: name)
        self.say(node.prompts, to: &call)
        // The end of the prompt may never be told.
        call.dueAt = now.addingTimeInterval(90)
    }

    /// The prompt has been said: now the key is waited for.
    mutating func menuWasSaid(_ call: inout Call, at now: Date) {
        guard let position = call.menu, let node = self.plan.menu?.nodes[position.node] else { return }
        if node.patience == 0 { return self.follow(node.otherwise, &call, at: now) }
        call.dueAt = now.addingTimeInterval(node.patience)
    }

    mutating func menuTimedOut(_ call: inout Call, at now: Date) {
        let node = call.menu.flatMap { self.plan.menu?.nodes[$0.node] }
        self.follow(node?.otherwise ?? .queue(self.plan.firstQueue.name), &call, at: now)
    }

    private mutating func chooseInMenu(_ digit: String, _ call: inout Call, at now: Date) {
        guard let position = call.menu, let node = self.plan.menu?.nodes[position.node] else { return }
        if let action = node.keys[digit] { return self.follow(action, &call, at: now) }
        // Where no key is asked for a stray one means nothing.
        guard !node.keys.isEmpty else { return }
        guard position.mistakes == 0 else { return self.follow(node.otherwise, &call, at: now) }
        self.enterMenu(&call, node: position.node, at: now)
        call.menu?.mistakes = 1
    }

    private mutating func follow(_ action: MenuAction, _ call: inout Call, at now: Date) {
        self.hush(&call)
        call.dueAt = nil
        switch action {
        case .queue(let name): self.enterQueue(&call, self.plan.queue(name) ?? self.plan.firstQueue, at: now)
        case .menu(let node): self.enterMenu(&call, node: node, at: now)
        case .emergency: self.startEmergency(&call, at: now)
        case .secretary: self.startSecretary(&call, at: now)
        }
    }

    // MARK: Keys and sounds

    mutating func keyPressed(_ key: KeyPress, channel: String, at now: Date) {
        guard let id = self.callOfChannel[channel], var call = self.calls[id] else { return }
        if let former = self.latestKeys[channel], key.repeats(former) { return }
        self.latestKeys[channel] = key
        let digit = key.digit
        let before = call
        switch call.state {
        case .menu, .waiting, .secretary, .ringing:
            if digit == self.plan.emergency?.key, call.direction == .inbound, !call.isSecondLine,
                call.message?.isCallerGone != true
            {
                self.withdraw(&call, at: now)
                self.startEmergency(&call, at: now)
            } else if call.state == .menu {
                self.chooseInMenu(digit, &call, at: now)
            } else if call.isOffered, digit == "1", call.state != .secretary {
                self.withdraw(&call, at: now)
                self.acceptOffer(&call, at: now)
            }
        case .speaking: self.answerVoice(digit, &call, at: now)
        case .talking, .held, .transferring, .transferred, .dialling, .leaving, .ended: break
        }
        if call != before { self.save(call) }
    }

    /// Says sounds to a caller instead of what is being said.
    mutating func say(_ prompts: [String], to call: inout Call) {
        self.hush(&call)
        let id = call.nextPlayback()
        self.command(.say(id: id, channel: call.channel, prompts: prompts), for: call.lane)
    }

    mutating func hush(_ call: inout Call) {
        guard let playback = call.playback else { return }
        call.playback = nil
        self.command(.stopSaying(id: playback), for: call.lane)
    }

    mutating func playbackFinished(_ id: String, at now: Date) {
        guard let callID = Self.call(ofPlayback: id), var call = self.calls[callID], call.playback == id else { return }
        call.playback = nil
        // Who heard it to its end answers it, however soon.
        self.latestKeys[call.channel] = nil
        switch call.state {
        case .menu: self.menuWasSaid(&call, at: now)
        case .secretary: self.secretaryHasSpoken(&call, at: now)
        case .speaking: self.voiceHasSpoken(&call, at: now)
        case .leaving: self.hangUp(&call, at: now)
        default: break
        }
        self.save(call)
    }

    /// `say-<call>-<n>`
    private static func call(ofPlayback id: String) -> UUID? {
        guard id.hasPrefix("say-") else { return nil }
        return UUID(uuidString: String(id.dropFirst(4).prefix(36)))
    }

    /// Says the last words; what the outcome is has been decided.
    mutating func leave(_ call: inout Call, saying prompt: String, outcome: CallOutcome, at now: Date) {
        self.leave(&call, saying: [prompt], outcome: outcome, at: now)
    }

    mutating func leave(_ call: inout Call, saying prompts: [String], outcome: CallOutcome, at now: Date) {
        call.state = .leaving
        call.farewell = outcome
        call.announceAt = nil
        call.offerAt = nil
        self.say(prompts, to: &call)
        call.dueAt = now.addingTimeInterval(30)
    }

    /// Ends the caller's channel; the exchange tells when it has ended. Until it does the order is given again.
    mutating func hangUp(_ call: inout Call, at now: Date) {
        call.dueAt = now.addingTimeInterval(10)
        self.command(.hangUp(channel: call.channel), for: call.endLane)
    }
}
