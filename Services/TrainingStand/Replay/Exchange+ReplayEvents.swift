import Foundation

extension Exchange {
    mutating func play(_ entry: ReplayScript.Event, of run: Int) {
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
        if event["asterisk_id"] != nil { event["asterisk_id"] = .string(self.asteriskID) }
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
            for recording in self.bridges[bridge]?.recordings ?? []
            where self.bridges[bridge]?.channels.isEmpty == true {
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
