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
        // The fourth word is the client's id of a playback.
        guard path.count < 4 || path[2] == "play" else { return .refused(404, "Resource not found") }
        switch (command.method, path.count >= 3 ? path[2] : "") {
        case ("GET", ""): return .ok(bridge.json)
        case ("DELETE", ""): return self.deleteBridge(bridge)
        case ("POST", "addChannel"): return self.addChannels(to: path[1], command)
        case ("POST", "removeChannel"): return self.removeChannels(from: path[1], command)
        case ("POST", "moh"), ("DELETE", "moh"):
            self.bridges[path[1]]?.hasMusic = command.method == "POST"
            if bridge.isMixing { for channel in bridge.channels { self.settle(channel) } }
            return .done
        case ("POST", "play"): return self.play(target: "bridge:\(path[1])", command)
        case ("POST", "record"): return self.record(.bridge(path[1]), command)
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
        for channel in bridge.channels { self.leaveBridge(channel, keepsInterest: true) }
        self.dropMedia(target: "bridge:\(bridge.id)")
        for recording in self.bridges[bridge.id]?.recordings ?? [] { self.finishRecording(recording) }
        self.emit("BridgeDestroyed", bridge: bridge.id)
        self.bridges[bridge.id] = nil
        for name in self.applications.keys { self.applications[name]?.forget(bridge: bridge.id) }
        return .done
    }

    private func named(_ command: ExchangeCommand) -> [String]? {
        guard let list = command.parameter("channel"), !list.isEmpty else { return nil }
        return list.split(separator: ",").map(String.init)
    }

    private mutating func addChannels(to bridge: String, _ command: ExchangeCommand) -> ExchangeAnswer {
        guard let ids = self.named(command) else { return .refused(400, "Missing parameter channel") }
        for id in ids {
            guard let channel = self.channels[id] else { return .refused(400, "Channel not found") }
            guard channel.application != nil else { return .refused(422, "Channel not in Stasis application") }
            guard !self.isToBeRecorded(id) else { return .refused(409, "Channel \(id) currently recording") }
        }
        for id in ids { self.join(id, bridge) }
        return .done
    }

    private func isToBeRecorded(_ channel: String) -> Bool {
        self.mediaQueues["channel:\(channel)"]?.contains { task in
            if case .recording = task { true } else { false }
        } ?? false
    }

    private mutating func removeChannels(from bridge: String, _ command: ExchangeCommand) -> ExchangeAnswer {
        guard let ids = self.named(command) else { return .refused(400, "Missing parameter channel") }
        for id in ids {
            guard let channel = self.channels[id] else { return .refused(400, "Channel not found") }
            guard channel.bridge == bridge else { return .refused(422, "Channel not in this bridge") }
        }
        for id in ids { self.leaveBridge(id, keepsInterest: false) }
        return .done
    }

    /// Moves a channel into a bridge, out of the one it is in.
    mutating func join(_ id: String, _ bridge: String) {
        guard self.channels[id]?.bridge != bridge else { return }
        self.leaveBridge(id, keepsInterest: false)
        self.channels[id]?.bridge = bridge
        // Music of the channel's own ends where the bridge is heard.
        self.channels[id]?.hasMusic = false
        self.bridges[bridge]?.channels.insert(id)
        if let application = self.channels[id]?.application {
            self.applications[application]?.subscribe(bridge: bridge)
        }
        self.emit("ChannelEnteredBridge", channel: id, bridge: bridge)
        // A holding bridge of a thousand callers is not looked through for each that comes.
        guard let joined = self.bridges[bridge], joined.isMixing, joined.channels.count > 1 else {
            self.settle(id)
            return
        }
        if joined.channels.count == 2, let peer = joined.channels.first(where: { $0 != id }) {
            self.emitPeers(id, peer)
        }
        self.bridges[bridge]?.technology = joined.settledTechnology
        for channel in joined.channels { self.settle(channel) }
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
        if left.channels.isEmpty { for recording in left.recordings { self.finishRecording(recording) } }
        self.settle(id)
        if left.isMixing { for remaining in left.channels { self.settle(remaining) } }
    }
}
