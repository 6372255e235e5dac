import Foundation

extension Exchange {
    /// Starts generated calls; the number returned names the run.
    mutating func start(_ plan: TrafficPlan) -> Int {
        let id = self.nextSerial()
        self.traffic[id] = plan
        self.schedule(.nextCall(traffic: id), after: 0)
        return id
    }

    /// No further calls come from the run; those on the line go on.
    mutating func stopTraffic() { self.traffic.removeAll() }

    mutating func nextCall(_ traffic: Int) {
        guard var plan = self.traffic[traffic] else { return }
        guard plan.offered < plan.count else {
            self.traffic[traffic] = nil
            return
        }
        let party = plan.party(&self.chance)
        let caller = plan.caller(&self.chance)
        plan.offered += 1
        let next = (plan.nextAt ?? self.now).addingTimeInterval(self.chance.exponential(mean: 1 / plan.rate))
        plan.nextAt = next
        self.traffic[traffic] = plan
        self.schedule(.nextCall(traffic: traffic), after: next.timeIntervalSince(self.now))
        self.callComesIn(party, caller, application: plan.application)
    }

    /// A call of the trunk: `StasisStart` to the application, or the dialplan's fallback if nobody listens.
    private mutating func callComesIn(_ party: Party, _ plan: CallerPlan, application: String) {
        self.statistics.offered += 1
        let id = self.nextChannelID()
        let serial = self.nextSerial()
        self.add(
            ExchangeChannel(
                id: id, serial: serial, name: self.channelName("trunk122", serial: serial), state: "Ring",
                protocolID: "\(serial)-\(self.chance.digits(5))@127.0.0.1", caller: party, connected: Party(),
                context: "from-trunk", exten: "122", priority: 3, appName: "Stasis",
                appData: "\(application),inbound,122", creationTime: self.stamp, createdAt: self.now,
                isOriginated: false, role: .caller(plan)))
        guard self.applications[application]?.isConnected == true else {
            self.statistics.fellThrough += 1
            self.channels[id]?.state = "Up"
            self.emit("ChannelStateChange", channel: id)
            self.schedule(.fallbackEnds(channel: id, serial: serial), after: 2.5)
            return
        }
        self.statistics.announced += 1
        self.channels[id]?.application = application
        self.applications[application]?.subscribe(channel: id)
        self.emit("StasisStart", channel: id, application: application, [("args", ["inbound", "122"])])
        self.schedule(.callerActs(channel: id, serial: serial, generation: 0), after: plan.patience)
    }

    mutating func fallbackEnds(_ id: String, _ serial: Int) {
        guard self.channel(id, serial: serial) != nil else { return }
        self.hangUp(id, request: nil, cause: 41)
    }

    // MARK: The far end

    /// A leg is together with another one in a mixing bridge.
    mutating func conversationBegins(_ id: String) {
        guard let channel = self.channels[id], !channel.isTalking else { return }
        let isFirst = !channel.hasTalked
        self.channels[id]?.isTalking = true
        self.channels[id]?.hasTalked = true
        switch channel.role {
        case .caller(let plan):
            if isFirst { self.statistics.answered += 1 }
            self.replan(id, after: plan.talk)
        case .citizen:
            if isFirst { self.statistics.citizensJoined += 1 }
            self.replan(id, after: max(0.05, self.chance.exponential(mean: self.outcomes.citizenTalk)))
        case .operatorTelephone, .replayed: break
        }
    }

    /// A leg is alone again: a caller waits anew, as long as the patience says.
    mutating func conversationEnds(_ id: String) {
        guard let channel = self.channels[id], channel.isTalking else { return }
        self.channels[id]?.isTalking = false
        switch channel.role {
        case .caller(let plan): self.replan(id, after: plan.patience)
        case .citizen: self.replan(id, after: 30)
        case .operatorTelephone, .replayed: break
        }
    }

    private mutating func replan(_ id: String, after seconds: Double) {
        guard let channel = self.channels[id] else { return }
        self.channels[id]?.planGeneration += 1
        self.schedule(
            .callerActs(channel: id, serial: channel.serial, generation: channel.planGeneration + 1), after: seconds)
    }

    mutating func callerActs(_ id: String, _ serial: Int, _ generation: Int) {
        guard let channel = self.channel(id, serial: serial), channel.planGeneration == generation else { return }
        switch channel.role {
        case .caller(var plan) where channel.isTalking:
            if plan.losesOperator, let peer = self.peer(of: channel) {
                plan.losesOperator = false
                self.channels[id]?.role = .caller(plan)
                self.statistics.operatorLinesBroken += 1
                self.hangUp(peer, request: .remote(cause: 41), cause: 41)
            } else if let cause = plan.breaksWith {
                self.statistics.broken[String(cause), default: 0] += 1
                let technical = ReleaseCause.technical(cause)
                self.hangUp(id, request: .remote(cause: cause), cause: cause, technical: technical)
            } else {
                self.statistics.ended += 1
                self.hangUp(id, request: .remote(cause: 16), cause: 16)
            }
        case .caller:
            if channel.hasTalked { self.statistics.ended += 1 } else { self.statistics.abandoned += 1 }
            self.giveUp(channel)
        case .citizen where channel.isTalking: self.hangUp(id, request: .remote(cause: 16), cause: 16)
        case .citizen: self.hangUp(id, request: .remote(cause: nil), cause: channel.bridge == nil ? 0 : 16)
        case .operatorTelephone, .replayed: break
        }
    }

    /// CANCEL before an answer is 127 with 487; BYE is 16 in a bridge and 0 outside of any.
    private mutating func giveUp(_ channel: ExchangeChannel) {
        if channel.state == "Up" {
            self.hangUp(channel.id, request: .remote(cause: nil), cause: channel.bridge == nil ? 0 : 16)
        } else {
            self.hangUp(channel.id, request: .remote(cause: 127), cause: 127, technical: 487)
        }
    }

    private func peer(of channel: ExchangeChannel) -> String? {
        channel.bridge.flatMap { self.bridges[$0] }?.channels.first { $0 != channel.id }
    }
}
