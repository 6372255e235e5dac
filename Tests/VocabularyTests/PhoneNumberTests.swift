import Foundation
import Testing
import Vocabulary

struct PhoneNumberTests {
    @Test(arguments: [
        ("8 (8452) 41-13-27", "+78452411327"),
        ("+7 (8452) 41-13-27", "+78452411327"),
        ("7 8452 411327", "+78452411327"),
        ("8452411327", "+78452411327"),
        ("8‑999‑000‑00‑01", "+79990000001"),
        ("+7\u{A0}999\u{A0}000\u{A0}00\u{A0}01", "+79990000001"),
        ("тел.: 8 999 000 00 01", "+79990000001"),
        ("моб. 89990000001", "+79990000001"),
        ("+8 999 000 00 01", "+79990000001"),
        ("8 800 200 01 22", "+78002000122"),
        ("8 10 375 17 200 00 00", "+375172000000"),
        ("+375 17 200-00-00", "+375172000000"),
        ("112", "112"), ("103", "103"), ("122", "122"), ("01", "01"),
    ])
    func whatRussiansTypeIsOneForm(text: String, e164: String) throws {
        let number = try PhoneNumber(parsing: text)
        #expect(number.e164 == e164)
        #expect(number.extensionDigits == nil)
    }

    @Test(arguments: ["8 (8452) 41-13-27 доб. 12", "+78452411327;ext=12", "8452411327 (доб. 12)", "8452411327#12"])
    func anExtensionIsKeptApart(text: String) throws {
        let number = try PhoneNumber(parsing: text)
        #expect(number.e164 == "+78452411327")
        #expect(number.extensionDigits == "12")
    }

    @Test(arguments: [
        "", "   ", "41-13-27", "899900000", "899900000011", "+7999000000", "+0123456789", "1999000000", "999",
        "мама", "8999000000O", "5️⃣990000001", "٨٩٩٩٠٠٠٠٠٠١",
    ])
    func whatIsNoNumberIsRefusedWithAHintThatDoesNotRepeatIt(text: String) throws {
        let error = try #require(throws: InputError.self) { try PhoneNumber(parsing: text) }
        #expect(error.field == .phoneNumber)
        #expect(error.hint.hasSuffix(".") && error.hint.count > 10)
        if text.count > 3 { #expect(!error.hint.contains(text)) }
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
        #expect(!own.isDialable(own: [own]))
        #expect(!ownWithExtension.isDialable(own: [own]))
        #expect(citizen.isDialable(own: [own]))
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
