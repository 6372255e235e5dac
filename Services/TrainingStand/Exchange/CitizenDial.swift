import Foundation

/// One outbound dial to a citizen: the evidence for "within 15 seconds, never twice".
struct CitizenDial: Sendable {
    var number: String
    var channel: String
    var at: Date
    /// When the last call from this number ended, as the exchange told it.
    var callEndedAt: Date?
    var outcome: DialOutcome
    var answeredAt: Date?
    var endedAt: Date?
    var cause: Int?

    func json(utcOffset: Int) -> JSONValue {
        func stamp(_ date: Date?) -> JSONValue {
            date.map { .string(CivilTime.stamp($0, utcOffset: utcOffset)) } ?? .null
        }
        return [
            "number": .string(self.number), "channel": .string(self.channel), "at": stamp(self.at),
            "epoch": .double(self.at.timeIntervalSince1970),
            "callEnded": self.callEndedAt.map { .double($0.timeIntervalSince1970) } ?? .null,
            "outcome": .string(self.outcome.rawValue),
            "answeredAt": stamp(self.answeredAt), "endedAt": stamp(self.endedAt),
            "cause": self.cause.map { .int($0) } ?? .null,
        ]
    }
}
