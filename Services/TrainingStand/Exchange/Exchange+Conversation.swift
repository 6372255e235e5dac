import Foundation

extension Exchange {
    /// Finds out what a leg is doing now, and lets its far end plan anew if that has changed.
    mutating func settle(_ id: String) {
        guard let channel = self.channels[id] else { return }
        let situation = self.situation(of: channel)
        guard situation != channel.situation else { return }
        self.channels[id]?.situation = situation
        if channel.isTalking, let since = channel.talkingSince, let left = channel.talkLeft {
            self.channels[id]?.talkLeft = max(0, left - self.now.timeIntervalSince(since))
        }
        switch situation {
        case .talking: self.conversationBegins(channel)
        case .waiting: self.waitsAgain(id)
        case .held: self.isPutOnHold(channel)
        }
    }

    /// A leg that talks, one of two or of many in a mixing bridge; that is on hold after it has talked; or that waits.
    private func situation(of channel: ExchangeChannel) -> ExchangeChannel.Situation {
        if channel.isTransferred { return .talking }
        let bridge = channel.bridge.flatMap { self.bridges[$0] }
        if channel.hasTalked {
            if channel.isHeld || channel.hasMusic { return .held }
            if let bridge, bridge.isMixing, bridge.hasMusic, bridge.channels.count == 1 { return .held }
        }
        return bridge.map { $0.isMixing && $0.channels.count > 1 } == true ? .talking : .waiting
    }

    private mutating func conversationBegins(_ channel: ExchangeChannel) {
        let isFirst = !channel.hasTalked
        self.channels[channel.id]?.hasTalked = true
        self.channels[channel.id]?.talkingSince = self.now
        let left: Double
        switch channel.role {
        case .caller(let plan):
            if isFirst { self.statistics.answered += 1 }
            left = channel.talkLeft ?? plan.talk
        case .citizen:
            if isFirst { self.statistics.citizensJoined += 1 }
            left = channel.talkLeft ?? max(0.05, self.chance.exponential(mean: self.outcomes.citizenTalk))
        case .operatorTelephone:
            guard let seconds = channel.talkLeft ?? self.outcomes.operatorHangUps[channel.number] else { return }
            left = seconds
        case .snoop, .localHalf, .replayed: return
        }
        self.channels[channel.id]?.talkLeft = left
        self.replan(channel.id, after: left)
    }

    /// A caller on hold waits as long as the plan says; without a word about it, as long as it takes.
    private mutating func isPutOnHold(_ channel: ExchangeChannel) {
        if case .caller(let plan) = channel.role, let patience = plan.holdPatience {
            self.replan(channel.id, after: patience)
        } else {
            self.forgetPlan(channel.id)
        }
    }

    /// A leg is alone: a caller waits anew, as long as the patience says.
    mutating func waitsAgain(_ id: String) {
        guard let channel = self.channels[id], channel.situation == .waiting else { return }
        switch channel.role {
        case .caller(let plan): self.replan(id, after: plan.patience)
        case .citizen: self.replan(id, after: 30)
        case .operatorTelephone: self.forgetPlan(id)
        case .snoop, .localHalf, .replayed: break
        }
    }

    /// What was planned before is void.
    private mutating func forgetPlan(_ id: String) { self.channels[id]?.planGeneration += 1 }

    mutating func replan(_ id: String, after seconds: Double) {
        guard let channel = self.channels[id] else { return }
        self.channels[id]?.planGeneration += 1
        self.schedule(
            .callerActs(channel: id, serial: channel.serial, generation: channel.planGeneration + 1), after: seconds)
    }

    // MARK: What the far end does

    mutating func callerActs(_ id: String, _ serial: Int, _ generation: Int) {
        guard let channel = self.channel(id, serial: serial), channel.planGeneration == generation else { return }
        switch channel.role {
        case .caller(let plan) where channel.isTalking: self.endConversation(channel, plan)
        case .caller:
            if channel.situation == .held { self.statistics.leftOnHold += 1 }
            if channel.hasTalked { self.statistics.ended += 1 } else { self.statistics.abandoned += 1 }
            self.giveUp(channel)
        case .citizen where channel.isTalking: self.hangUp(id, request: .remote(cause: 16), cause: 16)
        case .citizen: self.hangUp(id, request: .remote(cause: nil), cause: channel.bridge == nil ? 0 : 16)
        case .operatorTelephone:
            self.statistics.operatorHangUps += 1
            self.hangUp(id, request: .remote(cause: 16), cause: 16)
        case .snoop, .localHalf, .replayed: break
        }
    }

    private mutating func endConversation(_ channel: ExchangeChannel, _ plan: CallerPlan) {
        let id = channel.id
        if plan.losesOperator, let peer = self.peer(of: channel) {
            var rest = plan
            rest.losesOperator = false
            self.channels[id]?.role = .caller(rest)
            self.statistics.operatorLinesBroken += 1
            self.hangUp(peer, request: .remote(cause: 41), cause: 41)
            // What was to be said is said to the next operator.
            self.channels[id]?.talkLeft = plan.talk
        } else if let cause = plan.breaksWith {
            self.statistics.broken[String(cause), default: 0] += 1
            let technical = ReleaseCause.technical(cause)
            self.hangUp(id, request: .remote(cause: cause), cause: cause, technical: technical)
        } else {
            self.statistics.ended += 1
            self.hangUp(id, request: .remote(cause: 16), cause: 16)
        }
    }

    /// Every caller who speaks with an operator loses the line, one after the other within so many seconds. Returns how
    /// many do.
    mutating func breakConversations(cause: Int, within seconds: Double) -> Int {
        let callers = self.channels.values.filter { $0.isCaller && self.peer(of: $0) != nil }
        for (index, channel) in callers.sorted(by: { $0.serial < $1.serial }).enumerated() {
            guard case .caller(var plan) = channel.role else { continue }
            plan.breaksWith = cause
            plan.losesOperator = false
            self.channels[channel.id]?.role = .caller(plan)
            if seconds == 0 {
                self.endConversation(channel, plan)
            } else {
                self.replan(channel.id, after: seconds * Double(index) / Double(callers.count))
            }
        }
        return callers.count
    }

    /// CANCEL before an answer is 127 with 487; BYE is 16 in a bridge and 0 outside of any.
    func release(of channel: ExchangeChannel) -> (request: HangUpRequest, cause: Int, technical: Int?) {
        guard channel.state == "Up" else { return (.remote(cause: 127), 127, 487) }
        return (.remote(cause: nil), channel.bridge == nil ? 0 : 16, nil)
    }

    mutating func giveUp(_ channel: ExchangeChannel) {
        let release = self.release(of: channel)
        self.hangUp(channel.id, request: release.request, cause: release.cause, technical: release.technical)
    }

    /// The operator a caller speaks with, or in a conference the first other leg.
    private func peer(of channel: ExchangeChannel) -> String? {
        let others = channel.bridge.flatMap { self.bridges[$0] }?.channels.filter { $0 != channel.id } ?? []
        return others.first { id in
            if case .operatorTelephone? = self.channels[id]?.role { true } else { false }
        } ?? others.first
    }

    // MARK: A spoken message

    /// A channel's recording begins: seconds its far end is going to speak. A caller who leaves a message waits no
    /// more for an operator.
    mutating func speaksToRecording(_ id: String) -> Double {
        guard let channel = self.channels[id], case .caller(let plan) = channel.role else { return 6 }
        self.forgetPlan(id)
        guard plan.message > 0 else { return 0 }
        self.schedule(
            .messageEnds(channel: id, serial: channel.serial, generation: channel.planGeneration + 1),
            after: plan.message)
        return plan.message
    }

    mutating func messageEnds(_ id: String, _ serial: Int, _ generation: Int) {
        guard let channel = self.channel(id, serial: serial), channel.planGeneration == generation,
            case .caller(let plan) = channel.role
        else { return }
        switch plan.messageEnds {
        case .hangup:
            self.statistics.leftMessage += 1
            self.giveUp(channel)
        case .key: self.press(self.runningRecording(of: id)?.terminator == "*" ? "*" : "#", on: id)
        case .silence: break
        }
    }
}
