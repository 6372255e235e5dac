import Contracts
import Foundation
import Vocabulary

/// One attempt to reach a citizen.
struct Dial: Sendable, Equatable {
    enum State: String, Sendable {
        /// Committed with the break of the call, and not to be sent yet: the exchange is away, or an operator is rung first.
        case planned
        /// The command may have gone out; it never goes out again.
        case sending
        case finished
        /// The citizen called in first.
        case cancelled
    }

    let attemptID: UUID
    let callbackID: UUID
    let originalCallID: UUID
    let number: PhoneNumber
    var preferredOperatorID: String?
    let kind: CallbackKind
    /// Since when the citizen has waited; nil: at the head of the queue.
    let placeAt: Date?
    /// What a voice says to the citizen; nil: an operator speaks.
    let script: VoiceScript?
    var state: State
    var dueAt: Date
    /// When it was decided to dial: committed before the order goes out.
    var startedAt: Date?
    /// When the order went out, and when the exchange had taken it; nil while that is not known.
    var orderedAt: Date?
    var acceptedAt: Date?
    var finishedAt: Date?
    var outcome: DialOutcome?
    /// The call that the answered citizen is in.
    var callID: UUID?
    /// The last status that the exchange told. Not kept over a restart.
    var lastStatus: String?
    /// When the telephone began to ring. Not kept over a restart.
    var ringingAt: Date?

    /// The id of the channel, chosen by us.
    var channel: String { Self.channelPrefix + self.attemptID.uuidString.lowercased() }

    static let channelPrefix = "dial-"

    /// The attempt that a channel id names.
    static func attempt(ofChannel channel: String) -> UUID? {
        channel.hasPrefix(self.channelPrefix)
            ? UUID(uuidString: String(channel.dropFirst(self.channelPrefix.count))) : nil
    }

    init(_ request: DialCitizen, state: State, dueAt: Date) {
        self.attemptID = request.attemptID
        self.callbackID = request.callbackID
        self.originalCallID = request.originalCallID
        self.number = request.number
        self.preferredOperatorID = request.preferredOperatorID
        self.kind = request.kind ?? .brokenCall
        self.placeAt = request.placeAt
        self.script = request.script
        self.state = state
        self.dueAt = dueAt
    }
}
