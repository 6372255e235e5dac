import Contracts
import Foundation
import Vocabulary

/// What is recorded, and whether it really is (T-04).
extension Line {
    /// The exchange is given 10 s to tell that a recording has ended; then it counts as finished.
    mutating func awaitEnd(ofRecording name: String, at now: Date) {
        self.timers.set(.recording(name), at: now.addingTimeInterval(10))
    }

    /// A conversation begins: its next part, in a bridge and with a recording of its own.
    mutating func beginPart(_ call: inout Call, at now: Date) {
        call.part += 1
        let name = "line122/call-\(call.lowerID)-\(call.part)"
        call.recording = name
        let recording = Recording(
            id: RecordingIdentity.recording(of: call.id, .conversation, part: Int(call.part)), exchange: self.exchange,
            name: name,
            callID: call.id, kind: .conversation, part: Int(call.part), startedAt: now)
        self.recordings[name] = recording
        self.output.recordings[name] = recording
    }

    /// The bridge is taken away: the exchange finishes the recording and says so, or is not waited for.
    mutating func endPart(_ call: inout Call, at now: Date) {
        if let bridge = call.waitingBridge {
            call.preparedPart = nil
            self.command(.removeBridge(bridge), for: call.lane)
        }
        guard call.part > 0 else { return }
        if call.recording != nil || call.isInConversation || call.state == .transferred {
            self.command(.removeBridge(call.bridge), for: call.lane)
        }
        if let name = call.recording {
            self.awaitEnd(ofRecording: name, at: now)
        }
        call.recording = nil
    }

    mutating func recordingFinished(_ name: String, seconds: Int?, spoken: Int?, at now: Date) {
        guard let recording = self.recordings[name] else { return }
        self.finish(recording, seconds: seconds, at: now)
        guard var call = self.calls[recording.callID] else { return }
        switch recording.kind {
        case .message: self.messageFinished(&call, recording, seconds: seconds, spoken: spoken, at: now)
        case .conversation: if call.recording == name { call.recording = nil }
        }
        self.save(call)
    }

    mutating func finish(_ recording: Recording, seconds: Int?, at now: Date) {
        var recording = recording
        recording.finishedAt = max(now, recording.startedAt)
        recording.durationSeconds = seconds
        self.close(recording)
    }

    mutating func recordingFailed(_ name: String, reason: String, at now: Date) {
        guard var recording = self.recordings[name] else { return }
        recording.failure = reason
        recording.finishedAt = max(now, recording.startedAt)
        self.close(recording)
        guard var call = self.calls[recording.callID] else { return }
        switch recording.kind {
        case .message: self.messageFailed(&call, at: now)
        case .conversation: if call.recording == name { call.recording = nil }
        }
        self.save(call)
    }

    private mutating func close(_ recording: Recording) {
        self.recordings[recording.name] = nil
        self.output.recordings[recording.name] = recording
        self.timers.set(.recording(recording.name), at: nil)
    }
}
