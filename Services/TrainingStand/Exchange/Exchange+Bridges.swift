extension Exchange {
    mutating func bridgeCommand(_ command: ExchangeCommand) -> ExchangeAnswer {
        let path = command.path
        switch (command.method, path.count) {
        case ("GET", 1):
            return .ok(.array(self.bridges.values.sorted { $0.id < $1.id }.map(\.json)))
        case ("POST", 1): return self.createBridge(id: command.parameter("bridgeId"), command)
        case ("POST", 2): return self.createBridge(id: path[1], command)
        case (_, 1): return Self.wrongMethod
        default: break
        }
        guard let bridge = self.bridges[path[1]] else { return .noBridge }
        switch (command.method, path.count == 3 ? path[2] : "") {
        case ("GET", ""): return .ok(bridge.json)
        case ("DELETE", ""): return self.deleteBridge(bridge)
        case ("POST", "addChannel"): return self.addChannels(to: bridge, command)
        case ("POST", "removeChannel"): return self.removeChannels(from: bridge, command)
        case ("POST", "moh"), ("DELETE", "moh"): return .done
        case ("POST", "play"): return self.play(target: "bridge:\(bridge.id)", command)
        case ("POST", "record"): return self.record(bridge, command)
        default: return .refused(404, "Resource not found")
        }
    }

    private mutating func createBridge(id: String?, _ command: ExchangeCommand) -> ExchangeAnswer {
        let types = (command.parameter("type") ?? "mixing").split(separator: ",").map(String.init)
        let type = types.contains("holding") ? "holding" : "mixing"
        let id = id ?? "\(self.systemName)-bridge-\(self.nextSerial())"
        guard self.bridges[id] == nil else { return .refused(409, "Bridge with id '\(id)' already exists") }
        let bridge = ExchangeBridge(
            id: id, type: type, technology: type == "holding" ? "holding_bridge" : "simple_bridge",
            name: command.parameter("name") ?? "", creationTime: self.stamp)
        self.bridges[id] = bridge
        self.emit("BridgeCreated", bridge: id)
        return .ok(bridge.json)
    }

    private mutating func deleteBridge(_ bridge: ExchangeBridge) -> ExchangeAnswer {
        for channel in bridge.channels.sorted() { self.leaveBridge(channel, keepsInterest: true) }
        self.emit("BridgeDestroyed", bridge: bridge.id)
        self.bridges[bridge.id] = nil
        for name in self.applications.keys { self.applications[name]?.bridges[bridge.id] = nil }
        return .done
    }

    private func named(_ command: ExchangeCommand) -> [String]? {
        guard let list = command.parameter("channel"), !list.isEmpty else { return nil }
        return list.split(separator: ",").map(String.init)
    }

    private mutating func addChannels(to bridge: ExchangeBridge, _ command: ExchangeCommand) -> ExchangeAnswer {
        guard let ids = self.named(command) else { return .refused(400, "Missing parameter channel") }
        for id in ids {
            guard let channel = self.channels[id] else { return .refused(400, "Channel not found") }
            guard channel.application != nil else { return .refused(409, "Channel not in Stasis application") }
        }
        for id in ids { self.join(id, bridge.id) }
        return .done
    }

    private mutating func removeChannels(from bridge: ExchangeBridge, _ command: ExchangeCommand) -> ExchangeAnswer {
        guard let ids = self.named(command) else { return .refused(400, "Missing parameter channel") }
        for id in ids {
            guard let channel = self.channels[id] else { return .refused(400, "Channel not found") }
            guard channel.bridge == bridge.id else { return .refused(422, "Channel not in this bridge") }
        }
        for id in ids { self.leaveBridge(id, keepsInterest: false) }
        return .done
    }

    /// Moves a channel into a bridge, out of the one it is in.
    mutating func join(_ id: String, _ bridge: String) {
        guard self.channels[id]?.bridge != bridge else { return }
        self.leaveBridge(id, keepsInterest: false)
        self.channels[id]?.bridge = bridge
        self.bridges[bridge]?.channels.insert(id)
        if let application = self.channels[id]?.application {
            self.applications[application]?.subscribe(bridge: bridge)
        }
        self.emit("ChannelEnteredBridge", channel: id, bridge: bridge)
        guard let joined = self.bridges[bridge], joined.isMixing, joined.channels.count > 1 else { return }
        if joined.channels.count == 2, let peer = joined.channels.first(where: { $0 != id }) {
            self.emitPeers(id, peer)
        }
        self.bridges[bridge]?.technology = joined.settledTechnology
        for channel in joined.channels.sorted() { self.conversationBegins(channel) }
    }

    /// Both legs learn of each other, as variables; the leg that waited longer learns the other's name.
    private mutating func emitPeers(_ joining: String, _ waiting: String) {
        guard let new = self.channels[joining], let old = self.channels[waiting] else { return }
        for round in 0..<3 {
            for (channel, peer) in [(new, old), (old, new)] {
                self.emitVariable("BRIDGEPEER", peer.name, channel: channel.id)
                self.emitVariable("BRIDGEPVTCALLID", peer.protocolID, channel: channel.id)
            }
            guard round == 1, !new.caller.isEmpty, old.connected != new.caller else { continue }
            self.channels[waiting]?.connected = new.caller
            self.emit("ChannelConnectedLine", channel: waiting)
        }
    }

    /// Takes a channel out of its bridge. A move ends one interest of the application in the bridge, a hang-up does
    /// not: that is why `BridgeDestroyed` of a queue left by a move never arrives.
    mutating func leaveBridge(_ id: String, keepsInterest: Bool) {
        guard let channel = self.channels[id], let bridge = channel.bridge else { return }
        if self.bridges[bridge]?.isMixing == true, channel.hasTalked {
            self.emitVariable("BRIDGEPEER", "", channel: id)
            self.emitVariable("BRIDGEPVTCALLID", "", channel: id)
        }
        self.bridges[bridge]?.channels.remove(id)
        self.channels[id]?.bridge = nil
        self.emit("ChannelLeftBridge", channel: id, bridge: bridge)
        if !keepsInterest, let application = channel.application {
            self.applications[application]?.unsubscribe(bridge: bridge)
        }
        guard let left = self.bridges[bridge] else { return }
        self.bridges[bridge]?.technology = left.settledTechnology
        if left.channels.isEmpty, let recording = left.recording { self.finishRecording(recording) }
        self.conversationEnds(id)
        if left.channels.count == 1, let remaining = left.channels.first { self.conversationEnds(remaining) }
    }
}
