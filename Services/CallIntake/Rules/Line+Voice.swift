import Contracts
import Foundation

/// A voice speaks to a citizen who was called: questions and keys. What the keys mean is decided by who asked for it.
extension Line {
    /// Seconds within which the exchange has said a question: the end of the prompts may never be told.
    private static let longestQuestion: TimeInterval = 90

    /// Calls in which a voice speaks, and dials that lead to one.
    var voiceLines: Int {
        self.calls.values.count { $0.state == .speaking }
            + self.dials.values.count { $0.state == .sending && $0.script != nil }
    }

    mutating func speak(_ script: VoiceScript, of dial: Dial, to call: inout Call, at now: Date) {
        call.state = .speaking
        call.voice = VoiceProgress(script, of: dial)
        self.repeatVoice(&call, at: now)
    }

    /// Says the present question from its beginning.
    mutating func repeatVoice(_ call: inout Call, at now: Date) {
        guard let question = call.voice?.question else { return self.endVoice(&call, .completed, at: now) }
        self.say(question.prompts, to: &call)
        call.dueAt = now.addingTimeInterval(Self.longestQuestion)
    }

    /// The question has been said: now the key is waited for.
    mutating func voiceHasSpoken(_ call: inout Call, at now: Date) {
        guard let question = call.voice?.question else { return }
        if question.keys.isEmpty { return self.follow(.onward, &call, at: now) }
        call.dueAt = now.addingTimeInterval(question.patience)
    }

    mutating func answerVoice(_ digit: String, _ call: inout Call, at now: Date) {
        guard let question = call.voice?.question, !question.keys.isEmpty else { return }
        guard let next = question.keys[digit] else { return self.insist(&call, at: now) }
        call.voice?.answers.append(VoiceAnswer(question: question.name, key: digit, at: now))
        self.follow(next, &call, at: now)
    }

    mutating func voiceTimedOut(_ call: inout Call, at now: Date) {
        guard let question = call.voice?.question else { return self.hangUp(&call, at: now) }
        if question.keys.isEmpty { return self.follow(.onward, &call, at: now) }
        self.insist(&call, at: now)
    }

    /// No key came, or one that means nothing.
    private mutating func insist(_ call: inout Call, at now: Date) {
        guard let voice = call.voice, let question = voice.question else { return }
        guard voice.repeats < question.repeats else { return self.endVoice(&call, .silent, at: now) }
        call.voice?.repeats += 1
        self.repeatVoice(&call, at: now)
    }

    private mutating func follow(_ next: VoiceScript.Next, _ call: inout Call, at now: Date) {
        switch next {
        case .onward:
            call.voice?.index += 1
            call.voice?.repeats = 0
            self.repeatVoice(&call, at: now)
        case .end: self.endVoice(&call, .completed, at: now)
        case .toOperator:
            self.tellVoice(&call, .toOperator, at: now)
            call.dueAt = nil
            self.enterQueue(&call, self.plan.firstQueue, at: now)
        }
    }

    private mutating func endVoice(_ call: inout Call, _ end: VoiceEnd, at now: Date) {
        let farewell = call.voice?.script.farewell ?? []
        self.tellVoice(&call, end, at: now)
        if farewell.isEmpty {
            self.hush(&call)
            call.state = .leaving
            call.farewell = .spokenTo
            self.hangUp(&call, at: now)
        } else {
            self.leave(&call, saying: farewell, outcome: .spokenTo, at: now)
        }
    }

    /// Told once, when the last key is known: whatever becomes of the farewell.
    mutating func tellVoice(_ call: inout Call, _ end: VoiceEnd, at now: Date) {
        guard let voice = call.voice, let callbackID = call.callbackID else { return }
        call.voice = nil
        self.announce(
            VoiceFinished(
                attemptID: voice.attemptID, callbackID: callbackID, callID: call.id, kind: voice.kind,
                answers: voice.answers, end: end, finishedAt: now))
    }
}
