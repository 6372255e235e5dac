public import Foundation
public import Messaging

/// A key that a citizen pressed.
public struct VoiceAnswer: Codable, Sendable, Equatable {
    /// The name of the question.
    public var question: String
    public var key: String
    public var at: Date

    public init(question: String, key: String, at: Date) {
        self.question = question
        self.key = key
        self.at = at
    }
}

public enum VoiceEnd: String, Codable, Sendable, CaseIterable {
    /// All was said, and answered where there was something to answer.
    case completed
    /// All that was waited for was heard in silence.
    case silent
    /// The citizen hung up before.
    case hungUp
    /// The citizen asked for an operator; the call goes on in the queue.
    case toOperator
}

/// A call that spoke by itself has said what it could.
public struct VoiceFinished: Event {
    public static let source = ServiceName.callIntake
    public static let type = "voice.finished"
    public var subject: String { "voice/\(self.attemptID)" }

    public var attemptID: UUID
    public var callbackID: UUID
    public var callID: UUID
    @OpenWord public var kind: CallbackKind?
    /// In the order of the questions.
    public var answers: [VoiceAnswer]
    @OpenWord public var end: VoiceEnd?
    public var finishedAt: Date

    public init(
        attemptID: UUID, callbackID: UUID, callID: UUID, kind: CallbackKind, answers: [VoiceAnswer], end: VoiceEnd,
        finishedAt: Date
    ) {
        self.attemptID = attemptID
        self.callbackID = callbackID
        self.callID = callID
        self._kind = OpenWord(kind)
        self.answers = answers
        self._end = OpenWord(end)
        self.finishedAt = finishedAt
    }
}
