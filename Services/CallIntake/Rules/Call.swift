import Contracts
import Foundation
import Vocabulary

/// One call on the line: a citizen who called in, was called back and answered, or is called by an operator.
///
/// Codable as the row keeps it while the call lives; a member that is added later must be optional.
struct Call: Sendable, Equatable, Codable {
    enum Direction: String, Codable, Sendable {
        case inbound, callback, outbound
    }

    let id: UUID
    /// The citizen's channel at the exchange.
    let channel: String
    var caller: CallerNumber
    /// The caller id as it was signalled, when `caller` does not say it: for the record, never dialled.
    var signalled: String?
    /// The number that was dialled.
    var line: String
    /// The order of arrival; clocks may run backwards, this does not.
    let ordinal: Int64
    /// Stands right behind the call of this ordinal: a citizen called back keeps the place of the first call.
    var place: Int64?
    let receivedAt: Date
    let direction: Direction
    /// The order of commands: that of the call, or of the call whose operator took this one as a second line.
    var lane: UUID
    /// Where the order to end its channel goes: behind the one that dials it.
    var endLane: UUID { self.state == .dialling ? self.attemptID ?? self.lane : self.lane }
    var callbackID: UUID?
    /// The dial that an operator was rung for first.
    var attemptID: UUID?
    /// When the citizen was dialled whom an operator calls.
    var dialledAt: Date?
    /// That operator.
    var dialledBy: String?
    var originalCallID: UUID?
    var preferredOperatorID: String?

    var state = CallState.waiting
    /// The queue of the plan; empty before one was chosen.
    var queue = ""
    var priority = CallPriority.ordinary
    /// Who is rung or has the call now.
    var operatorID: String?
    /// Who spoke last.
    var spokenOperatorID: String?
    /// The channel of the operator who is rung or has the call now.
    var legID: String?
    /// How many legs were tried: a channel id is never used twice.
    var legCount: Int32 = 0
    /// Rings on the second line of an operator in conversation.
    var isSecondLine = false
    /// Operators who did not take it as their second line.
    var declinedBy: [String] = []
    var ringingSince: Date?
    /// How long the operator who answered first was rung.
    var ringSeconds = 0.0

    /// Conversations so far: each has a bridge and a recording of its own.
    var part: Int32 = 0
    /// The newest part whose bridge was made before it began.
    var preparedPart: Int32?
    /// The recording that runs.
    var recording: String?
    var menu: MenuPosition?
    var message: SecretaryMessage?
    /// How far a voice has come with a citizen who was called.
    var voice: VoiceProgress?
    var transfer: Transfer?
    var supervisions: [Supervision] = []
    var clock = ConversationClock()
    var heldSince: Date?
    /// The operator's telephone holds by its own key, not we.
    var isHeldByTelephone: Bool?
    var holds = 0
    var heldSeconds = 0.0

    /// What is being said to the caller.
    var playback: String?
    var playbackCount: Int32 = 0
    /// When the present step is over, however it goes.
    var dueAt: Date?
    var announceAt: Date?
    var offerAt: Date?
    /// A callback was offered: the key for it counts.
    var isOffered = false

    var hasLostOperator = false
    /// Decided already: the call ends so after the last words.
    var farewell: CallOutcome?
    var answeredAt: Date?
    var endedAt: Date?
    var outcome: CallOutcome?
    var cause: Int?
    /// When the caller's channel ended, by the exchange's event of it, and when we heard that event.
    var brokenAt: Date?
    var brokenHeardAt: Date?
    /// The operator has ordered the end.
    var isHangUpRequested = false
    /// Who asked for the end first.
    var hangUpRequest: CallRelease.Request?

    init(
        id: UUID, channel: String, caller: CallerNumber, line: String, ordinal: Int64, receivedAt: Date,
        direction: Direction = .inbound
    ) {
        self.id = id
        self.channel = channel
        self.caller = caller
        self.line = line
        self.ordinal = ordinal
        self.receivedAt = receivedAt
        self.direction = direction
        self.lane = id
    }

    var lowerID: String { self.id.uuidString.lowercased() }

    /// The mixing bridge of the present conversation.
    var bridge: String { self.bridge(ofPart: self.part) }

    private func bridge(ofPart part: Int32) -> String { "talk-\(self.lowerID)-\(part)" }

    /// The bridge that is there for a conversation which has not begun.
    var waitingBridge: String? {
        guard let preparedPart, preparedPart > self.part else { return nil }
        return self.bridge(ofPart: preparedPart)
    }

    /// - Returns: the bridge to make for the next conversation; nil when it was made before.
    mutating func prepareBridge() -> String? {
        guard self.waitingBridge == nil else { return nil }
        self.preparedPart = self.part + 1
        return self.waitingBridge
    }

    /// When something is to be done next.
    var nextDue: Date? {
        var due = self.dueAt
        for other in [self.announceAt, self.offerAt] {
            guard let other else { continue }
            due = due.map { min($0, other) } ?? other
        }
        return due
    }

    /// An operator calls a citizen who has not answered yet.
    var isBeingPlaced: Bool { self.direction == .outbound && self.answeredAt == nil }

    /// Whether operator and caller have each other, on hold or not.
    var isInConversation: Bool { self.state == .talking || self.state == .held }

    /// The id of the next leg to an operator.
    mutating func nextLeg() -> String {
        self.legCount += 1
        return "op-\(self.lowerID)-\(self.legCount)"
    }

    mutating func nextPlayback() -> String {
        self.playbackCount += 1
        let id = "say-\(self.lowerID)-\(self.playbackCount)"
        self.playback = id
        return id
    }

    /// Channels that belong to the call and to no operator.
    var extraLegs: [String] {
        var legs = self.supervisions.map(\.leg)
        if let transfer, transfer.operatorID == nil { legs.append(transfer.leg) }
        return legs
    }

    mutating func endHold(at now: Date) {
        guard let heldSince else { return }
        self.heldSeconds += max(0, now.timeIntervalSince(heldSince))
        self.heldSince = nil
        self.isHeldByTelephone = nil
        self.dueAt = nil
    }

    /// What was measured, at the end.
    func times(endedAt: Date) -> CallTimes {
        CallTimes(
            waiting: max(0, (self.answeredAt ?? endedAt).timeIntervalSince(self.receivedAt)),
            ringing: self.ringSeconds, questioning: self.clock.seconds(.questioning),
            consultation: self.clock.seconds(.consultation), holds: self.holds, held: self.heldSeconds)
    }

    /// - Parameter hold: seconds of one hold.
    func view(hold: Double) -> CallView {
        var view = CallView(
            callID: self.id, caller: self.caller, state: self.state, operatorID: self.operatorID,
            receivedAt: self.receivedAt, answeredAt: self.answeredAt, callbackID: self.callbackID)
        view.originalCallID = self.originalCallID
        view.queue = self.queue.isEmpty ? nil : self.queue
        view.ringingSince = self.state == .ringing ? self.ringingSince : nil
        view.heldUntil = self.heldSince?.addingTimeInterval(hold)
        view.isHeldByTelephone = self.isHeldByTelephone
        view.transfer = self.transfer?.view
        if self.answeredAt != nil {
            view.phase = self.clock.phase
            view.phaseSince = self.clock.since
            view.questioning = self.clock.seconds(.questioning)
            view.consultation = self.clock.seconds(.consultation)
        }
        if self.isInConversation || self.state == .transferred { view.isRecorded = self.recording != nil }
        let listening = self.supervisions.filter(\.isUp)
        if !listening.isEmpty {
            view.listeners = listening.map(\.supervisorID)
            view.listenerModes = Dictionary(
                listening.map { ($0.supervisorID, $0.mode) }, uniquingKeysWith: { $1 })
        }
        return view
    }
}
