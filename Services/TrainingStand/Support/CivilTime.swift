import Foundation

/// A moment as wall-clock fields at a fixed distance from UTC: the zone of a machine, without a calendar's cost.
struct CivilTime: Sendable, Equatable {
    var year: Int
    var month: Int
    var day: Int
    var hour: Int
    var minute: Int
    var second: Int
    var millisecond: Int

    /// Days since 1970-01-01, and seconds since that day's midnight, both local.
    init(daysSinceEpoch days: Int, seconds: Int, millisecond: Int = 0) {
        // Proleptic Gregorian date from a day number: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        self.day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        self.month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        self.year = yearOfEra + era * 400 + (self.month <= 2 ? 1 : 0)
        self.hour = seconds / 3600
        self.minute = seconds % 3600 / 60
        self.second = seconds % 60
        self.millisecond = millisecond
    }

    init(_ date: Date, utcOffset seconds: Int) {
        let milliseconds = Int((date.timeIntervalSince1970 * 1000).rounded(.down)) + seconds * 1000
        let days = Int((Double(milliseconds) / 86_400_000).rounded(.down))
        let rest = milliseconds - days * 86_400_000
        self.init(daysSinceEpoch: days, seconds: rest / 1000, millisecond: rest % 1000)
    }

    /// `2026-11-21T06:17:23.014+0300`: the form of every timestamp on ARI, no colon in the offset.
    static func stamp(_ date: Date, utcOffset: Int) -> String {
        let time = CivilTime(date, utcOffset: utcOffset)
        let sign = utcOffset < 0 ? "-" : "+"
        let minutes = abs(utcOffset) / 60
        return "\(time.date)T\(time.clock).\(Self.pad(time.millisecond, 3))\(sign)\(Self.pad(minutes / 60, 2))"
            + Self.pad(minutes % 60, 2)
    }

    /// `2026-11-21`.
    var date: String { "\(Self.pad(self.year, 4))-\(Self.pad(self.month, 2))-\(Self.pad(self.day, 2))" }

    /// `06:17:23`.
    var clock: String { "\(Self.pad(self.hour, 2)):\(Self.pad(self.minute, 2)):\(Self.pad(self.second, 2))" }

    static func pad(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return digits.utf8.count >= width ? digits : String(repeating: "0", count: width - digits.utf8.count) + digits
    }
}
