/// Why a call ended, decided from what the exchange really tells; one outcome a call (T-15).
public enum CallOutcome: String, Codable, Sendable, CaseIterable {
    /// After a conversation the caller hung up.
    case completedByCaller
    /// After a conversation the operator ended the call.
    case completedByOperator
    /// The caller left while the menu was speaking.
    case abandonedInMenu
    /// The caller left the queue before anybody was rung.
    case abandonedInQueue
    /// The caller left while an operator's telephone was ringing.
    case abandonedRinging
    /// The caller left within seconds of entering (5, unless set otherwise), wherever that was.
    case shortDrop
    /// The connection of the caller was lost in conversation: a callback follows within 15 s (C-01).
    case callerLineBroken
    /// The operator's connection was lost and the caller did not wait for another operator.
    case operatorLineBroken
    /// The exchange itself ended the call or lost it.
    case exchangeBroken
    /// The electronic secretary has a message (T-03).
    case messageLeft
    /// The electronic secretary answered; nothing was said.
    case noMessage
    /// The caller asked to be called back and keeps the place in the queue (T-05, C-07).
    case callbackRequested
    /// The caller was handed to a clinic, an outside number or the emergency service.
    case transferredAway
    /// A citizen whom an operator called did not answer.
    case notReached
    /// A voice spoke to a citizen who was called, and no operator.
    case spokenTo

    /// A lost connection, which calls for a callback within 15 s.
    public var isBroken: Bool {
        switch self {
        case .callerLineBroken, .operatorLineBroken, .exchangeBroken: true
        default: false
        }
    }

    /// The caller left by himself before any operator answered; short drops are counted apart.
    public var isAbandoned: Bool {
        switch self {
        case .abandonedInMenu, .abandonedInQueue, .abandonedRinging: true
        default: false
        }
    }
}
