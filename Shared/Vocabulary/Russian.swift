public import Foundation

/// Russian words and notation.
public enum Russian {
    /// The form of a noun that goes with a number: `plural(21, "обращение", "обращения", "обращений")` = «обращение».
    public static func plural(_ number: Int, _ one: String, _ few: String, _ many: String) -> String {
        let magnitude = number.magnitude
        switch (magnitude % 100, magnitude % 10) {
        case (11...14, _): return many
        case (_, 1): return one
        case (_, 2...4): return few
        default: return many
        }
    }

    /// The number and the noun, a no-break space between: «5 обращений».
    public static func counted(_ number: Int, _ one: String, _ few: String, _ many: String) -> String {
        "\(number)\u{A0}\(Self.plural(number, one, few, many))"
    }

    /// `21.11.2026`
    public static func date(_ date: Date, in zone: RegionTimeZone) -> String { CalendarDate(date, in: zone).russian }

    /// `09:05`
    public static func time(_ date: Date, in zone: RegionTimeZone) -> String {
        let second = zone.wallClock(at: date).second
        return "\(Digits.padded(second / 3600, 2)):\(Digits.padded(second / 60 % 60, 2))"
    }

    /// `21.11.2026 09:05`
    public static func dateTime(_ date: Date, in zone: RegionTimeZone) -> String {
        "\(Self.date(date, in: zone)) \(Self.time(date, in: zone))"
    }

    /// «21 ноября 2026»
    public static func longDate(_ date: CalendarDate) -> String {
        let months = [
            "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября",
            "декабря",
        ]
        return "\(date.day) \(months[date.month - 1]) \(date.year)"
    }
}
