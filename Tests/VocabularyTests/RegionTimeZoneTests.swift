import Foundation
import Testing
import Vocabulary

struct RegionTimeZoneTests {
    private static let noon = Date(timeIntervalSince1970: 1_795_255_200)  // 2026-11-21 10:00 UTC

    @Test(arguments: [
        ("Europe/Moscow", "МСК", "21.11.2026 13:00"), ("Europe/Saratov", "МСК+1", "21.11.2026 14:00"),
        ("Europe/Kaliningrad", "МСК-1", "21.11.2026 12:00"), ("Asia/Kamchatka", "МСК+9", "21.11.2026 22:00"),
    ])
    func aRegionHasItsClockAndItsLabel(identifier: String, label: String, shown: String) throws {
        let zone = try RegionTimeZone(identifier: identifier)
        #expect(zone.label(at: Self.noon) == label)
        #expect(Russian.dateTime(Self.noon, in: zone) == shown)
        #expect(zone.description == identifier)
    }

    @Test(arguments: ["", "MSK", "Europe/Atlantis", "Europe/../../etc/passwd", "+03:00", "GMT+3"])
    func anUnknownZoneIsRefused(identifier: String) throws {
        let error = try #require(throws: InputError.self) { try RegionTimeZone(identifier: identifier) }
        #expect(error.field == .timeZone)
    }

    @Test func itIsCodedByItsName() throws {
        let zones = [RegionTimeZone.moscow, try RegionTimeZone(identifier: "Asia/Omsk")]
        let data = try JSONEncoder().encode(zones)
        #expect(try JSONDecoder().decode([RegionTimeZone].self, from: data) == zones)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([RegionTimeZone].self, from: Data(#"["Mars/Olympus"]"#.utf8))
        }
    }

    @Test func wallClockHoursAreRightOnADayOnWhichTheClocksChange() throws {
        let berlin = try RegionTimeZone(identifier: "Europe/Berlin")
        let day = try CalendarDate(parsing: "2026-03-29")
        #expect(Russian.time(day.moment(minutes: 540, in: berlin), in: berlin) == "09:00")
        #expect(day.moment(minutes: 540, in: berlin).timeIntervalSince(day.moment(in: berlin)) == 8 * 3600)
    }

    @Test func momentsBefore1970AreShownToo() {
        let moment = Date(timeIntervalSince1970: -1)
        #expect(Russian.dateTime(moment, in: .moscow) == "01.01.1970 02:59")
    }
}
