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
        guard !self.isDown else {
            self.statistics.fellThrough += 1
            return
        }
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
        self.announcedCalls.append(id)
        self.channels[id]?.application = application
        self.applications[application]?.subscribe(channel: id)
        self.emit("StasisStart", channel: id, application: application, [("args", ["inbound", "122"])])
        self.schedule(.callerActs(channel: id, serial: serial, generation: 0), after: plan.patience)
        for key in plan.keys {
            self.schedule(.keyPressed(channel: id, serial: serial, digit: key.digit), after: key.after)
        }
    }

    mutating func fallbackEnds(_ id: String, _ serial: Int) {
        guard self.channel(id, serial: serial) != nil else { return }
        self.hangUp(id, request: nil, cause: 41)
    }
}
