import Foundation
import Testing
import Vocabulary

struct OpeningHoursTests {
    @Test func theOrderSaysNineToSix_T02() {
        #expect(OpeningHours.standard.description == "09:00-18:00")
        #expect(OpeningHours.standard.contains(540) && OpeningHours.standard.contains(1079))
        #expect(!OpeningHours.standard.contains(539) && !OpeningHours.standard.contains(1080))
    }

    @Test(arguments: [("9:00 – 18:00", "09:00-18:00"), ("00:00-24:00", "00:00-24:00"), ("08:30-20:15", "08:30-20:15")])
    func hoursAreReadAndCoded(text: String, written: String) throws {
        let hours = try OpeningHours(parsing: text)
        #expect(hours.description == written)
        let data = try JSONEncoder().encode([hours])
        #expect(String(decoding: data, as: UTF8.self) == "[\"\(written)\"]")
        #expect(try JSONDecoder().decode([OpeningHours].self, from: data) == [hours])
    }

    @Test(arguments: ["", "9-18", "18:00-09:00", "09:00-09:00", "09:00-24:01", "09:60-18:00", "09:00--18:00", "09:00"])
    func wrongHoursAreRefused(text: String) throws {
        let error = try #require(throws: InputError.self) { try OpeningHours(parsing: text) }
        #expect(error.field == .openingHours)
    }
}
