import Foundation
import Testing
import Vocabulary

struct PolicyNumberTests {
    /// The method step by step as the rules of insurance word it: the digits in odd places from the right make a
    /// number that is doubled, those in even places stand before it, the digits of the whole are summed.
    private static func checkDigit(_ fifteen: String) throws -> Int {
        let places = fifteen.reversed().enumerated()
        let odd = String(places.filter { $0.offset % 2 == 0 }.map(\.element))
        let even = String(places.filter { $0.offset % 2 == 1 }.map(\.element))
        let whole = even + String(try #require(Int(odd)) * 2)
        let sum = whole.compactMap(\.wholeNumberValue).reduce(0, +)
        return (10 - sum % 10) % 10
    }

    @Test(arguments: ["640012345678901", "785432109876543", "999999999999999", "100000000000000", "508050805080508"])
    func onlyOneLastDigitIsRight(fifteen: String) throws {
        let check = try Self.checkDigit(fifteen)
        for digit in 0...9 {
            let number = try? PolicyNumber(parsing: fifteen + "\(digit)")
            #expect((number != nil) == (digit == check), "last digit \(digit)")
        }
    }

    /// Digits of the examples of the same check digit outside insurance (ISO/IEC 7812).
    @Test(arguments: ["4539 1488 0343 6467", "4111-1111-1111-1111"])
    func aKnownNumberIsAccepted(text: String) throws {
        #expect(try PolicyNumber(parsing: text).digits == text.filter(\.isNumber))
    }

    @Test(arguments: ["4539148803436468", "4593148803436467", "453914880343646", "0000000000000000", "", "AB12345"])
    func aWrongOneIsRefusedWithoutRepeatingIt(text: String) throws {
        let error = try #require(throws: InputError.self) { try PolicyNumber(parsing: text) }
        #expect(error.field == .policyNumber)
        #expect(!error.hint.contains("4539") && !error.hint.contains("AB12345"))
    }

    @Test func itIsFormattedAndCoded() throws {
        let number = try PolicyNumber(parsing: "4539148803436467")
        #expect(number.formatted == "4539 1488 0343 6467")
        let data = try JSONEncoder().encode([number])
        #expect(String(decoding: data, as: UTF8.self) == #"["4539148803436467"]"#)
        #expect(try JSONDecoder().decode([PolicyNumber].self, from: data) == [number])
    }
}
