import Foundation

extension Exchange {
    /// The answer to a command that a recording waits for, or is going to wait for; nil for every other command.
    mutating func replayAnswer(to command: ExchangeCommand) -> ExchangeAnswer? {
        guard self.replays.contains(where: { !$0.value.isFinished }) else { return nil }
        let path = command.path
        switch (command.method, path.first, path.count == 3 ? path[2] : "") {
        case ("POST", "channels", "answer"):
            guard let (id, recorded) = self.replay(of: path[1]) else { return nil }
            return self.give(.answer(channel: recorded), to: id) ? .done : nil
        case ("POST", "channels", "") where path.count <= 2: return self.replayOriginate(command)
        case ("DELETE", "channels", ""):
            guard path.count == 2, let (id, recorded) = self.replay(of: path[1]) else { return nil }
            return self.give(.delete(channel: recorded), to: id) ? .done : nil
        case ("POST", "bridges", "addChannel"): return self.replayJoin(command)
        default: return nil
        }
    }

    private func replay(of channel: String) -> (Int, String)? {
        guard case .replayed(let id) = self.channels[channel]?.role, let recorded = self.replays[id]?.recorded(channel)
        else { return nil }
        return (id, recorded)
    }

    /// Channels the recording waits for go its way, the others of the same command the ordinary one.
    private mutating func replayJoin(_ command: ExchangeCommand) -> ExchangeAnswer? {
        guard let bridge = self.bridges[command.path[1]], let list = command.parameter("channel") else { return nil }
        let named = list.split(separator: ",").map(String.init)
        let others = named.filter { !self.gives($0, to: bridge) }
        guard others.count < named.count else { return nil }
        guard !others.isEmpty else { return .done }
        var rest = command
        rest.query["channel"] = others.joined(separator: ",")
        return self.ordinaryAnswer(to: rest)
    }

    private mutating func gives(_ channel: String, to bridge: ExchangeBridge) -> Bool {
        guard let (id, recorded) = self.replay(of: channel), let replay = self.replays[id] else { return false }
        for index in replay.script.segments.indices where index >= replay.segment && !replay.matched.contains(index) {
            guard case .join(recorded, let name, let isHolding)? = replay.script.segments[index].gate,
                isHolding == !bridge.isMixing
            else { continue }
            self.replays[id]?.substitutes[name] = bridge.id
            return self.give(at: index, to: id)
        }
        return false
    }

    private mutating func replayOriginate(_ command: ExchangeCommand) -> ExchangeAnswer? {
        guard let endpoint = command.parameter("endpoint"), let application = command.parameter("app"),
            let resource = endpoint.split(separator: "/", maxSplits: 1).last.map(String.init)
        else { return nil }
        let wanted = command.path.count == 2 ? command.path[1] : command.parameter("channelId")
        if let wanted, self.channels[wanted] != nil { return nil }
        let text = [command.parameter("appArgs"), command.parameter("originator")].compactMap { $0 }
        let mentioned = self.channels.values.first { channel in
            !channel.isOriginated && text.contains { $0.contains(channel.id) }
        }
        let candidates = self.replays.values.filter { !$0.isFinished }.sorted { $0.id < $1.id }
        for replay in candidates {
            if let mentioned, !replay.substitutes.values.contains(mentioned.id) { continue }
            let open = replay.script.segments.indices.first { index in
                guard index >= replay.segment, !replay.matched.contains(index) else { return false }
                if case .originate = replay.script.segments[index].gate { return true }
                return false
            }
            guard let open,
                case .originate(let recorded, let arguments, let app, let body)? = replay.script
                    .segments[open].gate, mentioned != nil || open == replay.segment
            else { continue }
            let id = wanted ?? self.nextChannelID()
            self.map(
                recorded, to: id, resource: resource, arguments: (arguments, command.parameter("appArgs") ?? ""),
                application: (app, application), body: body, in: replay.id)
            let answer = self.replays[replay.id]?.rewritten(body, stamp: self.stamp) ?? .null
            self.channels[id]?.adopt(answer)
            return self.give(at: open, to: replay.id) ? .ok(answer) : nil
        }
        return nil
    }

    private mutating func map(
        _ recorded: String, to id: String, resource: String, arguments: (String, String),
        application: (String, String), body: JSONValue, in run: Int
    ) {
        let serial = self.nextSerial()
        let name = self.channelName(resource.split(separator: "@").last.map(String.init) ?? resource, serial: serial)
        let words = arguments.1.split(separator: ",").map(String.init)
        self.replays[run]?.substitutes[recorded] = id
        self.replays[run]?.appeared.insert(recorded)
        self.replays[run]?.dialled[recorded] = (resource, words)
        if let known = body["name"]?.string { self.replays[run]?.substitutes[known] = name }
        let data = [application.0, arguments.0].filter { !$0.isEmpty }.joined(separator: ",")
        self.replays[run]?.substitutes[data] = ([application.1] + words).joined(separator: ",")
        self.add(self.replayedChannel(id, serial: serial, name: name, isOriginated: true, run: run))
        self.applications[application.1]?.subscribe(channel: id)
    }

    func replayedChannel(
        _ id: String, serial: Int, name: String, isOriginated: Bool, run: Int
    ) -> ExchangeChannel {
        ExchangeChannel(
            id: id, serial: serial, name: name, state: isOriginated ? "Down" : "Ring", protocolID: "",
            caller: Party(), connected: Party(), context: "from-trunk", exten: isOriginated ? "s" : "122",
            priority: isOriginated ? 1 : 3, appName: "", appData: "", creationTime: self.stamp, createdAt: self.now,
            isOriginated: isOriginated, role: .replayed(run))
    }

    private mutating func give(_ gate: ReplayGate, to id: Int) -> Bool {
        guard let replay = self.replays[id],
            let index = replay.script.segments.indices.first(where: {
                $0 >= replay.segment && !replay.matched.contains($0) && replay.script.segments[$0].gate == gate
            })
        else { return false }
        if case .delete = gate {
            // A hang-up much earlier than recorded is the client's own decision: the exchange carries it out now.
            let rest = replay.script.segments[replay.segment].events.dropFirst(replay.event)
            let isReached = replay.isWaiting && replay.segment == index
            let isNext = replay.segment + 1 == index
            let isSoon = rest.last.map { replay.due($0).timeIntervalSince(self.now) < 1 } ?? true
            guard isReached || (isNext && isSoon && !replay.isWaiting) else { return false }
        }
        return self.give(at: index, to: id)
    }

    /// Notes the command of a segment, and plays on if the recording waited for it.
    private mutating func give(at index: Int, to id: Int) -> Bool {
        guard let replay = self.replays[id] else { return false }
        self.replays[id]?.matched.insert(index)
        if replay.isWaiting, replay.segment == index {
            self.replays[id]?.isWaiting = false
            self.replays[id]?.openedAt = self.now
            self.replays[id]?.generation += 1
            // After the answer: the recorded events of a command come on another socket a moment later.
            self.schedule(.replay(run: id, generation: replay.generation + 1), after: 0.0005)
        } else {
            self.replays[id]?.arrived[index] = self.now
            if replay.isWaiting {
                self.replays[id]?.generation += 1
                self.schedule(.replay(run: id, generation: replay.generation + 1), after: 2)
            }
        }
        return true
    }
}
