import Contracts
import Foundation
import Vocabulary

/// One call on the line: a citizen who called in, or one who was called back and answered.
struct Call: Sendable, Equatable {
    let id: UUID
    /// The citizen's channel at the exchange.
    let channel: String
    let caller: CallerNumber
    /// The number that was dialled.
    let line: String
    /// The order of arrival; clocks may run backwards, this does not.
    let ordinal: Int64
    let receivedAt: Date
    /// Set for callbacks.
    var callbackID: UUID?
    var originalCallID: UUID?
    var preferredOperatorID: String?

    var state = CallState.waiting
    /// Goes before the calls that have not been served yet: callbacks, and callers whose operator was lost.
    var isPriority = false
    /// Who is rung or speaks now.
    var operatorID: String?
    /// Who spoke last.
    var spokenOperatorID: String?
    /// The channel of the operator who is rung or speaks now.
    var legID: String?
    /// How many legs were tried: a channel id is never used twice.
    var legCount: Int32 = 0
    var answeredAt: Date?
    var endedAt: Date?
    var outcome: CallOutcome?
    var cause: Int?
    /// The operator has ordered the end.
    var isHangUpRequested = false
    /// Who asked for the end first. Not kept over a restart: then the cause alone decides.
    var hangUpRequest: CallRelease.Request?

    init(id: UUID, channel: String, caller: CallerNumber, line: String, ordinal: Int64, receivedAt: Date) {
        self.id = id
        self.channel = channel
        self.caller = caller
        self.line = line
        self.ordinal = ordinal
        self.receivedAt = receivedAt
    }

    /// The mixing bridge of the present conversation.
    var bridge: String { "talk-\(self.id.uuidString.lowercased())-\(self.legCount)" }

    var view: CallView {
        CallView(
            callID: self.id, caller: self.caller, state: self.state, operatorID: self.operatorID,
            receivedAt: self.receivedAt, answeredAt: self.answeredAt, callbackID: self.callbackID)
    }

    /// The id of the next leg to an operator.
    mutating func nextLeg() -> String {
        self.legCount += 1
        return "op-\(self.id.uuidString.lowercased())-\(self.legCount)"
    }
}
