import Contracts

/// A loop each dials, so that none keeps another waiting.
enum DialLane: String, Sendable, CaseIterable {
    /// Broken calls: before everything, at any hour (C-01).
    case urgent
    /// Citizens whom one operator promised to call: they wait for that one, and not at the head of all others.
    case personal
    /// Citizens to whom an operator will speak.
    case `operator`
    /// Citizens to whom a voice speaks.
    case voice

    /// - Parameter operatorID: who is to speak with the citizen, if that matters.
    init(_ kind: CallbackKind, operatorID: String?) {
        switch kind {
        case .brokenCall: self = .urgent
        case .deferredAnswer where operatorID != nil: self = .personal
        default: self = kind.isSpoken ? .voice : .operator
        }
    }

    /// Dials asked for at once. Those that need a free operator are asked for in the order of their places.
    var concurrency: Int { self == .urgent ? 128 : 8 }

    /// Of each kind of probe in a round in which nobody can be dialled: behind broken calls of an exchange that is away
    /// stand those of another one, and the first of them are on their way already.
    var probes: Int { self == .urgent ? 8 : 1 }

    var shortestRest: Duration { self == .urgent ? .milliseconds(500) : .seconds(1) }

    /// Short against the 15 s of C-01 where they run, and against the patience of who waits for an operator.
    var longestRest: Duration {
        switch self {
        case .urgent: .seconds(1)
        case .operator: .seconds(2)
        case .personal, .voice: .seconds(5)
        }
    }
}
