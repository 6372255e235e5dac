import Contracts
import Foundation

/// How far a voice has come with a citizen who was called.
struct VoiceProgress: Sendable, Equatable, Codable {
    let attemptID: UUID
    let kind: CallbackKind
    let script: VoiceScript
    /// The question that is being asked; the number of questions when all were.
    var index = 0
    /// How often it was said again.
    var repeats = 0
    var answers: [VoiceAnswer] = []

    init(_ script: VoiceScript, of dial: Dial) {
        self.attemptID = dial.attemptID
        self.kind = dial.kind
        self.script = script
    }

    var question: VoiceScript.Question? {
        self.index < self.script.questions.count ? self.script.questions[self.index] : nil
    }
}
