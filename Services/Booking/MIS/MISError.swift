/// Why the МИС did not do, or may not have done, what was asked.
struct MISError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What a refusal means for the caller of a contact centre.
    enum Meaning: Sendable, Equatable {
        case configuration, accessDenied, incompleteData, patientNotFound, patientNotUnique, patientMismatch
        case doctorMismatch, ageMismatch, alreadyBooked, notAttached, slotInvalid, slotTaken, areasUnknown
        case bookingUnknownOrCancelled, unforeseen, unlisted
    }

    enum Kind: Sendable, Equatable {
        /// The МИС said no and did nothing.
        case refused(code: Int, text: String, meaning: Meaning)
        /// Surely not executed, or a mere question that got no answer: ask again.
        case unavailable
        /// May have been executed: read the patient's bookings before trying again.
        case unknownOutcome
        /// The answer to a question could not be read; the text names the element.
        case malformed(String)
    }

    /// What came back.
    enum Answer: Sendable, Equatable {
        case none, unreadable, readable
    }

    let kind: Kind
    let operation: String
    /// What happened, safe to log.
    let cause: String
    var answer = Answer.none

    /// Whether the МИС may be away: nothing came back.
    var isSilence: Bool {
        switch self.kind {
        case .refused, .malformed: false
        case .unavailable, .unknownOutcome: self.answer == .none
        }
    }

    var isRetryable: Bool { self.kind == .unavailable }

    /// Safe to log: the refusal's text is left out, a МИС may write names into it.
    var description: String {
        switch self.kind {
        case .refused(let code, _, let meaning): "\(self.operation): refused with \(code) (\(meaning))"
        case .unavailable: "\(self.operation): no answer: \(self.cause)"
        case .unknownOutcome: "\(self.operation): outcome unknown: \(self.cause)"
        case .malformed(let text): "\(self.operation): unreadable answer: \(text)"
        }
    }

    /// For metrics.
    var kindName: String {
        switch self.kind {
        case .refused: "refused"
        case .unavailable: "unavailable"
        case .unknownOutcome: "unknown-outcome"
        case .malformed: "unreadable"
        }
    }
}
