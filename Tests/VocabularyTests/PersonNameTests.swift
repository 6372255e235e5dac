import Foundation
import Testing
import Vocabulary

struct PersonNameTests {
    @Test(arguments: [
        ("Иванов Иван Иванович", "Иванов Иван Иванович"),
        ("  ИВАНОВ  ИВАН ИВАНОВИЧ ", "Иванов Иван Иванович"),
        ("иванов иван", "Иванов Иван"),
        ("САЛТЫКОВ-ЩЕДРИН МИХАИЛ", "Салтыков-Щедрин Михаил"),
        ("АЛИЕВ ВАГИФ ГАСАН ОГЛЫ", "Алиев Вагиф Гасан оглы"),
        ("АЛИЕВА СЕВДА ГАСАН-КЫЗЫ", "Алиева Севда Гасан-кызы"),
        ("О'КОННОР ШОН", "О'Коннор Шон"),
        ("ЛУК'ЯНЕНКО ПЁТР", "Лук'яненко Пётр"),
        ("МакДональд Рональд", "МакДональд Рональд"),
    ])
    func aPastedNameGetsItsCapitals(text: String, full: String) throws {
        #expect(try PersonName(parsing: text).full == full)
    }

    @Test func aDecomposedLetterIsOneLetter() throws {
        #expect(try PersonName(parsing: "Пе\u{308}тров Андреи\u{306}").full == "Пётров Андрей")
    }

    @Test(arguments: ["", "Иванов", "Иванов Иван 3", "Иванов - Иван", "а б в г д е", "Иванов И@н"])
    func whatIsNoNameIsRefusedWithoutRepeatingIt(text: String) throws {
        let error = try #require(throws: InputError.self) { try PersonName(parsing: text) }
        #expect(error.field == .personName)
        #expect(!error.hint.contains("Иванов"))
    }

    @Test(
        "E-403 A part of which nothing can be seen is none", arguments: ["", " ", "\u{200B}", "\u{2800}\u{3164}", "-"])
    func nothingToSee(text: String) throws {
        #expect(try PersonName.readPart(text)?.value == nil)
    }

    @Test("U-21 A name typed with the wrong layout carries a warning and what may have been meant")
    func theWrongLayoutIsNoticed() throws {
        let reading = try PersonName.read("bdfyjd bdfy")
        #expect(reading.value.full == "Bdfyjd Bdfy")
        #expect(reading.warning == .latinLetters)
        #expect(reading.suggestion?.full == "Иванов Иван")
        #expect(try PersonName.read("Иванoв Иван").warning == .mixedLetters)
        // A Latin part beside a Russian one is as odd.
        #expect(try PersonName.read("Иванов Ivan").warning == .mixedLetters)
        #expect(try PersonName.read("Иванов Иван").warning == nil)
    }

    @Test func partsMakeInitialsAndAddress() throws {
        let name = try PersonName(parsing: "Иванов Иван Петрович")
        #expect(name.family == "Иванов" && name.given == "Иван" && name.patronymic == "Петрович")
        #expect(name.initials == "Иванов И. П.")
        #expect(name.address == "Иван Петрович")
        let without = try PersonName(parsing: "Ли Сон")
        #expect(without.patronymic == nil)
        #expect(without.initials == "Ли С.")
        #expect(without.address == "Сон")
        #expect(PersonName(family: "Ли", given: "Сон", patronymic: "").patronymic == nil)
    }

    @Test func theSearchKeyFoldsCaseYoAndHyphens() throws {
        let name = try PersonName(parsing: "Семёнов-Тян-Шанский Пётр")
        #expect(name.searchKey == "семенов тян шанский петр")
        #expect(PersonName.searchKey("  СЕМЕНОВ тян‑шанский  ") == "семенов тян шанский")
        #expect(PersonName.searchKey("Ива\u{AD}нов\u{200B}") == "иванов")
        #expect(PersonName.searchKey("ОʼКоннор") == PersonName.searchKey("О'Коннор"))
        #expect(PersonName.searchKey("О’Коннор") == PersonName.searchKey("о'коннор"))
    }

    @Test func itIsCodedByItsFields() throws {
        let names = try [PersonName(parsing: "Иванов Иван Иванович"), PersonName(parsing: "Ли Сон")]
        let data = try JSONEncoder().encode(names)
        #expect(try JSONDecoder().decode([PersonName].self, from: data) == names)
    }
}
