public import Foundation

extension UUID {
    /// A new identifier that sorts by its time of making (RFC 9562, version 7): 48 bits of Unix milliseconds, 12 bits
    /// that count within a millisecond, 62 random bits. Within one process each is greater than the one before, from
    /// any thread, also when the clock is set back.
    public static func version7() -> UUID {
        UUIDVersion7Source.shared.next()
    }
}

/// Sendable because `state` is touched only inside `lock`.
private final class UUIDVersion7Source: @unchecked Sendable {
    static let shared = UUIDVersion7Source()
    private let lock = NSLock()
    private var state = UUIDVersion7State()

    func next() -> UUID {
        var random = SystemRandomNumberGenerator()
        let (bits, start) = (random.next(), random.next() >> 53)
        let now = UInt64(max(0, Date().timeIntervalSince1970 * 1000))
        return self.lock.withLock { self.state.next(milliseconds: now, random: bits, start: start) }
    }
}

/// The rule as a value: the last millisecond used and how many were made in it.
struct UUIDVersion7State {
    private var milliseconds: UInt64 = 0
    private var count: UInt64 = 0

    /// - Parameters:
    ///   - random: 62 bits of it are used.
    ///   - start: where counting begins in a new millisecond, 0…2047.
    mutating func next(milliseconds now: UInt64, random: UInt64, start: UInt64) -> UUID {
        if now > self.milliseconds {
            self.milliseconds = now
            // A random start leaves half of the counter free and lets nobody guess how much is made.
            self.count = start & 0x7FF
        } else {
            self.count += 1
            // RFC 9562, 6.2: when the counter is used up, the time part is moved on.
            if self.count > 0xFFF { (self.milliseconds, self.count) = (self.milliseconds + 1, 0) }
        }
        let high = self.milliseconds << 16 | 0x7000 | self.count
        let low = random & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        return UUID(high: high, low: low)
    }
}

extension UUID {
    init(high: UInt64, low: UInt64) {
        func byte(_ word: UInt64, _ index: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: word >> (56 - 8 * index)) }
        self.init(
            uuid: (
                byte(high, 0), byte(high, 1), byte(high, 2), byte(high, 3), byte(high, 4), byte(high, 5), byte(high, 6),
                byte(high, 7), byte(low, 0), byte(low, 1), byte(low, 2), byte(low, 3), byte(low, 4), byte(low, 5),
                byte(low, 6), byte(low, 7)
            ))
    }
}
