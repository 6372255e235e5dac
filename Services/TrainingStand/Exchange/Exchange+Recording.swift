import Foundation

extension Exchange {
    private static let formats: Set<String> = ["wav", "wav16", "gsm", "ulaw", "alaw", "sln", "g722"]

    /// `POST …/record` of a bridge or channel: 201 `queued`, then `RecordingStarted`.
    mutating func record(_ target: ExchangeRecording.Target, _ command: ExchangeCommand) -> ExchangeAnswer {
        guard !self.recordingFaults.fails else { return .failed("Internal Server Error") }
        guard let name = command.parameter("name"), !name.isEmpty else {
            return .refused(400, "Recording name is required")
        }
        let limits = ["maxDurationSeconds", "maxSilenceSeconds"].map { command.parameter($0).flatMap { Int($0) } ?? 0 }
        guard limits.allSatisfy({ $0 >= 0 }) else { return .refused(400, "duration cannot be negative") }
        let terminator = command.parameter("terminateOn") ?? "none"
        guard ["none", "any", "*", "#"].contains(terminator) else { return .refused(400, "terminateOn invalid") }
        let ifExists = command.parameter("ifExists") ?? "fail"
        guard ["fail", "overwrite", "append"].contains(ifExists) else { return .refused(400, "ifExists invalid") }
        let format = command.parameter("format") ?? ""
        guard Self.formats.contains(format) else {
            return .refused(422, "specified format is unknown on this system")
        }
        if case .channel(let id) = target, self.channels[id]?.bridge != nil {
            return .refused(409, "Cannot record channel while in bridge")
        }
        if let existing = self.recordings[name], existing.finishedAt == nil || ifExists == "fail" {
            return .refused(409, "Recording '\(name)' already exists and can not be overwritten")
        }
        var recording = ExchangeRecording(
            name: name, format: format, target: target, serial: self.nextSerial(), startedAt: self.now)
        recording.longest = limits[0] > 0 ? Double(limits[0]) : nil
        recording.longestSilence = limits[1] > 0 ? Double(limits[1]) : nil
        recording.terminator = terminator
        self.recordings[name] = recording
        switch target {
        // A channel records when it has played what it was given to play before.
        case .channel: self.enqueue(.recording(name), target: target.uri)
        case .bridge: self.recordingBegins(name)
        }
        return ExchangeAnswer(status: 201, body: recording.live(at: self.now))
    }

    mutating func recordingBegins(_ name: String) {
        guard var recording = self.recordings[name] else { return }
        recording.startedAt = self.now
        recording.state = "recording"
        switch recording.target {
        case .bridge(let bridge):
            self.bridges[bridge]?.recordings.append(name)
            self.bridges[bridge]?.technology = "softmix"
        case .channel(let channel):
            self.answer(channel)
            recording.speech = self.speaksToRecording(channel)
        }
        self.recordings[name] = recording
        self.emit("RecordingStarted", recording)
        self.watch(recording)
    }

    private mutating func emit(_ type: String, _ recording: ExchangeRecording) {
        self.emitMedia(
            type, target: recording.target.uri, [.init(key: "recording", value: recording.live(at: self.now))])
    }

    private mutating func watch(_ recording: ExchangeRecording) {
        guard let left = recording.left(at: self.now) else { return }
        self.schedule(.recordingEnds(name: recording.name, serial: recording.serial), after: left)
    }

    /// A limit is reached, unless pauses have moved it.
    mutating func recordingIsDue(_ name: String, _ serial: Int) {
        guard let recording = self.recordings[name], recording.serial == serial, recording.finishedAt == nil,
            recording.pausedAt == nil, let left = recording.left(at: self.now)
        else { return }
        if left > 0.001 { self.watch(recording) } else { self.finishRecording(name) }
    }

    mutating func finishRecording(_ name: String) {
        guard var recording = self.recordings[name], recording.finishedAt == nil else { return }
        recording.finishedAt = recording.pausedAt ?? self.now
        recording.pausedAt = nil
        recording.state = "done"
        self.recordings[name] = recording
        switch recording.target {
        case .bridge(let bridge): self.bridges[bridge]?.recordings.removeAll { $0 == name }
        case .channel: break
        }
        self.emit("RecordingFinished", recording)
        if case .channel(let channel) = recording.target {
            self.dequeue(.recording(name), target: recording.target.uri)
            self.waitsAgain(channel)
        }
    }

    /// The recording of a channel that runs now.
    func runningRecording(of channel: String) -> ExchangeRecording? {
        guard case .recording(let name)? = self.mediaQueues["channel:\(channel)"]?.first else { return nil }
        return self.recordings[name]
    }

    // MARK: Commands

    mutating func recordingCommand(_ command: ExchangeCommand) -> ExchangeAnswer {
        let path = command.path
        let known = path.count > 2 ? self.recordings[path[2]] : nil
        let stored = known.flatMap { $0.finishedAt == nil ? nil : $0 }
        switch (command.method, path.dropFirst().first, path.count) {
        case ("GET", "stored", 2):
            let all = self.recordings.values.filter { $0.finishedAt != nil }.sorted { $0.name < $1.name }
            return .ok(.array(all.map(\.stored)))
        case ("GET", "stored", 3): return stored.map { .ok($0.stored) } ?? Self.noRecording
        case ("GET", "stored", 4) where path[3] == "file":
            guard let stored else { return Self.noRecording }
            guard self.recordingFaults.fileFailures == 0 else {
                self.recordingFaults.fileFailures -= 1
                return .failed("Internal Server Error")
            }
            let seconds = stored.recorded(at: self.now)
            return ExchangeAnswer(status: 200, sound: RecordedSound(name: stored.name, seconds: seconds))
        case ("DELETE", "stored", 3):
            guard let stored else { return Self.noRecording }
            self.recordings[stored.name] = nil
            return .done
        case (_, "live", 3...4):
            guard let known, known.finishedAt == nil else { return Self.noRecording }
            return self.live(known, command)
        default: return .refused(404, "Resource not found")
        }
    }

    private static let noRecording = ExchangeAnswer.refused(404, "Recording not found")

    private mutating func live(_ recording: ExchangeRecording, _ command: ExchangeCommand) -> ExchangeAnswer {
        switch (command.method, command.path.count == 4 ? command.path[3] : "") {
        case ("GET", ""): return .ok(recording.live(at: self.now))
        case ("DELETE", ""), ("POST", "stop"):
            guard recording.state != "queued" else {
                // Disregarded before it began: nothing is stored.
                self.recordings[recording.name] = nil
                self.dequeue(.recording(recording.name), target: recording.target.uri)
                return .done
            }
            self.finishRecording(recording.name)
            if command.method == "DELETE" { self.recordings[recording.name] = nil }
            return .done
        case (_, "pause") where recording.state == "queued": return .refused(409, "Recording not in session")
        case ("POST", "pause"):
            guard recording.pausedAt == nil else { return .done }
            self.recordings[recording.name]?.pausedAt = self.now
            self.recordings[recording.name]?.state = "paused"
            return .done
        case ("DELETE", "pause"):
            guard let pausedAt = recording.pausedAt else { return .done }
            self.recordings[recording.name]?.paused += self.now.timeIntervalSince(pausedAt)
            self.recordings[recording.name]?.pausedAt = nil
            self.recordings[recording.name]?.state = "recording"
            if let going = self.recordings[recording.name] { self.watch(going) }
            return .done
        case ("POST", "mute"), ("DELETE", "mute"): return .done
        default: return Self.wrongMethod
        }
    }
}
