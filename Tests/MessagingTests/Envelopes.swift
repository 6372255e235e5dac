import Foundation
import Messaging

/// An event as its relay would publish it, with a number of the test's choice.
func envelope<E: Event>(
    _ event: E, _ version: Int64, id: UUID = MessageID.next(), body: [UInt8]? = nil
) throws -> EventEnvelope {
    EventEnvelope(
        id: id, source: E.source.rawValue, type: E.type, version: E.version, subject: event.subject,
        subjectVersion: version, time: Date(), traceparent: nil,
        body: try body ?? Array(MessageCoding.encoder.encode(event)))
}

/// SplitMix64: the same numbers for the same seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var value = self.state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
