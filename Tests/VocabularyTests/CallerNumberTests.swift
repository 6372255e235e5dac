import Foundation
import Testing
import Vocabulary

struct CallerNumberTests {
    @Test(arguments: [nil, "", "  ", "anonymous", "Anonymous", "<unknown>", "Restricted"])
    func aWithheldNumberIsHidden(raw: String?) {
        #expect(CallerNumber(raw: raw) == .hidden)
        #expect(CallerNumber(raw: raw).number == nil)
    }

    @Test(arguments: ["0000000000", "7", "asterisk", "+", "sip:alice"])
    func whatIsNoNumberIsMalformedAndNotKept(raw: String) {
        #expect(CallerNumber(raw: raw) == .malformed)
    }

    @Test func aNumberOfTheSignallingIsKnown() throws {
        let number = try PhoneNumber(parsing: "+79990000001")
        #expect(CallerNumber(raw: "89990000001") == .known(number))
        #expect(CallerNumber(raw: "9990000001").number == number)
        #expect(CallerNumber(raw: "9990000001").display == "+7 (999) 000-00-01")
        #expect(CallerNumber.hidden.display == "номер скрыт")
    }

    @Test func codableIsOneString() throws {
        let callers: [CallerNumber] = [.hidden, .malformed, CallerNumber(raw: "89990000001")]
        let data = try JSONEncoder().encode(callers)
        #expect(String(decoding: data, as: UTF8.self) == #"["hidden","malformed","+79990000001"]"#)
        #expect(try JSONDecoder().decode([CallerNumber].self, from: data) == callers)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([CallerNumber].self, from: Data(#"["anything"]"#.utf8))
        }
    }
}
