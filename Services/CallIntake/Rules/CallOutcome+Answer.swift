import Contracts

extension CallOutcome {
    /// Whether somebody may have spoken with the caller before the call ended so. The table `call` says the same
    /// (`call_outcome_fits`).
    enum Answer {
        case always, never, either
    }

    var answer: Answer {
        switch self {
        case .completedByCaller, .completedByOperator, .callerLineBroken, .operatorLineBroken: .always
        case .abandonedInMenu, .abandonedInQueue, .abandonedRinging, .shortDrop, .notReached, .spokenTo: .never
        // Whose operator was lost may be left to the secretary after closing, ask to be called back, or be handed on.
        case .messageLeft, .noMessage, .callbackRequested, .transferredAway, .exchangeBroken: .either
        }
    }

    func fits(isAnswered: Bool) -> Bool {
        switch self.answer {
        case .always: isAnswered
        case .never: !isAnswered
        case .either: true
        }
    }
}
