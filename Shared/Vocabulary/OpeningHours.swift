/// When operators answer on a working day (T-02), by the wall clock of the region; whole minutes, the end excluded.
/// Codable as `09:00-18:00`.
public struct OpeningHours: Hashable, Sendable, Codable, CustomStringConvertible {
    /// Minutes after midnight, 0…1439.
    public let opens: Int
    /// Minutes after midnight, later than `opens`, at most 1440.
    public let closes: Int

    /// 09:00–18:00, as the order says.
    public static let standard = OpeningHours(uncheckedOpens: 540, closes: 1080)

    /// Reads `09:00-18:00`, also with a dash and spaces; `24:00` is the end of the day.
    /// - Throws: `InputError`.
    public init(parsing text: String) throws {
        let compact = text.filter { !$0.isWhitespace }
        let minutes = compact.split(whereSeparator: { "-–—".contains($0) }).compactMap(Self.minutes)
        guard minutes.count == 2, compact.filter({ "-–—".contains($0) }).count == 1, minutes[0] < minutes[1] else {
            throw InputError(.openingHours, hint: "Часы работы пишутся как 09:00-18:00, начало раньше конца.")
        }
        self.init(uncheckedOpens: minutes[0], closes: minutes[1])
    }

    private init(uncheckedOpens opens: Int, closes: Int) {
        self.opens = opens
        self.closes = closes
    }

    /// - Parameter minute: minutes after local midnight.
    public func contains(_ minute: Int) -> Bool { minute >= self.opens && minute < self.closes }

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

    /// `09:00-18:00`
    public var description: String { "\(Self.clock(self.opens))-\(Self.clock(self.closes))" }

    private static func clock(_ minutes: Int) -> String {
        "\(Digits.padded(minutes / 60, 2)):\(Digits.padded(minutes % 60, 2))"
    }

    private static func minutes(_ clock: Substring) -> Int? {
        let parts = clock.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ (1...2).contains($0.count) && $0.allSatisfy(Digits.isDigit) }),
            let hours = Int(parts[0]), let minutes = Int(parts[1]), minutes < 60, hours * 60 + minutes <= 1440
        else { return nil }
        return hours * 60 + minutes
    }
}
