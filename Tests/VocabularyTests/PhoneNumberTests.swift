import Foundation
import Testing
import Vocabulary

struct PhoneNumberTests {
    @Test func aRefusalNamesNeitherTheNumberNorItsDigits() throws {
        for text in ["8 927 000-00-1", "899900000011", "8999000000O", "+7999000000", "мама"] {
            let error = try #require(throws: InputError.self) { try PhoneNumber(parsing: text) }
            #expect(error.field == .phoneNumber && error.hint.hasSuffix("."))
            #expect(!error.hint.contains(text) && !error.hint.contains("999"))
        }
    }

    @Test func severalNumbersInAPasteAreFoundInOrderAndOnce() throws {
        let text = "8 (8452) 41-13-27 доб. 12, 8 999 000 00 01 и +7 999 000-00-02; 89990000001"
        let found = PhoneNumber.all(in: text)
        #expect(found.map(\.e164) == ["+78452411327", "+79990000001", "+79990000002"])
        #expect(found.first?.extensionDigits == "12")
    }

    @Test(arguments: [
        ("звонить маме 8 999 000 00 01 или папе 8 999 000 00 02", ["+79990000001", "+79990000002"]),
        ("89990000001 89990000002", ["+79990000001", "+79990000002"]),
        ("+79990000001+79990000002", ["+79990000001", "+79990000002"]),
        ("8 (8452) 41-13-27\n112", ["+78452411327", "112"]),
        ("нет телефона, кв. 12", []),
    ])
    func numbersAreFoundAmongWords(text: String, expected: [String]) {
        #expect(PhoneNumber.all(in: text).map(\.e164) == expected)
    }

    @Test(arguments: [
        ("+78452411327", "+7 (8452) 41-13-27"),
        ("+79990000001", "+7 (999) 000-00-01"),
        ("+74951234567", "+7 (495) 123-45-67"),
        ("+78453612345", "+7 (8453) 61-23-45"),
        ("+78456741132", "+7 (84567) 4-11-32"),
        ("+78002000122", "8 (800) 200-01-22"),
        ("+375172000000", "+375172000000"),
        ("112", "112"),
        ("+78452411327;ext=12", "+7 (8452) 41-13-27 доб. 12"),
    ])
    func displayIsHowARussianWritesIt(text: String, display: String) throws {
        let number = try PhoneNumber(parsing: text)
        #expect(number.display == display)
        // What is shown can be typed back.
        #expect(try PhoneNumber(parsing: number.display) == number)
    }

    @Test func aMachineNeverDialsEmergencyShortPaidOrOwnNumbers() throws {
        for text in ["112", "101", "102", "103", "122", "03", "8 809 505 00 00", "8 803 100 00 00"] {
            #expect(try !PhoneNumber(parsing: text).isDialable, "\(text)")
        }
        #expect(try PhoneNumber(parsing: "112").isEmergency)
        #expect(try !PhoneNumber(parsing: "122").isEmergency)
        let own = try PhoneNumber(parsing: "8 (8452) 41-13-27")
        let ownWithExtension = try PhoneNumber(parsing: "8 (8452) 41-13-27 доб. 5")
        let citizen = try PhoneNumber(parsing: "8 999 000 00 01")
        #expect(own.isDialable)
        var rules = DialingRules.standard
        rules.ownNumbers = [own]
        #expect(rules.fault(of: own) == .own)
        #expect(rules.fault(of: ownWithExtension) == .own)
        #expect(rules.fault(of: citizen) == nil)
    }

    @Test func kazakhstanIsNotRussia() throws {
        #expect(try !PhoneNumber(parsing: "+7 701 000 00 01").isRussian)
        #expect(try PhoneNumber(parsing: "+7 999 000 00 01").isRussian)
        #expect(try PhoneNumber(parsing: "+7 999 000 00 01").isMobile)
        #expect(try !PhoneNumber(parsing: "+375 17 200 00 00").isRussian)
    }

    @Test(arguments: ["+78452411327", "+78452411327;ext=12", "112", "+375172000000"])
    func codableIsOneString(text: String) throws {
        let number = try PhoneNumber(parsing: text)
        let data = try JSONEncoder().encode([number])
        #expect(String(decoding: data, as: UTF8.self) == "[\"\(text)\"]")
        #expect(try JSONDecoder().decode([PhoneNumber].self, from: data) == [number])
    }

    @Test func aMalformedNumberDoesNotDecodeAndIsNotRepeated_P02() throws {
        let error = try #require(throws: DecodingError.self) {
            try JSONDecoder().decode([PhoneNumber].self, from: Data(#"["899900000"]"#.utf8))
        }
        #expect(!"\(error)".contains("899900000"))
    }
}
