import Foundation

extension Exchange {
    /// `POST /channels/{id}`: the dialled telephone rings, answers or not, as the outcome plan says.
    mutating func originate(id: String?, _ command: ExchangeCommand) -> ExchangeAnswer {
        self.place(id: id, command) { exchange, id, application in
            guard let serial = exchange.channels[id]?.serial else { return }
            exchange.recordDial(id)
            exchange.applications[application, default: StasisApplication(name: application)].subscribe(channel: id)
            exchange.setVariables(of: command, channel: id)
            exchange.schedule(.originateStarts(channel: id, serial: serial), after: 0.001)
        }
    }

    /// The part that `originate` and `create` share: refusals, outcome, channel. The answer shows the channel as it is
    /// before `entering`.
    mutating func place(
        id: String?, _ command: ExchangeCommand, _ prepare: (inout Exchange, String, String) -> Void,
        entering enter: (inout Exchange, String) -> Void = { _, _ in }
    ) -> ExchangeAnswer {
        guard let endpoint = command.parameter("endpoint"), !endpoint.isEmpty else {
            return .refused(400, "Endpoint must be specified")
        }
        let parts = endpoint.split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return .refused(400, "Invalid endpoint specified") }
        guard let application = command.parameter("app"), !application.isEmpty else {
            return .refused(400, "Application or extension must be specified")
        }
        // resource_channels.c: before anything is dialled.
        if let originator = command.parameter("originator"), self.channels[originator] == nil {
            return .refused(400, "Provided originator channel was not found")
        }
        if let id, self.channels[id] != nil {
            self.statistics.duplicateChannelIDs += 1
            return .refused(409, "Channel with given unique ID already exists")
        }
        let target = parts[1].split(separator: "@", maxSplits: 1).map(String.init)
        let isCitizen = target.count == 2
        guard parts[0] == "PJSIP", let number = target.first, !isCitizen || target[1] == "trunk122" else {
            return .failed("Allocation failed")
        }
        let outcome = self.outcomes.outcome(of: number, isCitizen: isCitizen, chance: &self.chance)
        if isCitizen {
            self.statistics.citizenDials[outcome.rawValue, default: 0] += 1
        } else {
            self.statistics.operatorDials[outcome.rawValue, default: 0] += 1
        }
        let id = id ?? self.nextChannelID()
        guard outcome != .unregistered else {
            if isCitizen {
                self.dials.append(CitizenDial(number: number, channel: id, at: self.now, outcome: outcome))
            }
            return .failed("Allocation failed")
        }
        let channel = self.dialled(id, number, target, command, outcome, application: application)
        self.add(channel)
        prepare(&self, id, application)
        let answer = self.channels[id]?.json ?? channel.json
        enter(&self, id)
        return .ok(answer)
    }

    /// The dial command of a citizen came: the evidence starts.
    mutating func recordDial(_ id: String) {
        guard let channel = self.channels[id], case .citizen = channel.role, let outcome = channel.outcome else {
            return
        }
        self.channels[id]?.dialIndex = self.dials.count
        self.dials.append(
            CitizenDial(
                number: channel.number, channel: id, at: self.now, callEndedAt: self.callEnds[channel.number],
                outcome: outcome))
    }

    /// `{"variables": {"CALLBACK_ID": "7", "X": {"value": "…"}}}` in the body of the command.
    mutating func setVariables(of command: ExchangeCommand, channel: String) {
        for entry in command.body?["variables"]?.members ?? [] {
            guard let value = entry.value.string ?? entry.value["value"]?.string else { continue }
            self.set(entry.key, value, channel: channel)
        }
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
