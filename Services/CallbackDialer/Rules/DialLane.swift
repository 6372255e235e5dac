import Contracts

/// Three loops dial, so that none keeps another waiting.
enum DialLane: String, Sendable, CaseIterable {
    /// Broken calls: before everything, at any hour (C-01).
    case urgent
    /// Citizens to whom an operator will speak.
    case `operator`
    /// Citizens to whom a voice speaks.
    case voice

    init(_ kind: CallbackKind) {
        self = kind == .brokenCall ? .urgent : kind.isSpoken ? .voice : .operator
    }
}
