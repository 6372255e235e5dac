import Foundation

extension Exchange {
    /// `POST /channels/{id}`: the dialled telephone rings, answers or not, as the outcome plan says.
    mutating func originate(id: String?, _ command: ExchangeCommand) -> ExchangeAnswer {
        guard let endpoint = command.parameter("endpoint"), !endpoint.isEmpty else {
            return .refused(400, "Endpoint must be specified")
        }
        let parts = endpoint.split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return .refused(400, "Invalid endpoint specified") }
        guard let application = command.parameter("app"), !application.isEmpty else {
            return .refused(400, "Application or extension must be specified")
        }
        if let id, self.channels[id] != nil {
            self.statistics.duplicateChannelIDs += 1
            return .refused(409, "Channel with given unique ID already exists")
        }
        let target = parts[1].split(separator: "@", maxSplits: 1).map(String.init)
        let isCitizen = target.count == 2
        guard parts[0] == "PJSIP", let number = target.first, !isCitizen || target[1] == "trunk122" else {
            return ExchangeAnswer(status: 500, body: ["error": "Allocation failed"])
        }
        let outcome = self.outcomes.outcome(of: number, isCitizen: isCitizen, chance: &self.chance)
        if isCitizen {
            self.statistics.citizenDials[outcome.rawValue, default: 0] += 1
        } else {
            self.statistics.operatorDials[outcome.rawValue, default: 0] += 1
        }
        let id = id ?? self.nextChannelID()
        if isCitizen { self.dials.append(CitizenDial(number: number, channel: id, at: self.now, outcome: outcome)) }
        guard outcome != .unregistered else {
            return ExchangeAnswer(status: 500, body: ["error": "Allocation failed"])
        }
        let channel = self.dialled(id, number, target, command, outcome, application: application)
        self.add(channel)
        self.applications[application, default: StasisApplication(name: application)].subscribe(channel: id)
        self.schedule(.originateStarts(channel: id, serial: channel.serial), after: 0.001)
        return .ok(channel.json)
    }

    private mutating func dialled(
        _ id: String, _ number: String, _ target: [String], _ command: ExchangeCommand, _ outcome: DialOutcome,
        application: String
    ) -> ExchangeChannel {
        let isCitizen = target.count == 2
        let serial = self.nextSerial()
        let caller: Party
        let connected: Party
        if let callerID = command.parameter("callerId"), !callerID.isEmpty {
            caller = Party(callerID: callerID)
            connected = caller
        } else {
            caller = isCitizen ? Party() : Party(name: "Operator \(number)", number: number)
            connected = command.parameter("originator").flatMap { self.channels[$0]?.caller } ?? Party()
        }
        var channel = ExchangeChannel(
            id: id, serial: serial, name: self.channelName(target.last ?? number, serial: serial), state: "Down",
            protocolID: self.callID(), caller: caller, connected: connected,
            context: isCitizen ? "from-trunk" : "from-operator", exten: "s", priority: 1, appName: "AppDial2",
            appData: "(Outgoing Line)", creationTime: self.stamp, createdAt: self.now, isOriginated: true,
            role: isCitizen ? .citizen : .operatorTelephone)
        channel.outcome = outcome
        channel.dialString = target.joined(separator: "@")
        channel.targetApplication = application
        channel.stasisArguments = (command.parameter("appArgs") ?? "").split(separator: ",").map(String.init)
        channel.timeout = command.parameter("timeout").flatMap(Double.init) ?? 30
        channel.dialIndex = isCitizen ? self.dials.count - 1 : nil
        return channel
    }

    /// A Call-ID in the form of a UUID, drawn by the seed.
    mutating func callID() -> String {
        let digits = (0..<32).map { _ in Character(String(Int.random(in: 0..<16, using: &self.chance), radix: 16)) }
        let groups = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }
        return groups.joined(separator: "-")
    }

    mutating func add(_ channel: ExchangeChannel) {
        self.channels[channel.id] = channel
        self.statistics.mostChannels = max(self.statistics.mostChannels, self.channels.count)
        self.emit("ChannelCreated", channel: channel.id)
    }

    private mutating func emitDial(_ status: String, _ channel: ExchangeChannel) {
        self.emit(
            "Dial", channel: channel.id, as: "peer",
            [("dialstatus", .string(status)), ("forward", ""), ("dialstring", .string(channel.dialString))])
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
            let ring = channel.dialIndex == nil ? self.outcomes.operatorRing : self.outcomes.citizenRing
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
            channel.application == nil, channel.state != "Up"
        else { return }
        if let failure = outcome.failure {
            if let status = failure.status {
                self.emit(
                    "ChannelHangupRequest", channel: id,
                    [("cause", .int(failure.cause)), ("tech_cause", .int(failure.technical))])
                self.emitDial(status, channel)
            }
            self.hangUp(id, request: nil, cause: failure.cause, technical: failure.technical)
            return
        }
        self.channels[id]?.state = "Up"
        self.emit("ChannelStateChange", channel: id)
        self.emitDial("ANSWER", channel)
        if let index = channel.dialIndex { self.dials[index].answeredAt = self.now }
        self.enterStasis(id)
    }

    /// `StasisStart` of an answered leg; without the application's socket the leg is dropped at once.
    private mutating func enterStasis(_ id: String) {
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
        if channel.dialIndex != nil {
            // Nobody came to the line: a citizen does not listen to silence for long.
            self.schedule(.callerActs(channel: id, serial: channel.serial, generation: 0), after: 30)
        }
    }
}

extension Party {
    /// From `"122" <122>`, `Name <number>` or a bare number.
    init(callerID: String) {
        guard let open = callerID.lastIndex(of: "<"), callerID.hasSuffix(">") else {
            self.init(name: "", number: callerID)
            return
        }
        let name = callerID[..<open].filter { $0 != "\"" }
        let number = callerID[callerID.index(after: open)...].dropLast()
        self.init(name: name.trimmingCharacters(in: .whitespaces), number: String(number))
    }
}
