/// A `date` column as year, month and day of the Gregorian calendar, without a time zone.
struct PostgresCalendarDay: CustomStringConvertible {
    let year: Int
    let month: Int
    let day: Int

    init(from cell: PostgresCell) throws {
        let days = try cell.integer(Int32.self, for: String.self)
        guard days != .max, days != .min else { throw cell.mismatch(String.self) }
        // H. Hinnant, "chrono-compatible low-level date algorithms", civil_from_days: days from 0000-03-01 on,
        // which is 730,425 days before 2000-01-01.
        let shifted = Int(days) + 730_425
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        self.day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        self.month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        self.year = yearOfEra + era * 400 + (self.month <= 2 ? 1 : 0)
    }

    /// ISO 8601, `2026-03-09`.
    var description: String {
        func padded(_ number: Int, _ width: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        return "\(padded(self.year, 4))-\(padded(self.month, 2))-\(padded(self.day, 2))"
    }
}
