public import Foundation

/// The zone in which a region lives, by its IANA name (`Europe/Saratov`). Codable as that name.
public struct RegionTimeZone: Hashable, Sendable, Codable, CustomStringConvertible {
    public let timeZone: TimeZone

    public static let moscow = RegionTimeZone(known: "Europe/Moscow")

    /// - Throws: `InputError` when the system knows no such zone.
    public init(identifier: String) throws {
        guard identifier.contains("/") || identifier == "UTC", let zone = TimeZone(identifier: identifier) else {
            throw InputError(.timeZone, hint: "Неизвестный часовой пояс: нужно имя вида Europe/Saratov.")
        }
        self.timeZone = zone
    }

    private init(known identifier: String) {
        // Moscow has kept UTC+3 since 2014; without zone data the clock is still right.
        self.timeZone = TimeZone(identifier: identifier) ?? TimeZone(secondsFromGMT: 10_800) ?? .gmt
    }

    public var identifier: String { self.timeZone.identifier }

    /// How the zone is named to Russians at that moment: «МСК», «МСК+1», «МСК-1».
    public func label(at date: Date) -> String {
        let date = date.timeIntervalSince1970.isFinite ? date : Date(timeIntervalSince1970: 0)
        let difference = self.timeZone.secondsFromGMT(for: date) - Self.moscow.timeZone.secondsFromGMT(for: date)
        guard difference != 0 else { return "МСК" }
        let minutes = abs(difference) / 60
        let rest = minutes % 60 == 0 ? "" : ":" + Digits.padded(minutes % 60, 2)
        return "МСК\(difference > 0 ? "+" : "-")\(minutes / 60)\(rest)"
    }

    /// What calendar and clock show at a moment: days since 1970-01-01 and seconds since midnight, 0…86 399. Never
    /// traps: moments before the year 1 and after 9999 are moved to these bounds, one that is no number to 1970.
    func wallClock(at date: Date) -> (day: Int, second: Int) {
        let time = date.timeIntervalSince1970
        let bounded = time.isNaN ? 0 : min(max(time, -62_135_596_800), 253_402_300_799)
        let moment = Date(timeIntervalSince1970: bounded)
        let seconds = Int(bounded.rounded(.down)) + self.timeZone.secondsFromGMT(for: moment)
        let second = (seconds % 86_400 + 86_400) % 86_400
        return ((seconds - second) / 86_400, second)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            try self.init(identifier: try container.decode(String.self))
        } catch let error as InputError {
            throw error.decoding(container)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.identifier)
    }

    public var description: String { self.identifier }
}
