import Contracts
import Foundation
import Messaging
import Vocabulary

@testable import CallIntake

/// What an exchange tells of one call, and what came out of it; no I/O.
struct ForeignTale {
    static let start = Date(timeIntervalSince1970: 1_795_230_000)
    static let rules = ForeignRules(shortDrop: 5, calendar: nil)

    var call: ForeignCall?
    var events: [any Event] = []
    var notes: [[ForeignStep.Note]] = []
    private var count = 0

    /// - Parameters:
    ///   - seconds: by the clock of the exchange, after the start.
    ///   - receivedAfter: by ours; the same when not given.
    mutating func tell(
        _ kind: ForeignEvent.Kind, at seconds: Double, caller: CallerNumber? = nil, receivedAfter: Double? = nil
    ) throws {
        self.count += 1
        let event = ForeignEvent(
            id: "\(self.count)", call: "7001", at: Self.start.addingTimeInterval(seconds), caller: caller,
            line: kind == .offered ? "122" : nil, kind: kind)
        let step = try ForeignCall.take(
            event, self.call, from: "avaya", rules: Self.rules,
            receivedAt: Self.start.addingTimeInterval(receivedAfter ?? max(seconds, 1000)))
        self.call = step.call
        self.events += step.events
        self.notes.append(step.notes)
    }

    func events<E: Event>(_ type: E.Type) -> [E] { self.events.compactMap { $0 as? E } }

    var types: [String] { self.events.map { type(of: $0).type } }
    var lastNotes: [ForeignStep.Note] { self.notes.last ?? [] }
    var ended: CallEnded? { self.events(CallEnded.self).first }

    static func caller(_ text: String = "+79990000005") -> CallerNumber { CallerNumber(raw: text) }

    /// A call that an operator answers after 12 s, holds for 8 s and that ends after 60 s.
    static func whole(reason: ForeignEvent.EndReason = .callerHungUp, cause: Int? = 16) throws -> ForeignTale {
        var tale = ForeignTale()
        try tale.tell(.offered, at: 0, caller: Self.caller())
        try tale.tell(.queued(queue: "first"), at: 2)
        try tale.tell(.ringing(operatorID: "operator1"), at: 7)
        try tale.tell(.answered(operatorID: "operator1", ringSeconds: nil), at: 12)
        try tale.tell(.held, at: 30)
        try tale.tell(.resumed, at: 38)
        try tale.tell(.ended(reason, cause: cause), at: 60)
        return tale
    }
}

/// The same numbers for the same seed (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var word = self.state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
