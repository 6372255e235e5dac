public import Foundation
public import Messaging

/// What an operator does, as far as the line is concerned.
public enum OperatorState: String, Codable, Sendable, CaseIterable {
    case ready, ringing, talking
    /// All callers of the operator are on hold (T-08).
    case holding
    /// The conversation is over, the card is being filled (T-14).
    case afterCall
    /// A break that the operator chose, with a reason.
    case onBreak = "break"
    /// Did not pick up: gets no calls until ready is chosen again (T-06).
    case away
    case offline
}

public struct OperatorView: Codable, Sendable, Equatable {
    public var operatorID: String
    public var displayName: String
    public var telephone: String
    @OpenWord public var state: OperatorState?
    public var since: Date
    /// The call the operator speaks in, or is rung for.
    public var callID: UUID?
    /// Every line in hand, in order of arrival; two at most (T-07).
    public var lines: [CallView]
    /// A caller who waits for the operator's second line; to be taken by `take`.
    public var secondLine: CallView?
    public var breakReason: String?
    /// When the break or the after-call work reaches its limit.
    public var limitAt: Date?

    public init(
        operatorID: String, displayName: String, telephone: String, state: OperatorState, since: Date, callID: UUID?,
        lines: [CallView] = [], secondLine: CallView? = nil, breakReason: String? = nil, limitAt: Date? = nil
    ) {
        self.operatorID = operatorID
        self.displayName = displayName
        self.telephone = telephone
        self._state = OpenWord(state)
        self.since = since
        self.callID = callID
        self.lines = lines
        self.secondLine = secondLine
        self.breakReason = breakReason
        self.limitAt = limitAt
    }
}
