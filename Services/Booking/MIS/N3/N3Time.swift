import Foundation

/// The service's times: local, without zone and fractions; year 1 means "none".
struct N3Time: Sendable {
    private let calendar: Calendar

    init(_ zone: TimeZone) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        self.calendar = calendar
    }

    func text(_ date: Date) -> String {
        let parts = self.calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
        func two(_ number: Int?) -> String { (number ?? 0) < 10 ? "0\(number ?? 0)" : "\(number ?? 0)" }
        return "\(parts.year ?? 1)-\(two(parts.month))-\(two(parts.day))"
            + "T\(two(parts.hour)):\(two(parts.minute)):\(two(parts.second))"
    }

    /// Fractions are dropped. A zone, which the contract does not foresee, makes the text unreadable: nil.
    func date(_ text: String?) -> Date? {
        guard let text, let day = Self.day(text) else { return nil }
        let halves = text.split(separator: "T")
        let days = day.split(separator: "-").compactMap { Int($0) }
        guard halves.count == 2, days.count == 3 else { return nil }
        let times = halves[1].prefix { $0 != "." }.split(separator: ":").compactMap { Int($0) }
        guard times.count == 3, halves[1].prefix(8).count == 8, !halves[1].contains(where: { "Z+-".contains($0) })
        else { return nil }
        let parts = DateComponents(
            year: days[0], month: days[1], day: days[2], hour: times[0], minute: times[1], second: times[2])
        return self.calendar.date(from: parts)
    }

    /// `yyyy-MM-dd` of a date-time, nil for "none".
    static func day(_ text: String?) -> String? {
        guard let text, text.count >= 10, !text.hasPrefix("0001-") else { return nil }
        return String(text.prefix(10))
    }
}
