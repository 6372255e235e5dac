import Contracts
import Foundation
import Messaging
import MessagingTestSupport
import Testing
import Vocabulary

@testable import Journal

/// What a card may hold, whoever sends it: the journal is the last that looks (E-408).
@Suite struct AppealTextTests {
    private static let today = CalendarDate(year: 2026, month: 11, day: 30)!

    private static func refusal(_ change: (inout AppealCard) -> Void) -> Refusal? {
        var card = AppealCard.sample
        change(&card)
        do {
            try AppealTexts.checkWhole(try AppealTexts.checked(card, today: Self.today))
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "E-408 A text in which nothing can be seen is empty",
        arguments: ["", " \n\t", "\u{200B}", "\u{2800}", "\u{00A0}\u{202E}\u{FEFF}", "\u{3164}", "\u{2800} \u{200D}"])
    func blank(text: String) {
        let essence = Self.refusal { $0.essence = text }
        #expect(essence?.errorID == "fields-missing" && essence?.field == "card.essence")
        let family = Self.refusal { $0.applicant?.family = text }
        #expect(family?.errorID == "fields-missing" && family?.field == "card.applicant.family")
        let given = Self.refusal { $0.applicant?.given = text }
        #expect(given?.errorID == "fields-missing" && given?.field == "card.applicant.given")
        #expect(Self.refusal { $0.address = text } == nil)
    }

    @Test(
        "E-408 A name of marks and digits, and one of 5,000 letters, is refused with its field",
        arguments: [".", "-", "’", "\u{0301}", "Иванов1", "<script>", String(repeating: "Ы", count: 5_000)])
    func names(text: String) {
        for (field, change) in [
            ("family", { $0.applicant?.family = text }), ("given", { $0.applicant?.given = text }),
            ("patronymic", { $0.applicant?.patronymic = text }),
        ] as [(String, (inout AppealCard) -> Void)] {
            let refusal = Self.refusal(change)
            let isRefused = refusal?.field == "card.applicant.\(field)" && refusal?.message.isEmpty == false
            // A hyphen alone is nothing written, and nobody needs a patronymic.
            #expect(isRefused || text == "-" && field == "patronymic" && refusal == nil, "\(field)")
        }
    }

    @Test(
        "E-408 A birthday that nobody alive can have is refused with its field",
        arguments: ["2999-01-01", "0001-01-01", "1800-05-05", "2026-12-01"])
    func birthDate(text: String) throws {
        let date = try CalendarDate(parsing: text)
        let refusal = Self.refusal { $0.birthDate = date }
        #expect(refusal?.errorID == "field-invalid" && refusal?.field == "card.birthDate")
    }

    @Test("E-408 The limits count signs as people do, and a sign may not carry any number of marks")
    func limits() {
        let limits: [(String, Int, (inout AppealCard, String) -> Void)] = [
            ("card.essence", AppealLimits.essence, { $0.essence = $1 }),
            ("card.measures", AppealLimits.measures, { $0.measures = $1 }),
            ("card.address", AppealLimits.address, { $0.address = $1 }),
            ("card.applicant.family", PersonName.longestPart, { $0.applicant?.family = $1 }),
        ]
        for (field, limit, set) in limits {
            #expect(Self.refusal { set(&$0, String(repeating: "ё", count: limit)) } == nil, "\(field)")
            let long = Self.refusal { set(&$0, String(repeating: "ё", count: limit + 1)) }
            #expect(long?.errorID == "field-invalid" && long?.field == field)
            let marked = Self.refusal { set(&$0, "ё" + String(repeating: "\u{0301}", count: limit * 8)) }
            #expect(marked?.errorID == "field-invalid" && marked?.field == field)
        }
        // An emoji is one sign, and no word.
        let emoji = String(repeating: "👩‍⚕️", count: AppealLimits.essence - 1)
        #expect(Self.refusal { $0.essence = "ё" + emoji } == nil)
        #expect(
            throws: Refusal(
                "field-invalid", "«Комментарий»: 5 знаков из 4 возможных. Сократите текст.", field: "comment")
        ) { try AppealTexts.checked("12345", field: "comment", title: "Комментарий", limit: 4) }
    }

    @Test("E-408 Marks of direction and code points that are no characters are dropped, names are tidied; emoji stay")
    func tidied() throws {
        var card = AppealCard.sample
        card.essence = "Жалоба\u{202E} на\u{2066} врача\u{FFFF} 👩‍⚕️"
        card.address = "\u{200B}ул. Ленина\u{00AD}, 1"
        card.applicant = PersonName(family: "ПЕТРОВА\u{202C}", given: "анна", patronymic: " ")
        let kept = try AppealTexts.checked(card, today: Self.today)
        #expect(kept.essence == "Жалоба на врача 👩‍⚕️" && kept.address == "ул. Ленина, 1")
        #expect(kept.applicant == PersonName(family: "Петрова", given: "Анна"))
    }

    @Test("E-408 A name of which nothing is written is none")
    func nobody() throws {
        var card = AppealCard.sample
        card.applicant = PersonName(family: " ", given: "", patronymic: "\u{200B}")
        #expect(try AppealTexts.checked(card, today: Self.today).applicant == nil)
    }

    @Test(
        "D-311 What a parser refuses is answered with its hint and the field's path",
        arguments: [
            ("phone", #""8 (800) 555-3-35""#), ("snils", #""112-233-445 96""#), ("policy", #""123""#),
            ("birthDate", #""30.02.1980""#),
        ])
    func parsers(field: String, value: String) async throws {
        try await JournalScene.run { scene in
            let draft = try await scene.open()
            let json = """
                {"appealID":"\(draft.appealID)","revision":0,"operatorID":"operator1","measuresDone":false,
                "card":{"isAnonymous":true,"topic":"other","essence":"а","measures":"","\(field)":\(value)}}
                """
            let refusal = await #expect(throws: Refusal.self) {
                try await scene.hearing.ask(SaveAppeal.self, Data(json.utf8), key: UUID())
            }
            #expect(refusal?.errorID == "field-invalid" && refusal?.field == "card.\(field)")
            let isRussian = refusal?.message.unicodeScalars.contains { ("а"..."я").contains($0) } == true
            #expect(isRussian && refusal?.message.contains("field") == false)
        }
    }
}
