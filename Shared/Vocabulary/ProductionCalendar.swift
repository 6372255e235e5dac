public import Foundation

/// The Russian production calendar: which days are worked, with the days that the Government moves every year.
///
/// The years 2025 to 2027 are carried as data; a centre brings the next one in a file before the next release. For another
/// year the calendar follows the Labour Code alone (weekends; the holidays of article 112; a holiday on a weekend, those of
/// January excepted, moves to the next working day) and says so months before: see `notice(on:)`.
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
    /// - Parameter path: a file of the centre (`PRODUCTION_CALENDAR_FILE`): a year as the files of the folder hold it, or a
    ///   list of years; they go before the years of the software.
    /// - Throws: `InputError` when that file is wrong, or the error of reading when the installation is damaged.
    public static func bundled(with path: String? = nil) throws -> ProductionCalendar {
        guard let folder = Bundle.module.url(forResource: "ProductionCalendar", withExtension: nil) else {
            throw InputError(
                .productionCalendar, hint: "В установке нет производственного календаря: поставьте её заново.")
        }
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        let own = try Self.years(ofFile: path)
        let carried = try files.filter { $0.pathExtension == "json" }.map { try Self.year(from: Data(contentsOf: $0)) }
        return try ProductionCalendar(
            years: own + carried.filter { year in !own.contains { $0.year == year.year } })
    }

    /// One year, or a list of them.
    private static func years(ofFile path: String?) throws -> [Year] {
        guard let path, !path.isEmpty else { return [] }
        guard let json = FileManager.default.contents(atPath: path) else {
            throw InputError(
                .productionCalendar, hint: "Файл производственного календаря не открывается: проверьте путь и права.")
        }
        if let years = try? JSONDecoder().decode([Year].self, from: json) { return years }
        return [try Self.year(from: json)]
    }

    /// One year from the JSON of a file, as those of this folder are written.
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

    /// How many days, `today` counted, come from acts without a gap; 0 when already `today` does not.
    public func officialDays(from today: CalendarDate) -> Int {
        var year = today.year
        while self.isOfficial(year: year) { year += 1 }
        guard year > today.year, let end = CalendarDate(year: year, month: 1, day: 1) else { return 0 }
        return end.daysSince1970 - today.daysSince1970
    }

    /// From so many days before the end of what is known people are asked for the next year: the Government moves the days
    /// off of a year in the autumn before it.
    public static let warningDays = 100

    /// What a person has to know, in Russian; nil while the calendar is known for long enough.
    public func notice(on today: CalendarDate) -> String? {
        let days = self.officialDays(from: today)
        guard days < Self.warningDays else { return nil }
        let known =
            days == 0
            ? "Производственного календаря на \(today.year) год нет"
            : "Производственный календарь известен до \(today.adding(days: days - 1).russian)"
        return known + ": добавьте файл года в PRODUCTION_CALENDAR_FILE. Без него выходные и праздники считаются по "
            + "Трудовому кодексу, переносы Правительства не учитываются."
    }

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
