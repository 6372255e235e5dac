import Foundation
import Testing
import Vocabulary

struct CalendarDateTests {
    @Test(arguments: [("2026-11-21", 6), ("21.11.2026", 6), ("2026-11-22", 7), ("2024-02-29", 4), ("1970-01-01", 4)])
    func aDayIsReadAndKnowsItsWeekday(text: String, weekday: Int) throws {
        #expect(try CalendarDate(parsing: text).weekday == weekday)
    }

    @Test(arguments: ["2025-02-29", "31.04.2026", "00.01.2026", "2026-13-01", "21.11.26", "2026-11", "", "21/11/2026"])
    func aDayThatIsNotIsRefused(text: String) throws {
        let error = try #require(throws: InputError.self) { try CalendarDate(parsing: text) }
        #expect(error.field == .date)
    }

    @Test func arithmeticAgreesWithFoundationForEveryDayOfFourCenturies() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let utc = try RegionTimeZone(identifier: "UTC")
        var day = try CalendarDate(parsing: "1799-12-30")
        var moment = try #require(calendar.date(from: DateComponents(year: 1799, month: 12, day: 30)))
        for _ in 0..<2500 {
            let parts = calendar.dateComponents([.year, .month, .day, .weekday], from: moment)
            #expect(day.year == parts.year && day.month == parts.month && day.day == parts.day)
            #expect(day.weekday % 7 + 1 == parts.weekday)
            #expect(day.moment(in: utc) == moment)
            #expect(CalendarDate(moment, in: utc) == day)
            day = day.adding(days: 61)
            moment += 61 * 86_400
        }
        #expect(day.year > 2200)
    }

    @Test func daysAreComparedAddedAndCoded() throws {
        let day = try CalendarDate(parsing: "2026-12-31")
        #expect(day.adding(days: 1).description == "2027-01-01")
        #expect(day.adding(days: -365).description == "2025-12-31")
        #expect(day < day.adding(days: 1))
        #expect(day.russian == "31.12.2026")
        let data = try JSONEncoder().encode([day])
        #expect(String(decoding: data, as: UTF8.self) == #"["2026-12-31"]"#)
        #expect(try JSONDecoder().decode([CalendarDate].self, from: data) == [day])
    }

    @Test(arguments: [Double.infinity, -.infinity, .nan, 1e300, -1e300, 1e18, -62_135_596_801, 253_402_300_800])
    func aMomentBeyondAnyCalendarDoesNotTrap(seconds: Double) throws {
        let zone = try RegionTimeZone(identifier: "Europe/Saratov")
        let moment = Date(timeIntervalSince1970: seconds)
        let day = CalendarDate(moment, in: zone)
        #expect(seconds.isNaN ? day.year == 1970 : seconds < 0 ? day.year == 1 : day.year == 9999)
        #expect(Russian.dateTime(moment, in: zone).count == 16)
        #expect(!zone.label(at: moment).isEmpty)
        let calendar = RegionCalendar(timeZone: zone, production: try ProductionCalendar.bundled())
        _ = calendar.mode(at: moment)
        _ = calendar.nextChange(after: moment)
    }

    @Test func addingStopsAtTheBounds() throws {
        let day = try CalendarDate(parsing: "2026-11-21")
        #expect(day.adding(days: Int.max).description == "9999-12-31")
        #expect(day.adding(days: Int.min).description == "0001-01-01")
    }

    @Test("E-406 Whose birthday it is by the region's clock is born, tomorrow's child is not")
    func aBirthdayIsComparedWithTheDayOfTheRegion() throws {
        // 01:30 in Kamchatka, the evening before in Moscow and in UTC.
        let moment = try Date("2026-11-29T13:30:00Z", strategy: .iso8601)
        let today = CalendarDate(moment, in: try RegionTimeZone(identifier: "Asia/Kamchatka"))
        #expect(try CalendarDate.readBirthday("30.11.2026", today: today).value.description == "2026-11-30")
        #expect(throws: InputError.self) {
            try CalendarDate.readBirthday("30.11.2026", today: CalendarDate(moment, in: .moscow))
        }
        for text in ["0001-01-01", "1895-12-31", "2026-12-01", "2999-01-01"] {
            let day = try CalendarDate(parsing: text)
            #expect(throws: InputError.self) { try day.checkBirthday(today: today) }
        }
        #expect(throws: Never.self) { try CalendarDate(parsing: "1896-01-01").checkBirthday(today: today) }
    }
}
