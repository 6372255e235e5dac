extension Exchange {
    mutating func channelCommand(_ command: ExchangeCommand) -> ExchangeAnswer {
        let path = command.path
        switch (command.method, path.count) {
        case ("GET", 1): return .ok(.array(self.channels.values.sorted { $0.serial < $1.serial }.map(\.json)))
        case ("POST", 1): return self.originate(id: command.parameter("channelId"), command)
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
        guard channel.application != nil else { return .refused(409, "Channel not in Stasis application") }
        return self.action(path[2], on: channel, command)
    }

    private mutating func action(
        _ action: String, on channel: ExchangeChannel, _ command: ExchangeCommand
    ) -> ExchangeAnswer {
        switch action {
        case "answer": self.answer(channel.id)
        case "hold":
            let isHeld = command.method == "POST"
            self.emit(isHeld ? "ChannelHold" : "ChannelUnhold", channel: channel.id)
        case "ring", "mute", "silence": break
        case "moh":
            if command.method == "POST" {
                self.emit(
                    "ChannelMohStart", channel: channel.id,
                    [("moh_class", .string(command.parameter("mohClass") ?? "default"))])
            } else {
                self.emit("ChannelMohStop", channel: channel.id)
            }
        case "variable":
            guard let name = command.parameter("variable") else {
                return .refused(400, "Variable name is required")
            }
            self.emitVariable(name, command.parameter("value") ?? "", channel: channel.id)
        case "play": return self.play(target: "channel:\(channel.id)", command)
        case "dial": return .refused(409, "Channel is not in the 'Down' state")
        case "continue":
            self.leaveStasis(channel.id)
            self.hangUp(channel.id, request: nil, cause: 16)
        default: return .refused(404, "Resource not found")
        }
        return .done
    }

    private mutating func answer(_ id: String) {
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
        default: .refused(404, "Provided variable was not found", reason: "Variable Not Found")
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
