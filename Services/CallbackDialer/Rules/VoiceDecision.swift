import Contracts
import Foundation

/// What a call that spoke by itself has come to. Values, no I/O.
struct VoiceDecision: Sendable, Equatable {
    /// What the citizen answered; nil when that is nothing anybody acts on.
    let choice: VoiceChoice?
    /// Nobody is to be dialled again.
    let isOver: Bool

    static func of(_ kind: CallbackKind, _ end: VoiceEnd, _ answers: [VoiceAnswer]) -> VoiceDecision {
        // Over when the operator is there; who is left alone in the queue is called again.
        if end == .toOperator { return VoiceDecision(choice: .asksOperator, isOver: false) }
        return switch (kind, answers.last?.key) {
        case (.appealOutcome, "1"): VoiceDecision(choice: .understood, isOver: true)
        case (.appointmentReminder, "1"): VoiceDecision(choice: .willCome, isOver: true)
        case (.appointmentReminder, "2"): VoiceDecision(choice: .cancels, isOver: true)
        case (.waitingListOffer, "1"): VoiceDecision(choice: .accepts, isOver: true)
        case (.waitingListOffer, "2"): VoiceDecision(choice: .declines, isOver: true)
        // A reminder that was heard has reminded: silence is not a cancellation, and no reason to call again.
        case (.appointmentReminder, _) where end == .silent: VoiceDecision(choice: .heard, isOver: true)
        // Whoever does not want to answer is not asked again (C-06).
        case (.survey, _): VoiceDecision(choice: nil, isOver: true)
        default: VoiceDecision(choice: nil, isOver: false)
        }
    }
}
