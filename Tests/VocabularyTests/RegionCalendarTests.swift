import Foundation
import Testing
import Vocabulary

/// Two modes over the day, the week and the year of a region (T-02).
struct RegionCalendarTests {
    private let saratov: RegionCalendar

    init() throws {
        self.saratov = RegionCalendar(
            timeZone: try RegionTimeZone(identifier: "Europe/Saratov"), production: try ProductionCalendar.bundled())
    }

    private static func day(_ text: String) throws -> CalendarDate { try CalendarDate(parsing: text) }

    /// Saratov is UTC+4.
    private static func local(_ text: String) throws -> Date {
        try Date("\(text):00+04:00", strategy: .iso8601)
    }

    @Test(arguments: [
        ("2026-11-20T09:00", RegionCalendar.Mode.operators),
        ("2026-11-20T17:59", .operators),
        ("2026-11-20T18:00", .secretary),
        ("2026-11-20T08:59", .secretary),
        ("2026-11-21T12:00", .secretary),
        ("2026-11-22T12:00", .secretary),
        ("2026-11-04T12:00", .secretary),
        ("2025-11-01T12:00", .operators),
        ("2025-11-03T12:00", .secretary),
        ("2027-02-20T12:00", .operators),
        ("2027-02-22T12:00", .secretary),
    ])
    func operatorsAnswerInOpeningHoursOfWorkingDays_T02(time: String, mode: RegionCalendar.Mode) throws {
        #expect(self.saratov.mode(at: try Self.local(time)) == mode)
    }

    @Test(arguments: [
        ("2025-05-02", false), ("2025-05-08", false), ("2025-06-13", false), ("2025-12-31", false),
        ("2025-11-01", true), ("2025-11-03", false), ("2025-02-24", true),
        ("2026-01-09", false), ("2026-01-12", true), ("2026-03-09", false), ("2026-05-11", false),
        ("2026-12-31", false), ("2026-05-08", true),
    ])
    func movedDaysAreKnown_T02(day: String, isWorking: Bool) throws {
        #expect(self.saratov.isWorkingDay(try Self.day(day)) == isWorking)
    }

    @Test func theYearsHaveAsManyWorkingDaysAsTheirProductionCalendars() throws {
        for (year, expected) in [(2025, 247), (2026, 247), (2027, 247)] {
            var day = try Self.day("\(year)-01-01")
            var count = 0
            while day.year == year {
                if self.saratov.isWorkingDay(day) { count += 1 }
                day = day.adding(days: 1)
            }
            #expect(count == expected, "\(year)")
            #expect(self.saratov.production.isOfficial(year: year))
        }
    }

    @Test func aMovedDayLeavesAWorkingDayOrAHolidayAndLandsOnADayOff() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Shared/Vocabulary/ProductionCalendar")
        for name in ["2025", "2026", "2027"] {
            let year = try ProductionCalendar.year(from: Data(contentsOf: folder.appending(path: "\(name).json")))
            #expect("\(year.year)" == name)
            #expect(!year.source.isEmpty && !year.moved.isEmpty)
            for move in year.moved {
                #expect(move.from.weekday >= 6, "\(move.from) is no day off that could be moved")
                #expect(!self.saratov.isWorkingDay(move.to), "\(move.to)")
                #expect(move.to.weekday < 6)
            }
            for day in year.shortened { #expect(self.saratov.isWorkingDay(day), "\(day)") }
            for day in year.workingWeekends { #expect(year.moved.contains { $0.from == day }, "\(day)") }
        }
    }

    @Test func theNextWorkingDaySkipsHolidays() throws {
        #expect(self.saratov.workingDay(after: try Self.day("2025-12-30")).description == "2026-01-12")
        #expect(self.saratov.workingDay(onOrAfter: try Self.day("2026-11-20")).description == "2026-11-20")
        #expect(self.saratov.workingDay(3, after: try Self.day("2026-11-20")).description == "2026-11-25")
        #expect(self.saratov.workingDay(0, after: try Self.day("2026-11-21")).description == "2026-11-23")
    }

    @Test func whatIsLeftAtNightIsDueFromTheNextOpening_T03() throws {
        let night = try Self.local("2026-11-24T03:00")
        #expect(self.saratov.opening(onOrAfter: night) == (try Self.local("2026-11-24T09:00")))
        let friday = try Self.local("2026-11-20T18:00")
        #expect(self.saratov.opening(onOrAfter: friday) == (try Self.local("2026-11-23T09:00")))
        let inside = try Self.local("2026-11-20T10:30")
        #expect(self.saratov.opening(onOrAfter: inside) == inside)
        #expect(self.saratov.nextChange(after: inside) == (try Self.local("2026-11-20T18:00")))
        #expect(self.saratov.nextChange(after: friday) == (try Self.local("2026-11-23T09:00")))
    }

    @Test func aRegionHasItsOwnHoursDaysAndZone_T02() throws {
        var kamchatka = self.saratov
        kamchatka.timeZone = try RegionTimeZone(identifier: "Asia/Kamchatka")
        kamchatka.hours = try OpeningHours(parsing: "08:00-20:00")
        kamchatka.regionalDaysOff = [try Self.day("2026-11-20")]
        // 12:00 in Saratov is 20:00 in Kamchatka.
        #expect(kamchatka.mode(at: try Self.local("2026-11-19T11:59")) == .operators)
        #expect(kamchatka.mode(at: try Self.local("2026-11-19T12:00")) == .secretary)
        #expect(!kamchatka.isWorkingDay(try Self.day("2026-11-20")))
        #expect(kamchatka.day(of: try Self.local("2026-11-19T18:00")).description == "2026-11-20")
    }

    @Test func aYearWithoutAnActFollowsTheLabourCodeAndSaysSo() throws {
        let production = self.saratov.production
        #expect(!production.isOfficial(year: 2030))
        #expect(try !production.isWorkingDay(Self.day("2030-01-04")))
        #expect(try !production.isWorkingDay(Self.day("2030-03-08")))
        // 2030-02-23 is a Saturday, so Monday is off.
        #expect(try !production.isWorkingDay(Self.day("2030-02-25")))
        #expect(try production.isWorkingDay(Self.day("2030-02-26")))
        #expect(try production.isShortened(Self.day("2030-03-07")))
    }

    @Test func aCalendarThatContradictsItselfIsRefused() throws {
        let day = try Self.day("2028-02-23")
        func year(off: [CalendarDate] = [], worked: [CalendarDate] = []) throws -> ProductionCalendar.Year {
            let list = { (days: [CalendarDate]) in days.map { "\"\($0)\"" }.joined(separator: ",") }
            return try ProductionCalendar.year(
                from: Data(
                    """
                    {"year": 2028, "source": "x", "daysOff": [\(list(off))], "workingWeekends": [\(list(worked))],
                     "shortened": [], "moved": []}
                    """.utf8))
        }
        #expect(throws: Never.self) { try ProductionCalendar(years: [year(off: [day])]) }
        #expect(throws: InputError.self) { try ProductionCalendar(years: [year(), year()]) }
        #expect(throws: InputError.self) { try ProductionCalendar(years: [year(worked: [day])]) }
        #expect(throws: InputError.self) { try ProductionCalendar(years: [year(off: [day.adding(days: 366)])]) }
        #expect(throws: InputError.self) { try ProductionCalendar.year(from: Data("{}".utf8)) }
    }

    @Test func aCalendarWithoutWorkingDaysEndsTheSearch() throws {
        var calendar = self.saratov
        let start = try Self.day("2026-01-01")
        calendar.regionalDaysOff = Set((0..<800).map { start.adding(days: $0) })
        #expect(calendar.workingDay(onOrAfter: start) == start.adding(days: 366))
    }

    @Test(
        "G-605 People are asked for the next year months before the calendar ends, and told what happens without it",
        arguments: [
            ("2026-11-30", 397, false), ("2027-09-23", 100, false), ("2027-09-24", 99, true), ("2027-12-31", 1, true),
            ("2028-01-01", 0, true), ("2028-06-01", 0, true),
        ])
    func theEndOfTheCalendarIsTold(day: String, days: Int, isTold: Bool) throws {
        let today = try Self.day(day)
        #expect(self.saratov.production.officialDays(from: today) == days)
        let notice = self.saratov.production.notice(on: today)
        #expect((notice != nil) == isTold)
        if let notice { #expect(notice.contains("PRODUCTION_CALENDAR_FILE") && notice.contains("Трудовому кодексу")) }
    }

    @Test("G-605 A file of the centre brings the year that the software does not know, and replaces one that it does")
    func aFileOfTheCentre() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "calendar-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "years.json")
        let year = { (year: Int, off: String) in
            #"{"year":\#(year),"source":"постановление","daysOff":["\#(off)"],"workingWeekends":[],"shortened":[],"moved":[]}"#
        }
        try Data("[\(year(2028, "2028-02-21")),\(year(2027, "2027-11-05"))]".utf8).write(to: file)
        let calendar = try ProductionCalendar.bundled(with: file.path)
        #expect(calendar.isOfficial(year: 2028) && calendar.isOfficial(year: 2026))
        #expect(try !calendar.isWorkingDay(Self.day("2028-02-21")) && calendar.isWorkingDay(Self.day("2028-02-22")))
        // The file's 2027 knows one day off only.
        #expect(try calendar.isWorkingDay(Self.day("2027-02-22")) && !calendar.isWorkingDay(Self.day("2027-11-05")))
        #expect(calendar.notice(on: try Self.day("2027-12-31")) == nil)
        try Data(year(2028, "2028-02-21").utf8).write(to: file)
        #expect(try ProductionCalendar.bundled(with: file.path).isOfficial(year: 2028))
        #expect(try ProductionCalendar.bundled(with: "") == ProductionCalendar.bundled())
        try Data("{}".utf8).write(to: file)
        for wrong in [file.path, folder.appending(path: "nothing.json").path] {
            let error = try #require(throws: InputError.self) { try ProductionCalendar.bundled(with: wrong) }
            #expect(error.field == .productionCalendar)
        }
    }
}
