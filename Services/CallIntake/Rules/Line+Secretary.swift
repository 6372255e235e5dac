import Contracts
import Foundation
import Vocabulary

/// The electronic secretary: greets, records one message, confirms (T-02, T-03).
extension Line {
    mutating func startSecretary(_ call: inout Call, at now: Date) {
        call.state = .secretary
        call.menu = nil
        call.announceAt = nil
        call.offerAt = nil
        call.message = SecretaryMessage()
        self.say([Prompt.secretaryGreeting] + Prompt.hours(self.calendar?.hours) + [Prompt.beep], to: &call)
        call.dueAt = now.addingTimeInterval(90)
    }

    /// The greeting, or the request to repeat, has been said.
    mutating func secretaryHasSpoken(_ call: inout Call, at now: Date) {
        guard call.message?.phase == .greeting else { return }
        call.message?.phase = .recording
        call.message?.recordingSince = now
        let plan = self.plan.secretary
        let recording = self.messageRecording(of: call, at: now)
        self.recordings[recording.name] = recording
        self.output.recordings[recording.name] = recording
        self.command(
            .recordMessage(
                channel: call.channel, name: recording.name, longest: plan.longest, silence: plan.silence),
            for: call.lane)
        // However it goes: the exchange may never tell that it has finished.
        call.dueAt = now.addingTimeInterval(Double(plan.longest + 15))
    }

    private func messageRecording(of call: Call, at now: Date) -> Recording {
        let attempt = call.message?.attempt ?? 1
        let name = "line122/message-\(call.lowerID)-\(attempt)"
        return Recording(
            id: RecordingIdentity.recording(of: call.id, .message, part: Int(attempt)), exchange: self.exchange,
            name: name, callID: call.id,
            kind: .message, part: Int(attempt), startedAt: now)
    }

    /// - Parameters:
    ///   - seconds: the length; nil when the exchange did not tell.
    ///   - spoken: of them spoken; nil when the exchange did not measure.
    mutating func messageFinished(_ call: inout Call, _ recording: Recording, seconds: Int?, spoken: Int?, at now: Date)
    {
        guard var message = call.message, message.phase == .recording else { return }
        call.dueAt = nil
        let heard = spoken ?? seconds
        // Of unknown length it may be a message: it is kept, and listened to.
        let isMessage = heard.map { $0 >= self.plan.secretary.shortest } ?? true
        if isMessage {
            message.phase = .done
            call.message = message
            self.announce(
                MessageLeft(
                    callID: call.id, caller: call.caller, recordingID: recording.id, leftAt: now, seconds: seconds ?? 0,
                    dueAt: self.calendar?.opening(onOrAfter: now) ?? now))
            if message.isCallerGone {
                self.end(&call, .messageLeft, at: now)
            } else {
                self.leave(&call, saying: Prompt.secretaryDone, outcome: .messageLeft, at: now)
            }
        } else if message.isCallerGone {
            self.end(&call, .noMessage, at: now)
        } else if message.attempt < self.plan.secretary.attempts {
            message.attempt += 1
            message.phase = .greeting
            call.message = message
            self.say([Prompt.secretaryShort, Prompt.beep], to: &call)
            call.dueAt = now.addingTimeInterval(60)
        } else {
            self.leave(&call, saying: Prompt.unavailable, outcome: .noMessage, at: now)
        }
    }

    /// Nothing can be recorded: the caller is told, never left in silence.
    mutating func messageFailed(_ call: inout Call, at now: Date) {
        guard call.message?.phase == .recording else { return }
        if call.message?.isCallerGone == true {
            self.end(&call, .noMessage, at: now)
        } else {
            self.leave(&call, saying: Prompt.unavailable, outcome: .noMessage, at: now)
        }
    }

    /// The greeting was not heard to its end, or the recording's end was not told.
    mutating func secretaryTimedOut(_ call: inout Call, at now: Date) {
        switch call.message?.phase {
        case .greeting:
            self.hush(&call)
            self.secretaryHasSpoken(&call, at: now)
        case .recording:
            guard let recording = self.messageRecording(inProgress: call) else { return self.hangUp(&call, at: now) }
            self.finish(recording, seconds: nil, at: now)
            self.messageFinished(&call, recording, seconds: nil, spoken: nil, at: now)
        case .done, nil: self.hangUp(&call, at: now)
        }
    }

    private func messageRecording(inProgress call: Call) -> Recording? {
        self.recordings["line122/message-\(call.lowerID)-\(call.message?.attempt ?? 1)"]
    }
}
