import Foundation

extension Exchange {
    /// Puts sounds into the queue of a channel or bridge: 201 at once, the events when they are played.
    mutating func play(target: String, _ command: ExchangeCommand) -> ExchangeAnswer {
        let media = (command.parameter("media") ?? "").split(separator: ",").map(String.init)
        guard !media.isEmpty else { return .refused(400, "Media must be specified") }
        let path = command.path
        let id = path.count == 4 ? path[3] : command.parameter("playbackId") ?? self.callID()
        guard self.playbacks[id] == nil else { return .refused(409, "Playback already exists") }
        let playback = ExchangePlayback(id: id, serial: self.nextSerial(), media: media, target: target)
        self.playbacks[id] = playback
        self.enqueue(.playback(id), target: target)
        return ExchangeAnswer(status: 201, body: playback.json)
    }

    /// Seconds for which the answer to a command is held back because something is being said to its channel: the
    /// recorded exchange moves, answers and sets nothing there before the last word. Here the effect comes at once, only
    /// the answer waits.
    func holdUp(of command: ExchangeCommand) -> Double {
        let path = command.path
        guard command.method == "POST", path.count == 3 else { return 0 }
        var channels: [Substring] = []
        switch (path[0], path[2]) {
        case ("channels", "answer"), ("channels", "variable"): channels = [path[1][...]]
        case ("bridges", "addChannel"), ("bridges", "removeChannel"):
            channels = (command.parameter("channel") ?? "").split(separator: ",")
        default: break
        }
        let ends = channels.compactMap { channel -> Date? in
            guard case .playback(let id)? = self.mediaQueues["channel:\(channel)"]?.first else { return nil }
            return self.playbacks[id]?.endsAt
        }
        return max(0, ends.max()?.timeIntervalSince(self.now) ?? 0)
    }

    // MARK: The queue of a target

    mutating func enqueue(_ task: MediaTask, target: String) {
        self.mediaQueues[target, default: []].append(task)
        if self.mediaQueues[target]?.count == 1 { self.begin(task) }
    }

    private mutating func begin(_ task: MediaTask) {
        switch task {
        case .playback(let id): self.soundBegins(id)
        case .recording(let name): self.recordingBegins(name)
        }
    }

    /// A task is over; the next of its target begins if it was the one that ran.
    mutating func dequeue(_ task: MediaTask, target: String) {
        guard let index = self.mediaQueues[target]?.firstIndex(of: task) else { return }
        self.mediaQueues[target]?.remove(at: index)
        guard let next = self.mediaQueues[target]?.first else {
            self.mediaQueues[target] = nil
            return
        }
        if index == 0 { self.begin(next) }
    }

    /// The target is gone: what runs fails, what waits is dropped without an event.
    mutating func dropMedia(target: String) {
        guard let tasks = self.mediaQueues.removeValue(forKey: target) else { return }
        for (index, task) in tasks.enumerated() {
            switch task {
            case .playback(let id):
                guard var playback = self.playbacks.removeValue(forKey: id), index == 0 else { continue }
                playback.state = "failed"
                self.emit("PlaybackFinished", playback)
            case .recording(let name):
                if index == 0 { self.finishRecording(name) } else { self.recordings[name] = nil }
            }
        }
    }

    // MARK: Sounds

    /// One sound after the other: `PlaybackStarted` for each, `PlaybackContinuing` between two, `PlaybackFinished`
    /// at the end (res_stasis_playback.c: `play_on_channel`).
    private mutating func soundBegins(_ id: String) {
        guard var playback = self.playbacks[id] else { return }
        guard !playback.isCancelled else {
            self.finishPlayback(id)
            return
        }
        playback.state = "playing"
        let left = playback.media[playback.index...].reduce(0) { $0 + self.sounds.duration(of: $1) }
        playback.endsAt = self.now.addingTimeInterval(left)
        self.playbacks[id] = playback
        self.emit("PlaybackStarted", playback)
        self.schedule(
            .playbackEnds(id: id, serial: playback.serial),
            after: self.sounds.duration(of: playback.media[playback.index]))
    }

    mutating func soundEnds(_ id: String, _ serial: Int) {
        guard var playback = self.playbacks[id], playback.serial == serial, playback.state == "playing" else { return }
        guard playback.index + 1 < playback.media.count else {
            self.finishPlayback(id)
            if playback.target.hasPrefix("channel:") { self.wasTold(String(playback.target.dropFirst(8))) }
            return
        }
        playback.state = "continuing"
        self.emit("PlaybackContinuing", playback)
        playback.index += 1
        self.playbacks[id] = playback
        self.soundBegins(id)
    }

    private mutating func finishPlayback(_ id: String) {
        guard var playback = self.playbacks.removeValue(forKey: id) else { return }
        playback.state = "done"
        self.emit("PlaybackFinished", playback)
        self.dequeue(.playback(id), target: playback.target)
    }

    private mutating func emit(_ type: String, _ playback: ExchangePlayback) {
        self.emitMedia(type, target: playback.target, [.init(key: "playback", value: playback.json)])
    }

    /// Events of sounds and recordings bear neither channel nor bridge and go to the subscribers of their target.
    mutating func emitMedia(_ type: String, target: String, _ details: [JSONValue.Member]) {
        let id = String(target.drop { $0 != ":" }.dropFirst())
        let isBridge = target.hasPrefix("bridge:")
        var isHeard = false
        for (name, application) in self.applications where application.isConnected && application.accepts(type) {
            let count = isBridge ? application.bridges[id] : application.channels[id]
            guard application.isSubscribedToAll || count != nil else { continue }
            isHeard = true
            let members: [JSONValue.Member] =
                [
                    .init(key: "type", value: .string(type)), .init(key: "timestamp", value: .string(self.stamp)),
                ] + details + [
                    .init(key: "asterisk_id", value: .string(self.asteriskID)),
                    .init(key: "application", value: .string(name)),
                ]
            self.send(.object(members), to: name)
        }
        if isHeard, !isBridge, Latency.timed.contains(type) { self.time(type, channel: id) }
    }

    mutating func playbackCommand(_ command: ExchangeCommand) -> ExchangeAnswer {
        guard command.path.count >= 2, let playback = self.playbacks[command.path[1]] else {
            return .refused(404, "Playback not found")
        }
        switch (command.method, command.path.count) {
        case ("GET", 2): return .ok(playback.json)
        case ("DELETE", 2):
            self.stop(playback)
            return .done
        case ("POST", 3) where command.path[2] == "control": return self.control(playback, command)
        default: return Self.wrongMethod
        }
    }

    /// What plays ends now; what waits is cancelled and says so when its turn comes.
    private mutating func stop(_ playback: ExchangePlayback) {
        if playback.state == "queued" {
            self.playbacks[playback.id]?.isCancelled = true
        } else {
            self.finishPlayback(playback.id)
        }
    }

    private mutating func control(_ playback: ExchangePlayback, _ command: ExchangeCommand) -> ExchangeAnswer {
        switch command.parameter("operation") {
        case "stop": self.stop(playback)
        case "restart" where playback.state == "playing":
            // A timer of the first run must not end the second one.
            self.playbacks[playback.id] = ExchangePlayback(
                id: playback.id, serial: self.nextSerial(), media: playback.media, target: playback.target,
                index: playback.index)
            self.soundBegins(playback.id)
        case "restart", "reverse", "forward", "pause", "unpause":
            return .refused(409, "Invalid operation for current playback state")
        default: return .refused(400, "Invalid playback operation")
        }
        return .done
    }
}
