public import Foundation

/// The Russian production calendar: which days are worked, with the days that the Government moves every year.
///
/// The years 2025 to 2027 are carried as data. For another year the calendar follows the Labour Code alone (weekends;
/// the holidays of article 112; a holiday on a weekend, those of January excepted, moves to the next working day) and
/// says so: `isOfficial(year:)` is false until the file of that year is there.
public struct ProductionCalendar: Sendable, Equatable {
    /// One year as the files hold it.
    public struct Year: Codable, Sendable, Equatable {
        public var year: Int
        /// The act the days come from.
        public var source: String
        /// Holidays and days off that are no weekends, or are and stay off.
        public var daysOff: [CalendarDate]
        /// Weekend days that are worked.
        public var workingWeekends: [CalendarDate]
        /// Working days shorter by an hour (article 95).
        public var shortened: [CalendarDate]
        /// Which day off was moved where.
        public var moved: [Move]

        public struct Move: Codable, Sendable, Equatable {
            public var from: CalendarDate
            public var to: CalendarDate
        }
    }

    private var official: Set<Int> = []
    private var daysOff: Set<CalendarDate> = []
    private var workingWeekends: Set<CalendarDate> = []
    private var shortened: Set<CalendarDate> = []

    /// - Throws: `InputError` when a year stands twice, a day lies in another year, or a day is both worked and off.
    public init(years: [Year]) throws {
        for year in years {
            let all = year.daysOff + year.workingWeekends + year.shortened
            guard self.official.insert(year.year).inserted, all.allSatisfy({ $0.year == year.year }),
                Set(year.daysOff).isDisjoint(with: year.workingWeekends + year.shortened),
                year.workingWeekends.allSatisfy({ $0.weekday >= 6 })
            else {
                throw InputError(
                    .productionCalendar, hint: "Производственный календарь на \(year.year) год противоречит сам себе.")
            }
            self.daysOff.formUnion(year.daysOff)
            self.workingWeekends.formUnion(year.workingWeekends)
            self.shortened.formUnion(year.shortened)
        }
    }

    /// The calendar that comes with the software: every `*.json` of its folder.
    /// - Throws: `InputError` or the error of reading when the installation is damaged.
    public static func bundled() throws -> ProductionCalendar {
        guard let folder = Bundle.module.url(forResource: "ProductionCalendar", withExtension: nil) else {
            throw InputError(
                .productionCalendar, hint: "В установке нет производственного календаря: поставьте её заново.")
        }
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return try ProductionCalendar(
            years: files.filter { $0.pathExtension == "json" }.map { try Self.year(from: Data(contentsOf: $0)) })
    }

    /// One year from the JSON of a file, so that a centre can bring the next year before the next release.
    /// - Throws: `InputError`.
    public static func year(from json: Data) throws -> Year {
        do {
            return try JSONDecoder().decode(Year.self, from: json)
        } catch is DecodingError {
            throw InputError(
                .productionCalendar, hint: "Файл производственного календаря не читается: сверьте его поля с образцом.")
        }
    }

    /// Whether the days of that year come from an act, not from the general rule.
    public func isOfficial(year: Int) -> Bool { self.official.contains(year) }

    public func isWorkingDay(_ date: CalendarDate) -> Bool {
        if self.isOfficial(year: date.year) {
            if self.workingWeekends.contains(date) { return true }
            return date.weekday < 6 && !self.daysOff.contains(date)
        }
        return date.weekday < 6 && !Self.isHoliday(date) && !Self.isSubstitute(date)
    }

    /// A working day shorter by an hour. Outside the official years: the working day before a holiday.
    public func isShortened(_ date: CalendarDate) -> Bool {
        if self.isOfficial(year: date.year) { return self.shortened.contains(date) }
        return self.isWorkingDay(date) && Self.isHoliday(date.adding(days: 1))
    }

    /// Article 112 of the Labour Code.
    private static func isHoliday(_ date: CalendarDate) -> Bool {
        switch (date.month, date.day) {
        case (1, 1...8), (2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4): true
        default: false
        }
    }

    /// The working day after a holiday that fell on a weekend; those of January are moved by the Government only.
    private static func isSubstitute(_ date: CalendarDate) -> Bool {
        guard date.weekday == 1 else { return false }
        return [1, 2].contains { back in
            let holiday = date.adding(days: -back)
            return holiday.month != 1 && Self.isHoliday(holiday)
        }
    }
}
