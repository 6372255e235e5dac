public import Foundation

/// A day without a time and without a zone: a birthday, a holiday. Codable as `2026-11-21`.
public struct CalendarDate: Hashable, Comparable, Sendable {
    public let year: Int
    /// 1…12
    public let month: Int
    /// 1…31
    public let day: Int

    /// Nil when there is no such day; years 1 to 9999.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month),
            (1...Self.length(ofMonth: month, year: year)).contains(day)
        else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// Reads `2026-11-21` and `21.11.2026`.
    /// - Throws: `InputError` with a Russian hint.
    public init(parsing text: String) throws {
        let trimmed = TypedText.visible(text).trimmingCharacters(in: .whitespacesAndNewlines)
        let isISO = trimmed.contains("-")
        let parts = trimmed.split(separator: isISO ? "-" : ".", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { $0.allSatisfy(Digits.isDigit) ? Int($0) : nil }
        guard numbers.count == 3, parts.count == 3, parts[isISO ? 0 : 2].count == 4 else {
            throw InputError(.date, hint: "Укажите дату в виде ДД.ММ.ГГГГ.")
        }
        let (year, day) = isISO ? (numbers[0], numbers[2]) : (numbers[2], numbers[0])
        guard let date = CalendarDate(year: year, month: numbers[1], day: day) else {
            throw InputError(.date, hint: "Такой даты нет: проверьте день, месяц и год.")
        }
        self = date
    }

    /// The local day of a moment; one outside the years 1 to 9999, an infinite one included, is taken as the first or
    /// last of their days, one that is no number as 1970-01-01.
    public init(_ date: Date, in zone: RegionTimeZone) {
        self.init(daysSince1970: zone.wallClock(at: date).day)
    }

    /// 1 = Monday … 7 = Sunday.
    public var weekday: Int {
        let shifted = (self.daysSince1970 + 3) % 7
        return (shifted < 0 ? shifted + 7 : shifted) + 1
    }

    /// Stops at the first and last day of the years 1 to 9999.
    public func adding(days: Int) -> CalendarDate {
        let (sum, overflow) = self.daysSince1970.addingReportingOverflow(days)
        return CalendarDate(daysSince1970: overflow ? (days < 0 ? Int.min : Int.max) : sum)
    }

    /// `minutes` after local midnight as a moment, by the wall clock of the zone: 540 is 09:00 also on a day on which
    /// the clocks change.
    public func moment(minutes: Int = 0, in zone: RegionTimeZone) -> Date {
        let wall = Double(self.daysSince1970) * 86_400 + Double(minutes) * 60
        // The offset is a function of the moment that is looked for: the second guess is right except inside a gap.
        let guess = wall - Double(zone.timeZone.secondsFromGMT(for: Date(timeIntervalSince1970: wall)))
        let offset = zone.timeZone.secondsFromGMT(for: Date(timeIntervalSince1970: guess))
        return Date(timeIntervalSince1970: wall - Double(offset))
    }

    /// `21.11.2026`
    public var russian: String {
        "\(Digits.padded(self.day, 2)).\(Digits.padded(self.month, 2)).\(Digits.padded(self.year, 4))"
    }

    public static func < (left: CalendarDate, right: CalendarDate) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }
}

extension CalendarDate {
    // The proleptic Gregorian calendar in years that begin in March, so that the leap day comes last.
    var daysSince1970: Int {
        let year = self.month <= 2 ? self.year - 1 : self.year
        let shiftedMonth = self.month > 2 ? self.month - 3 : self.month + 9
        let dayOfYear = (153 * shiftedMonth + 2) / 5 + self.day - 1
        return 365 * year + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
    }

    /// Days outside the years 1 to 9999 are taken as the first or last of them.
    init(daysSince1970 days: Int) {
        let shifted = min(max(days, -719_162), 2_932_896) + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        self.month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        self.day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        self.year = era * 400 + yearOfEra + (self.month <= 2 ? 1 : 0)
    }

    static func length(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension CalendarDate: Codable, CustomStringConvertible {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            try self.init(parsing: try container.decode(String.self))
        } catch let error as InputError {
            throw error.decoding(container)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.description)
    }

    /// `2026-11-21`
    public var description: String {
        "\(Digits.padded(self.year, 4))-\(Digits.padded(self.month, 2))-\(Digits.padded(self.day, 2))"
    }
}
