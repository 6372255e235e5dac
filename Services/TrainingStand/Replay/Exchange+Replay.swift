import Foundation

extension Exchange {
    /// Starts a recording; nil if the application it speaks to has no socket.
    mutating func start(_ script: ReplayScript, application: String, speed: Double, number: String?) -> Int? {
        guard self.applications[application]?.isConnected == true else { return nil }
        let id = self.nextSerial()
        var replay = Replay(id: id, script: script, application: application, speed: speed, openedAt: self.now)
        for recorded in script.inbound { replay.substitutes[recorded] = self.nextChannelID() }
        if let number, let caller = script.inbound.first, let known = Self.caller(of: caller, in: script) {
            replay.substitutes[known] = number
        }
        self.statistics.replays += 1
        self.replays[id] = replay
        self.play(id)
        return id
    }

    private static func caller(of channel: String, in script: ReplayScript) -> String? {
        let number = script.segments[0].events.first { $0.channel == channel }?.event["channel"]?["caller"]?["number"]
        return number?.string.flatMap { $0.isEmpty ? nil : $0 }
    }

    mutating func replayIsDue(_ id: Int, _ generation: Int) {
        guard let replay = self.replays[id], replay.generation == generation else { return }
        if let gate = replay.waitingFor, case .join(_, _, isHolding: true) = gate, !replay.arrived.isEmpty {
            // The client goes on without this queue: so does the recording.
            self.replays[id]?.skipped.append(gate.description)
            self.advance(id)
        }
        self.play(id)
    }

    /// Plays what is due, then waits for time or for a command.
    private mutating func play(_ id: Int) {
        while let replay = self.replays[id], !replay.isFinished, !replay.isWaiting {
            let events = replay.script.segments[replay.segment].events
            if replay.event < events.count {
                if self.isGone(events[replay.event].channel, in: replay) {
                    self.replays[id]?.event += 1
                    continue
                }
                let due = replay.due(events[replay.event])
                guard due <= self.now.addingTimeInterval(0.0005) else {
                    self.replays[id]?.generation += 1
                    self.schedule(
                        .replay(run: id, generation: replay.generation + 1), after: due.timeIntervalSince(self.now))
                    return
                }
                self.replays[id]?.event += 1
                self.play(events[replay.event], of: id)
            } else {
                self.open(replay.segment + 1, of: id)
            }
        }
    }

    /// Leaves the present segment without playing it.
    private mutating func advance(_ id: Int) {
        guard let replay = self.replays[id] else { return }
        self.replays[id]?.isWaiting = false
        self.open(replay.segment + 1, of: id)
    }

    private mutating func open(_ segment: Int, of id: Int) {
        guard var replay = self.replays[id] else { return }
        replay.segment = segment
        replay.event = 0
        replay.openedAt = self.now
        replay.isWaiting = false
        if segment >= replay.script.segments.count {
            replay.isFinished = true
        } else if let gate = replay.script.segments[segment].gate {
            if replay.arrived.removeValue(forKey: segment) == nil {
                replay.isWaiting = !self.isVoid(gate, in: replay)
                if !replay.isWaiting { replay.skipped.append(gate.description) }
            }
        }
        self.replays[id] = replay
    }

    /// A command about a channel that is gone will never come.
    private func isVoid(_ gate: ReplayGate, in replay: Replay) -> Bool {
        switch gate {
        case .answer(let channel), .join(let channel, _, _), .delete(let channel):
            self.isGone(channel, in: replay)
        case .originate:
            !replay.script.inbound.isEmpty
                && replay.script.inbound.allSatisfy { caller in
                    self.isGone(caller, in: replay)
                }
        }
    }

    /// The leg is over, or was to be originated before and was not.
    private func isGone(_ channel: String, in replay: Replay) -> Bool {
        self.channels[replay.substitutes[channel] ?? ""] == nil
            && (replay.appeared.contains(channel) || !replay.script.inbound.contains(channel))
    }

    /// The client ended a leg otherwise than recorded: what waits for a command about it waits no longer.
    mutating func replayLostChannel(_ id: Int) {
        guard let gate = self.replays[id]?.waitingFor, let replay = self.replays[id], self.isVoid(gate, in: replay)
        else { return }
        self.replays[id]?.skipped.append(gate.description)
        self.replays[id]?.isWaiting = false
        self.replays[id]?.openedAt = self.now
        self.replays[id]?.generation += 1
        self.schedule(.replay(run: id, generation: replay.generation + 1), after: 0)
    }

    // MARK: Commands

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

    private func replayedChannel(
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

    // MARK: Events

    private mutating func play(_ entry: ReplayScript.Event, of run: Int) {
        guard var replay = self.replays[run], let type = entry.event["type"]?.string,
            let id = replay.substitutes[entry.channel]
        else { return }
        if self.channels[id] == nil {
            guard !replay.appeared.contains(entry.channel) else { return }
            replay.appeared.insert(entry.channel)
            let serial = self.nextSerial()
            let name = self.channelName("trunk122", serial: serial)
            if let known = entry.event["channel"]?["name"]?.string { replay.substitutes[known] = name }
            self.channels[id] = self.replayedChannel(id, serial: serial, name: name, isOriginated: false, run: run)
        }
        var event = replay.rewritten(entry.event, stamp: self.stamp)
        if let json = event["channel"] ?? event["peer"] { self.channels[id]?.adopt(json) }
        if let dialled = replay.dialled[entry.channel] {
            if event["dialstring"] != nil { event["dialstring"] = .string(dialled.dialString) }
            if type == "StasisStart" { event["args"] = .array(dialled.arguments.map { .string($0) }) }
        }
        replay.played += 1
        self.replays[run] = replay
        self.apply(type, &event, channel: id, recordedBridge: entry.event["bridge"]?["id"]?.string, replay)
        self.deliver(event, type: type, channel: id, entry: entry, to: replay.application)
        switch type {
        case "StasisEnd":
            self.channels[id]?.application = nil
            self.applications[replay.application]?.unsubscribe(channel: id)
        case "ChannelDestroyed": self.forget(channel: id)
        default: break
        }
    }

    /// What an event means for the state that other commands see.
    private mutating func apply(
        _ type: String, _ event: inout JSONValue, channel id: String, recordedBridge: String?, _ replay: Replay
    ) {
        switch type {
        case "StasisStart":
            self.channels[id]?.application = replay.application
            self.applications[replay.application]?.subscribe(channel: id)
        case "ChannelEnteredBridge":
            guard let bridge = recordedBridge.flatMap({ replay.substitutes[$0] }) else { break }
            if let previous = self.channels[id]?.bridge { self.bridges[previous]?.channels.remove(id) }
            self.channels[id]?.bridge = bridge
            self.bridges[bridge]?.channels.insert(id)
            self.applications[replay.application]?.subscribe(bridge: bridge)
        case "ChannelLeftBridge":
            guard let bridge = self.channels[id]?.bridge else { break }
            self.bridges[bridge]?.channels.remove(id)
            self.channels[id]?.bridge = nil
            if case .join? = replay.script.segments[replay.segment].gate, self.isMove(replay) {
                self.applications[replay.application]?.unsubscribe(bridge: bridge)
            }
            if self.bridges[bridge]?.channels.isEmpty == true, let recording = self.bridges[bridge]?.recording {
                self.finishRecording(recording)
            }
        default: break
        }
        guard let bridge = recordedBridge.flatMap({ replay.substitutes[$0] }), var present = self.bridges[bridge] else {
            return
        }
        if let technology = event["bridge"]?["technology"]?.string { present.technology = technology }
        event["bridge"] = present.json
        self.bridges[bridge]?.technology = present.settledTechnology
    }

    /// The next event enters another bridge: the channel was moved, it did not hang up.
    private func isMove(_ replay: Replay) -> Bool {
        let events = replay.script.segments[replay.segment].events
        return replay.event < events.count && events[replay.event].event["type"] == "ChannelEnteredBridge"
    }

    private mutating func deliver(
        _ event: JSONValue, type: String, channel: String, entry: ReplayScript.Event, to owner: String
    ) {
        let isStasis = type == "StasisStart" || type == "StasisEnd"
        // What the originate and Stasis subscribed by themselves is in the recording already.
        let held = self.channels[channel].map { ($0.isOriginated ? 1 : 0) + ($0.application != nil ? 1 : 0) } ?? 0
        for (name, application) in self.applications where application.isConnected && application.accepts(type) {
            let isInterested = application.isSubscribedToAll || application.channels[channel] != nil
            let hears: Bool
            if name != owner {
                hears = isInterested && !isStasis
            } else if entry.isOrdinary {
                hears = true
            } else {
                hears = application.isSubscribedToAll || (application.channels[channel] ?? 0) > held
            }
            guard hears else { continue }
            var present = event
            present["application"] = .string(name)
            self.send(present, to: name)
        }
    }
}
