public import Foundation
internal import Glibc
internal import NIOConcurrencyHelpers

/// UUIDs of version 7 (RFC 9562): time-ordered, so that new rows go to the end of an index and not all over it.
public enum MessageID {
    private static let last = NIOLockedValueBox<(millisecond: UInt64, count: UInt16)>((0, 0))

    /// A new id, larger than every earlier one of this process.
    public static func next() -> UUID {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let clock = UInt64(now.tv_sec) * 1000 + UInt64(now.tv_nsec) / 1_000_000
        // The 12 bits after the time count within a millisecond; when they are used up the time runs ahead.
        let (millisecond, count) = Self.last.withLockedValue { last in
            if clock > last.millisecond {
                last = (clock, UInt16.random(in: 0..<0x400))
            } else if last.count < 0xFFF {
                last.count += 1
            } else {
                last = (last.millisecond + 1, 0)
            }
            return (last.millisecond, last.count)
        }
        let random = UInt64.random(in: .min ... .max)
        func byte(_ value: UInt64, _ shift: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: value >> shift) }
        return UUID(
            uuid: (
                byte(millisecond, 40), byte(millisecond, 32), byte(millisecond, 24), byte(millisecond, 16),
                byte(millisecond, 8), byte(millisecond, 0),
                0x70 | UInt8(count >> 8), UInt8(truncatingIfNeeded: count),
                0x80 | (byte(random, 56) & 0x3F), byte(random, 48), byte(random, 40), byte(random, 32),
                byte(random, 24), byte(random, 16), byte(random, 8), byte(random, 0)
            ))
    }
}
