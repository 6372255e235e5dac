import Foundation
import Testing
import Vocabulary

struct CallerNumberTests {
    @Test(arguments: [nil, "", "  ", "anonymous", "Anonymous", "<unknown>", "Restricted"])
    func aWithheldNumberIsHidden(raw: String?) {
        #expect(CallerNumber(raw: raw) == .hidden)
        #expect(CallerNumber(raw: raw).number == nil)
    }

    @Test("A-04 What came is kept when the number does not say it, and never printed")
    func theOriginalIsKept() {
        let stripped = SignalledCaller("+79270000401;npdi;rn=+79581234567")
        #expect(stripped.number.number?.e164 == "+79270000401")
        #expect(stripped.original == "+79270000401;npdi;rn=+79581234567")
        #expect(SignalledCaller("asterisk").original == "asterisk")
        #expect(SignalledCaller("asterisk").number == .malformed)
        #expect(SignalledCaller("89270000401").original == "89270000401")
        #expect(SignalledCaller("sip:anonymous@anonymous.invalid").original == "sip:anonymous@anonymous.invalid")
        #expect(SignalledCaller("+79270000401").original == nil)
        #expect(SignalledCaller(nil).original == nil)
        #expect(SignalledCaller(" \u{202D}\u{202C} ").original == nil)
        // A database keeps no NUL, and a caller may send a book.
        #expect(SignalledCaller("a\0b").original == "ab")
        #expect(SignalledCaller(String(repeating: "я", count: 1000)).original?.count == 255)
        let printed = "\(stripped) \(String(reflecting: stripped)) \([stripped])"
        #expect(!printed.contains("927") && !printed.contains("958"))
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
