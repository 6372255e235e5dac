public import Foundation
public import Messaging
public import Vocabulary

public enum CallState: String, Codable, Sendable, CaseIterable {
    /// The menu speaks and waits for a key.
    case menu
    /// The electronic secretary greets or records (T-03).
    case secretary
    /// A voice speaks to a citizen who was called, and keys answer it.
    case speaking
    case waiting, ringing, talking
    /// The operator speaks with nobody or with somebody else (T-08).
    case held
    /// The operator has left the caller to a transfer that is still ringing.
    case transferring
    /// The caller speaks with a clinic, an outside number or the emergency service.
    case transferred
    /// The operator's telephone is up and the citizen's is rung.
    case dialling
    /// The last words are said before the end.
    case leaving
    case ended
}

/// Which of the two clocks of a conversation runs (T-13).
public enum CallPhase: String, Codable, Sendable, CaseIterable {
    case questioning, consultation
}

public struct CallView: Codable, Sendable, Equatable {
    public struct Transfer: Codable, Sendable, Equatable {
        public enum State: String, Codable, Sendable, CaseIterable {
            case ringing, consulting
            /// The receiver waits with music while the operator speaks with the caller again.
            case parked
            case conference, joined
        }
        public var title: String
        public var toOperatorID: String?
        @OpenWord public var state: State?
        public init(title: String, toOperatorID: String?, state: State) {
            self.title = title
            self.toOperatorID = toOperatorID
            self._state = OpenWord(state)
        }
    }

    public var callID: UUID
    public var caller: CallerNumber
    @OpenWord public var state: CallState?
    public var operatorID: String?
    public var receivedAt: Date
    public var answeredAt: Date?
    public var callbackID: UUID?
    public var originalCallID: UUID?
    public var queue: String?
    /// When the telephone began to ring.
    public var ringingSince: Date?
    /// When the voice path opens again by itself (T-08).
    public var heldUntil: Date?
    /// The operator's telephone holds by its own key: only that key opens the voice path, which is late after `heldUntil`.
    public var isHeldByTelephone: Bool?
    public var transfer: Transfer?
    /// The running clock, since when it runs, and what both have gathered before, in seconds (T-13).
    @OptionalOpenWord public var phase: CallPhase?
    public var phaseSince: Date?
    public var questioning: Double?
    public var consultation: Double?
    /// Whether the conversation is being recorded; false is an alarm (T-04).
    public var isRecorded: Bool?
    /// Supervisors who hear the conversation.
    public var listeners: [String]?
    /// How each of them takes part, by id: who has joined is heard by the citizen. Nil in what older versions answered.
    public var listenerModes: [String: SuperviseCall.Mode]?

    public init(
        callID: UUID, caller: CallerNumber, state: CallState, operatorID: String?, receivedAt: Date, answeredAt: Date?,
        callbackID: UUID?
    ) {
        self.callID = callID
        self.caller = caller
        self._state = OpenWord(state)
        self.operatorID = operatorID
        self.receivedAt = receivedAt
        self.answeredAt = answeredAt
        self.callbackID = callbackID
    }
}
