import Foundation

extension Exchange {
    // MARK: Recording

    mutating func record(_ bridge: ExchangeBridge, _ command: ExchangeCommand) -> ExchangeAnswer {
        guard let name = command.parameter("name"), !name.isEmpty else {
            return .refused(400, "Recording name is required")
        }
        let format = command.parameter("format") ?? ""
        guard ["wav", "wav16", "gsm", "ulaw", "alaw", "sln", "g722"].contains(format) else {
            return .refused(422, "specified format is unknown on this system")
        }
        if let existing = self.recordings[name] {
            guard command.parameter("ifExists") == "overwrite", existing.finishedAt != nil else {
                return .refused(409, "Recording '\(name)' already exists and can not be overwritten")
            }
        }
        var recording = ExchangeRecording(
            name: name, format: format, bridge: bridge.id, serial: self.nextSerial(), startedAt: self.now)
        let answer = ExchangeAnswer(status: 201, body: recording.live())
        recording.state = "recording"
        self.recordings[name] = recording
        self.bridges[bridge.id]?.recording = name
        self.bridges[bridge.id]?.technology = "softmix"
        self.emit("RecordingStarted", bridge: bridge.id, recording: recording.live())
        if let seconds = command.parameter("maxDurationSeconds").flatMap(Double.init), seconds > 0 {
            self.schedule(.recordingEnds(name: name, serial: recording.serial), after: seconds)
        }
        return answer
    }

    /// Recording events bear the recording alone and go to the subscribers of its bridge.
    private mutating func emit(_ type: String, bridge: String, recording: JSONValue) {
        for (name, application) in self.applications where application.isConnected && application.accepts(type) {
            guard application.isSubscribedToAll || application.bridges[bridge] != nil else { continue }
            let event: JSONValue = [
                "type": .string(type), "timestamp": .string(self.stamp), "recording": recording,
                "asterisk_id": .string(Self.asteriskID), "application": .string(name),
            ]
            self.send(event, to: name)
        }
    }

    mutating func recordingEnds(_ name: String, _ serial: Int) {
        guard self.recordings[name]?.serial == serial else { return }
        self.finishRecording(name)
    }

    mutating func finishRecording(_ name: String) {
        guard var recording = self.recordings[name], recording.finishedAt == nil else { return }
        recording.finishedAt = self.now
        recording.state = "done"
        self.recordings[name] = recording
        self.bridges[recording.bridge]?.recording = nil
        let seconds = Int(self.now.timeIntervalSince(recording.startedAt))
        self.emit("RecordingFinished", bridge: recording.bridge, recording: recording.live(seconds))
    }

    mutating func recordingCommand(_ command: ExchangeCommand) -> ExchangeAnswer {
        let path = command.path
        let known = path.count > 2 ? self.recordings[path[2]] : nil
        switch (command.method, path.dropFirst().first, path.count) {
        case ("GET", "stored", 2):
            let stored = self.recordings.values.filter { $0.finishedAt != nil }.sorted { $0.name < $1.name }
            return .ok(.array(stored.map(\.stored)))
        case ("GET", "stored", 3):
            guard let known, known.finishedAt != nil else { return .refused(404, "Recording not found") }
            return .ok(known.stored)
        case ("GET", "stored", 4) where path[3] == "file":
            guard let known, let end = known.finishedAt else { return .refused(404, "Recording not found") }
            return ExchangeAnswer(status: 200, sound: Int(end.timeIntervalSince(known.startedAt)))
        case ("DELETE", "stored", 3):
            guard let known, known.finishedAt != nil else { return .refused(404, "Recording not found") }
            self.recordings[known.name] = nil
            return .done
        case (_, "live", 3...4):
            guard let known, known.finishedAt == nil else { return .refused(404, "Recording not found") }
            return self.live(known, command)
        default: return .refused(404, "Resource not found")
        }
    }

    private mutating func live(_ recording: ExchangeRecording, _ command: ExchangeCommand) -> ExchangeAnswer {
        switch (command.method, command.path.count == 4 ? command.path[3] : "") {
        case ("GET", ""): return .ok(recording.live())
        case ("DELETE", ""):
            self.finishRecording(recording.name)
            self.recordings[recording.name] = nil
            return .done
        case ("POST", "stop"):
            self.finishRecording(recording.name)
            return .done
        case ("POST", "pause"), ("DELETE", "pause"), ("POST", "mute"), ("DELETE", "mute"): return .done
        default: return Self.wrongMethod
        }
    }

    // MARK: Playback

    /// A sound lasts one second, whatever it is.
    mutating func play(target: String, _ command: ExchangeCommand) -> ExchangeAnswer {
        guard let media = command.parameter("media"), !media.isEmpty else {
            return .refused(400, "Media must be specified")
        }
        let path = command.path
        let id = path.count == 4 ? path[3] : command.parameter("playbackId") ?? self.callID()
        guard self.playbacks[id] == nil else { return .refused(409, "Playback already exists") }
        let playback = ExchangePlayback(id: id, media: media, target: target)
        self.playbacks[id] = playback
        self.emit("PlaybackStarted", playback, state: "playing")
        self.schedule(.playbackEnds(id: id), after: 1)
        return ExchangeAnswer(status: 201, body: playback.json("queued"))
    }

    private mutating func emit(_ type: String, _ playback: ExchangePlayback, state: String) {
        let id = String(playback.target.drop { $0 != ":" }.dropFirst())
        for (name, application) in self.applications where application.isConnected && application.accepts(type) {
            guard application.isSubscribedToAll || application.channels[id] != nil || application.bridges[id] != nil
            else { continue }
            let event: JSONValue = [
                "type": .string(type), "timestamp": .string(self.stamp), "playback": playback.json(state),
                "asterisk_id": .string(Self.asteriskID), "application": .string(name),
            ]
            self.send(event, to: name)
        }
    }

    mutating func playbackEnds(_ id: String) {
        guard let playback = self.playbacks.removeValue(forKey: id) else { return }
        self.emit("PlaybackFinished", playback, state: "done")
    }

    mutating func playbackCommand(_ command: ExchangeCommand) -> ExchangeAnswer {
        guard command.path.count >= 2, let playback = self.playbacks[command.path[1]] else {
            return .refused(404, "Playback not found")
        }
        switch (command.method, command.path.count) {
        case ("GET", 2): return .ok(playback.json("playing"))
        case ("DELETE", 2):
            self.playbackEnds(playback.id)
            return .done
        case ("POST", 3): return .done
        default: return Self.wrongMethod
        }
    }
}
