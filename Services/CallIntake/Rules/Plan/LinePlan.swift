import Foundation
import Vocabulary

/// How a region runs its line: queues, menu, limits. Read from `LINE_FILE`; what the file does not name keeps its
/// default.
struct LinePlan: Sendable, Equatable {
    /// What a telephone hung up by its operator means: the exchange cannot tell it from a lost operator (trace c6).
    enum OperatorHangUp: String, Codable, Sendable {
        /// The caller goes back to the head of the queue: safe for the caller, and the default.
        case returns
        /// An ordinary hang-up (cause 16) ends the call; every other cause is a lost line.
        case completes
    }

    /// Whose telephone rings first when a citizen is called back.
    enum CallbackOrder: String, Codable, Sendable {
        case citizen, `operator`
    }

    /// What happens at closing time to callers who wait.
    enum Closing: String, Codable, Sendable {
        /// Operators serve them; when the last one leaves, the secretary does.
        case serve
        case secretary
    }

    /// The first is the one that calls without a topic wait in.
    var queues = [QueuePlan()]
    /// Nil: callers wait at once.
    var menu: MenuPlan? = .standard
    /// Nil: no key leads to the emergency service.
    var emergency: EmergencyPlan? = EmergencyPlan()
    var breaks = BreakReason.standard
    /// Seconds of one hold, 5…30 (T-08: App. 5 allows no more than 30).
    var hold = 30.0
    /// Seconds of after-call work; 0 for none (T-14).
    var afterCall = 60.0
    /// A caller who leaves sooner is a short drop, in seconds.
    var shortDrop = 5.0
    var secretary = SecretaryPlan()
    var operatorHangUp = OperatorHangUp.returns
    /// Seconds that the receiver of a transfer is rung.
    var transferRing = 20
    /// Asks headsets to answer by themselves.
    var isAutoAnswered = false
    var closing = Closing.serve
    /// The part of the operators that callbacks leave free for those who call in, 0…0.9.
    var callbackShare = 0.25
    /// `operator`: an operator is rung first, for 7 s at most, and the citizen is dialled when somebody is there.
    var callbackOrder = CallbackOrder.citizen
    /// Calls at once in which a voice speaks to citizens: lines of the trunk that live callers do without, 0…200.
    var voiceLines = 8
    /// Which outside numbers are dialled (`DIAL_PREFIXES`, `OWN_NUMBERS`). Not in the file.
    var dialing = DialingRules.standard
    /// So often a number is dialled by the line itself within 24 hours (`DIAL_DAILY_LIMIT`). Not in the file.
    var dailyDials = 20

    static let standard = LinePlan()

    func queue(_ name: String) -> QueuePlan? { self.queues.first { $0.name == name } }

    var firstQueue: QueuePlan { self.queues[0] }
}

extension LinePlan: Decodable {
    private enum Key: String, CodingKey {
        case queues, menu, emergency, breaks, hold, afterCall, shortDrop, secretary, operatorHangUp, transferRing
        case isAutoAnswered = "autoAnswer"
        case closing, callbackShare, callbackOrder, voiceLines
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        func read<Value: Decodable>(_ key: Key, _ standard: Value) throws -> Value {
            try values.decodeIfPresent(Value.self, forKey: key) ?? standard
        }
        self.queues = try read(.queues, self.queues)
        // `null` takes the menu or the emergency key away; an absent member keeps the default.
        if values.contains(.menu) { self.menu = try values.decodeIfPresent(MenuPlan.self, forKey: .menu) }
        if values.contains(.emergency) {
            self.emergency = try values.decodeIfPresent(EmergencyPlan.self, forKey: .emergency)
        }
        self.breaks = try read(.breaks, self.breaks)
        self.hold = try read(.hold, self.hold)
        self.afterCall = try read(.afterCall, self.afterCall)
        self.shortDrop = try read(.shortDrop, self.shortDrop)
        self.secretary = try read(.secretary, self.secretary)
        self.operatorHangUp = try read(.operatorHangUp, self.operatorHangUp)
        self.transferRing = try read(.transferRing, self.transferRing)
        self.isAutoAnswered = try read(.isAutoAnswered, self.isAutoAnswered)
        self.closing = try read(.closing, self.closing)
        self.callbackShare = try read(.callbackShare, self.callbackShare)
        self.callbackOrder = try read(.callbackOrder, self.callbackOrder)
        self.voiceLines = try read(.voiceLines, self.voiceLines)
        if let fault = self.fault {
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: fault))
        }
    }

    /// What contradicts itself or a rule, in one sentence; nil when the plan can be run.
    var fault: String? {
        if self.queues.isEmpty { return "queues must name at least one queue" }
        if Set(self.queues.map(\.name)).count != self.queues.count { return "a queue is named twice" }
        if let fault = self.queues.lazy.compactMap(\.fault).first { return fault }
        if !(5...30).contains(self.hold) { return "hold must be 5 to 30 seconds (App. 5 of order 75-П)" }
        if !(0...600).contains(self.afterCall) { return "afterCall must be 0 to 600 seconds" }
        if !(0...30).contains(self.shortDrop) { return "shortDrop must be 0 to 30 seconds" }
        if !(5...60).contains(self.transferRing) { return "transferRing must be 5 to 60 seconds" }
        if !(0...0.9).contains(self.callbackShare) { return "callbackShare must be 0 to 0.9" }
        if !(0...200).contains(self.voiceLines) { return "voiceLines must be 0 to 200" }
        if Set(self.breaks.map(\.code)).count != self.breaks.count { return "a break reason is named twice" }
        return self.secretary.fault ?? self.menu?.fault(queues: self.queues)
    }
}
