/// The codes seen in implementations; the official list comes from GetErrorList only.
enum N3ErrorCode {
    static func meaning(_ code: Int) -> MISError.Meaning {
        switch code {
        case 0: .configuration
        case 1: .accessDenied
        case 4: .incompleteData
        case 20: .patientNotFound
        case 21: .patientNotUnique
        case 22: .patientMismatch
        case 33: .doctorMismatch
        case 34: .ageMismatch
        case 35: .alreadyBooked
        case 36: .notAttached
        case 38: .slotInvalid
        case 39: .slotTaken
        case 41: .areasUnknown
        case 75: .bookingUnknownOrCancelled
        case 99: .unforeseen
        default: .unlisted
        }
    }

    /// Whether a change that ended so may still have been made: 99 is a catch-all, an unlisted code tells nothing.
    static func leavesOutcomeOpen(_ meaning: MISError.Meaning) -> Bool {
        meaning == .unforeseen || meaning == .unlisted
    }
}
