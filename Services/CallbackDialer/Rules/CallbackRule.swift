import Contracts
import Foundation

/// How citizens are called for one reason.
struct CallbackRule: Sendable, Equatable, Decodable {
    enum GiveUp: String, Sendable, Codable {
        /// The citizen is written to.
        case message
        /// Somebody is to call by hand: a task on the card.
        case task
        case nothing
    }

    /// Dials in all.
    var attempts: Int
    var spacing: Spacing
    /// Seconds from the reason to the first dial.
    var delay: TimeInterval = 0
    /// Outcomes after which nobody dials again, however many attempts are left.
    var final: Set<DialOutcome> = []
    /// Seconds after the promised time within which a personal promise waits for its operator; then any will do.
    var wait: TimeInterval = 1800
    /// Only in the citizen's calling hours.
    var keepsHours = true
    /// Also to those who do not want to be called: the law demands it, or they asked for it.
    var isDuty = true
    var giveUp = GiveUp.message
    /// No such callbacks at all.
    var isOff = false

    init(attempts: Int, spacing: Spacing) {
        self.attempts = attempts
        self.spacing = spacing
    }

    private enum CodingKeys: String, CodingKey {
        case attempts, spacing, delay, final, wait, giveUp, isOff
    }

    /// What the file names takes the place of what `standard` says; hours and duty are not the file's to change.
    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let kind = decoder.codingPath.last.flatMap { CallbackKind(rawValue: $0.stringValue) }
        self = kind.map(Self.standard) ?? Self(attempts: 3, spacing: Spacing(30))
        self.attempts = try values.decodeIfPresent(Int.self, forKey: .attempts) ?? self.attempts
        self.spacing = try values.decodeIfPresent(Spacing.self, forKey: .spacing) ?? self.spacing
        self.delay = try values.decodeIfPresent(TimeInterval.self, forKey: .delay) ?? self.delay
        self.final = try values.decodeIfPresent(Set<DialOutcome>.self, forKey: .final) ?? self.final
        self.wait = try values.decodeIfPresent(TimeInterval.self, forKey: .wait) ?? self.wait
        self.giveUp = try values.decodeIfPresent(GiveUp.self, forKey: .giveUp) ?? self.giveUp
        self.isOff = try values.decodeIfPresent(Bool.self, forKey: .isOff) ?? self.isOff
    }

    static func standard(_ kind: CallbackKind) -> CallbackRule {
        switch kind {
        case .brokenCall:
            var rule = CallbackRule(attempts: 3, spacing: Spacing(30))
            rule.keepsHours = false
            return rule
        case .requested:
            return CallbackRule(attempts: 3, spacing: Spacing(120, factor: 3, longest: 3600))
        case .abandonedWait:
            // Who gave up may have been helped meanwhile: a little later, and no more after a refusal.
            var rule = CallbackRule(attempts: 2, spacing: Spacing(900))
            rule.delay = 60
            rule.final = [.rejected, .unreachable]
            rule.isDuty = false
            rule.giveUp = .nothing
            return rule
        case .deferredAnswer:
            // What was promised aloud is kept by a person when the line could not.
            var rule = CallbackRule(attempts: 3, spacing: Spacing(600, factor: 3, longest: 86_400))
            rule.giveUp = .task
            return rule
        case .appealOutcome:
            var rule = CallbackRule(attempts: 3, spacing: Spacing(3600, factor: 3, longest: 86_400))
            rule.giveUp = .task
            return rule
        case .survey:
            var rule = CallbackRule(attempts: 2, spacing: Spacing(14_400))
            rule.delay = 3600
            rule.final = [.rejected, .unreachable, .machine]
            rule.isDuty = false
            rule.giveUp = .nothing
            return rule
        case .appointmentReminder:
            var rule = CallbackRule(attempts: 2, spacing: Spacing(1800))
            rule.delay = 21_600
            rule.isDuty = false
            return rule
        case .waitingListOffer:
            var rule = CallbackRule(attempts: 3, spacing: Spacing(120))
            rule.giveUp = .nothing
            return rule
        }
    }

    /// What contradicts a demand, in one sentence.
    func fault(_ kind: CallbackKind) -> String? {
        if !(1...20).contains(self.attempts) { return "\(kind.rawValue): attempts must be 1 to 20" }
        if !(0...86_400).contains(self.delay) { return "\(kind.rawValue): delay must be 0 to 86400 seconds" }
        if !(0...86_400).contains(self.wait) { return "\(kind.rawValue): wait must be 0 to 86400 seconds" }
        if kind == .brokenCall {
            if self.attempts < CallbackRules.minimumAttempts { return "brokenCall: attempts must be 2 or more (C-02)" }
            if self.delay > 0 || self.isOff || !self.final.isEmpty {
                return "brokenCall: delay, final and isOff cannot be set (C-01, C-02)"
            }
        }
        // Somebody counts on these: the citizen, or the card that waits to be closed.
        if self.isOff, kind == .deferredAnswer || kind == .appealOutcome {
            return "\(kind.rawValue): isOff cannot be set (C-04, C-05)"
        }
        return self.spacing.fault.map { "\(kind.rawValue): \($0)" }
    }
}
