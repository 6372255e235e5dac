/// Why a citizen is called back.
public enum CallbackKind: String, Codable, Sendable, CaseIterable {
    /// The line broke in conversation: dialled within 15 s at any hour (C-01).
    case brokenCall
    /// The caller chose to be called back and keeps the place in the queue (C-07).
    case requested
    /// The caller gave up waiting (C-07).
    case abandonedWait
    /// An operator promised the answer for a later time (C-04).
    case deferredAnswer
    /// A voice tells what was done about an appeal; 1 is understood, 0 an operator (C-05).
    case appealOutcome
    /// Questions about an appeal that was answered (C-06).
    case survey
    /// A voice reminds of a visit; 1 will come, 2 cancels, silence changes nothing.
    case appointmentReminder
    /// A visit that became free is offered to who waits for one; 1 takes it, 2 does not.
    case waitingListOffer

    /// Whether a voice speaks instead of an operator.
    public var isSpoken: Bool {
        switch self {
        case .brokenCall, .requested, .abandonedWait, .deferredAnswer: false
        case .appealOutcome, .survey, .appointmentReminder, .waitingListOffer: true
        }
    }
}
