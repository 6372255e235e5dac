extension Exchange {
    /// `POST /channels/create`: the leg is in Stasis before anything rings (traces d2, e2, f2, g7).
    mutating func create(_ command: ExchangeCommand) -> ExchangeAnswer {
        self.place(id: command.parameter("channelId"), command) { exchange, id, application in
            exchange.channels[id]?.isCreated = true
            exchange.channels[id]?.appName = ""
            exchange.channels[id]?.appData = ""
            exchange.applications[application, default: StasisApplication(name: application)].subscribe(channel: id)
            exchange.setVariables(of: command, channel: id)
        } entering: { exchange, id in
            exchange.enterStasis(id)
        }
    }

    /// `POST /channels/{id}/dial` of a created leg.
    mutating func dial(_ channel: ExchangeChannel, _ command: ExchangeCommand) -> ExchangeAnswer {
        guard channel.isCreated, channel.state == "Down", channel.dialIndex == nil else {
            return .refused(409, "Channel is not in the 'Down' state")
        }
        let timeout = command.parameter("timeout").flatMap(Double.init) ?? 0
        // 0 is without limit.
        self.channels[channel.id]?.timeout = timeout > 0 ? timeout : 86_400
        self.recordDial(channel.id)
        self.schedule(.originateStarts(channel: channel.id, serial: channel.serial), after: 0.001)
        return .done
    }

    // MARK: The far telephone

    private mutating func emitDial(_ status: String, _ channel: ExchangeChannel) {
        self.emit(
            "Dial", channel: channel.id, as: "peer",
            [
                ("dialstatus", .string(status)), ("forward", ""),
                ("dialstring", .string(channel.isCreated && !status.isEmpty ? "" : channel.dialString)),
            ])
    }

    mutating func originateStarts(_ id: String, _ serial: Int) {
        guard let channel = self.channel(id, serial: serial), let outcome = channel.outcome else { return }
        self.emitDial("", channel)
        if outcome.rings {
            self.emitDial("RINGING", channel)
            self.channels[id]?.state = "Ringing"
            self.emit("ChannelStateChange", channel: id)
        }
        let delay: Double
        if outcome.lastsUntilTimeout {
            delay = channel.timeout
        } else if outcome.rings {
            let ring = self.outcomes.ring(of: channel.number, isCitizen: channel.dialIndex != nil)
            // A telephone slower than the originate's timeout is one that was not answered.
            if ring >= channel.timeout { self.channels[id]?.outcome = .noAnswer }
            delay = min(ring, channel.timeout)
        } else {
            delay = 0.001
        }
        self.schedule(.originateResolves(channel: id, serial: serial), after: delay)
    }

    mutating func originateResolves(_ id: String, _ serial: Int) {
        guard let channel = self.channel(id, serial: serial), let outcome = channel.outcome,
            channel.application == nil || channel.isCreated, channel.state != "Up"
        else { return }
        if let failure = outcome.failure {
            if let status = failure.status {
                self.emit(
                    "ChannelHangupRequest", channel: id,
                    [("cause", .int(failure.cause)), ("tech_cause", .int(failure.technical))])
                if !channel.isCreated { self.emitDial(status, channel) }
            } else if channel.isCreated {
                self.emit("ChannelHangupRequest", channel: id, [("cause", 32), ("soft", true)])
            }
            self.hangUp(id, request: nil, cause: failure.cause, technical: failure.technical)
            return
        }
        self.channels[id]?.state = "Up"
        self.emit("ChannelStateChange", channel: id)
        self.emitDial("ANSWER", channel)
        if let index = channel.dialIndex { self.dials[index].answeredAt = self.now }
        if channel.isCreated { self.citizenComes(id) } else { self.enterStasis(id) }
    }

    /// `StasisStart` of an answered leg; without the application's socket the leg is dropped at once.
    mutating func enterStasis(_ id: String) {
        guard let channel = self.channels[id] else { return }
        let name = channel.targetApplication
        self.channels[id]?.appName = "Stasis"
        self.channels[id]?.appData = ([name] + channel.stasisArguments).joined(separator: ",")
        guard self.applications[name]?.isConnected == true else {
            self.hangUp(id, request: .remote(cause: 0), cause: 0)
            return
        }
        self.emitVariable("STASISSTATUS", "", channel: id)
        self.channels[id]?.application = name
        self.applications[name]?.subscribe(channel: id)
        self.emit(
            "StasisStart", channel: id, application: name,
            [("args", .array(channel.stasisArguments.map { .string($0) }))])
        if !channel.isCreated { self.citizenComes(id) }
    }

    /// Nobody came to the line: a citizen does not listen to silence for long.
    private mutating func citizenComes(_ id: String) {
        guard let channel = self.channels[id], channel.dialIndex != nil, channel.situation == .waiting else { return }
        self.replan(id, after: 30)
    }
}
