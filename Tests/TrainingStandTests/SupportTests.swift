import Foundation
import Testing

@testable import TrainingStand

@Suite struct SupportTests {
    @Test func aTimestampHasNoColonInItsOffset() {
        let date = Date(timeIntervalSince1970: 1_795_230_123.014)
        #expect(CivilTime.stamp(date, utcOffset: 0) == "2026-11-21T03:02:03.014+0000")
        #expect(CivilTime.stamp(date, utcOffset: 10_800) == "2026-11-21T06:02:03.014+0300")
        #expect(CivilTime.stamp(date, utcOffset: -12_600) == "2026-11-20T23:32:03.014-0330")
    }

    @Test func minutesOfTheContractAreTheSameDayAsCivilTime() {
        for text in ["2024-02-29T00:00:00", "2026-11-21T23:45:00", "1999-12-31T00:00:00", "2100-03-01T08:15:00"] {
            let minutes = HubOperation.minutes(text) ?? 0
            #expect(Slot.moment(minutes / 1440, minutes % 1440) == text)
        }
        #expect(HubOperation.minutes("yesterday") == nil)
        #expect(HubOperation.minutes("2026-13-01T00:00:00") == nil)
    }

    @Test func jsonSurvivesReadingAndWriting() throws {
        let text = #"{"a":[1,-2.5,true,null,"\"\\\n é😀 Ёж\u0001"],"b":{},"z":{"k":""}}"#
        let value = try JSONParser.parse(Array(text.utf8))
        #expect(try JSONParser.parse(value.bytes) == value)
        #expect(value.members?.map(\.key) == ["a", "b", "z"])
        #expect(try JSONParser.parse(Array(#""\ud83d\ude00""#.utf8)) == .string("😀"))
        for bad in ["", "{", "[1,]x", "{\"a\" 1}", "\"", "1 2", "nul", String(repeating: "[", count: 100)] {
            #expect(throws: JSONParser.Malformed.self) { try JSONParser.parse(Array(bad.utf8)) }
        }
    }

    @Test func aCheckNumberFollowsTheRule() {
        #expect(Hospital.snils("112233445") == "112-233-445 95")
        #expect(Hospital.snils("087654303") == "087-654-303 00")
    }
}
