extension Exchange {
    mutating func channelCommand(_ command: ExchangeCommand) -> ExchangeAnswer {
        let path = command.path
        switch (command.method, path.count) {
        case ("GET", 1): return .ok(.array(self.channels.values.sorted { $0.serial < $1.serial }.map(\.json)))
        case ("POST", 1): return self.originate(id: command.parameter("channelId"), command)
        case ("POST", 2) where path[1] == "create": return self.create(command)
        case ("POST", 2): return self.originate(id: path[1], command)
        case (_, 1): return Self.wrongMethod
        default: break
        }
        guard let channel = self.channels[path[1]] else { return .noChannel }
        if path.count == 2 {
            switch command.method {
            case "GET": return .ok(channel.json)
            case "DELETE": return self.deleteChannel(channel, command)
            default: return Self.wrongMethod
            }
        }
        if command.method == "GET", path[2] == "variable" { return self.variable(of: channel, command) }
        guard command.method == "POST" || command.method == "DELETE" else { return Self.wrongMethod }
        // Anybody's channel can be listened to, whoever holds it.
        if command.method == "POST", path[2] == "snoop" { return self.snoop(on: channel, command) }
        guard channel.application != nil else { return .refused(409, "Channel not in Stasis application") }
        // The fourth word is the client's id of a playback.
        guard path.count == 3 || path[2] == "play" else { return .refused(404, "Resource not found") }
        return self.action(path[2], on: channel, command)
    }

    private mutating func action(
        _ action: String, on channel: ExchangeChannel, _ command: ExchangeCommand
    ) -> ExchangeAnswer {
        let starts = command.method == "POST"
        switch action {
        case "answer": self.answer(channel.id)
        // Neither says so in an event: `ChannelHold` comes from a telephone's own key (`press(hold:)`), and music on
        // hold has none on ARI (trace w_unbridged_and_wrong_state).
        case "hold":
            self.channels[channel.id]?.isHeld = starts
            self.settle(channel.id)
        case "moh":
            self.channels[channel.id]?.hasMusic = starts
            self.settle(channel.id)
        case "ring", "progress", "mute", "silence": break
        case "dtmf":
            guard let digits = command.parameter("dtmf"), !digits.isEmpty else {
                return .refused(400, "DTMF is required")
            }
        case "variable":
            guard let name = command.parameter("variable") else {
                return .refused(400, "Variable name is required")
            }
            self.set(name, command.parameter("value") ?? "", channel: channel.id)
        case "play": return self.play(target: "channel:\(channel.id)", command)
        case "record": return self.record(.channel(channel.id), command)
        case "dial": return self.dial(channel, command)
        case "move": return self.move(channel, command)
        case "continue":
            if channel.isCaller { self.statistics.continued += 1 }
            self.leaveBridge(channel.id, keepsInterest: true)
            self.leaveStasis(channel.id)
            self.hangUp(channel.id, request: nil, cause: 16)
        default: return .refused(404, "Resource not found")
        }
        return .done
    }

    /// To another application: `StasisEnd` here, `StasisStart` there; or, as recorded, `ApplicationMoveFailed` to the
    /// one that holds it.
    private mutating func move(_ channel: ExchangeChannel, _ command: ExchangeCommand) -> ExchangeAnswer {
        guard let name = command.parameter("app"), !name.isEmpty else {
            return .refused(400, "Missing parameter app")
        }
        let arguments = (command.parameter("appArgs") ?? "").split(separator: ",").map { JSONValue.string(String($0)) }
        guard self.applications[name]?.isConnected == true else {
            self.emit(
                "ApplicationMoveFailed", channel: channel.id, application: channel.application,
                [("destination", .string(name)), ("args", .array(arguments))])
            return .done
        }
        self.leaveBridge(channel.id, keepsInterest: false)
        self.leaveStasis(channel.id)
        self.channels[channel.id]?.application = name
        self.applications[name]?.subscribe(channel: channel.id)
        self.emit("StasisStart", channel: channel.id, application: name, [("args", .array(arguments))])
        return .done
    }

    mutating func set(_ name: String, _ value: String, channel: String) {
        self.channels[channel]?.variables[name] = value
        self.emitVariable(name, value, channel: channel)
    }

    mutating func answer(_ id: String) {
        guard self.channels[id]?.state != "Up" else { return }
        self.channels[id]?.state = "Up"
        self.emit("ChannelStateChange", channel: id)
    }

    private func variable(of channel: ExchangeChannel, _ command: ExchangeCommand) -> ExchangeAnswer {
        switch command.parameter("variable") {
        case nil: .refused(400, "Variable name is required")
        case "CHANNEL(pjsip,call-id)": .ok(["value": .string(channel.protocolID)])
        case "CALLERID(num)": .ok(["value": .string(channel.caller.number)])
        case "CALLERID(name)": .ok(["value": .string(channel.caller.name)])
        case let name?:
            channel.variables[name].map { .ok(["value": .string($0)]) }
                ?? .refused(404, "Provided variable was not found", reason: "Variable Not Found")
        }
    }

    private mutating func deleteChannel(_ channel: ExchangeChannel, _ command: ExchangeCommand) -> ExchangeAnswer {
        var cause = 16
        if let code = command.parameter("reason_code") {
            guard let number = Int(code), number >= 0 else { return .refused(400, "Invalid Reason Code Provided") }
            cause = number
        } else if let reason = command.parameter("reason") {
            guard let named = ReleaseCause.named(reason) else { return .refused(400, "Invalid Reason Provided") }
            cause = named
        }
        if case .caller = channel.role, channel.application != nil {
            if channel.hasTalked { self.statistics.hungUpTalking += 1 } else { self.statistics.hungUpWaiting += 1 }
        }
        self.hangUp(channel.id, request: .soft(32), cause: cause)
        return .done
    }
}
