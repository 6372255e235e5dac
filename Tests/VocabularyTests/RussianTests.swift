import Testing
import Vocabulary

struct RussianTests {
    @Test(arguments: [
        (0, "обращений"), (1, "обращение"), (2, "обращения"), (5, "обращений"), (11, "обращений"), (12, "обращений"),
        (14, "обращений"), (21, "обращение"), (22, "обращения"), (101, "обращение"), (111, "обращений"),
        (112, "обращений"), (-1, "обращение"), (Int.min, "обращений"),
    ])
    func aNounAgreesWithItsNumber(number: Int, noun: String) {
        #expect(Russian.plural(number, "обращение", "обращения", "обращений") == noun)
    }

    @Test func aCountKeepsItsNounOnTheLine() {
        #expect(Russian.counted(5, "звонок", "звонка", "звонков") == "5\u{A0}звонков")
    }

    @Test func aLongDateNamesTheMonth() throws {
        #expect(Russian.longDate(try CalendarDate(parsing: "2026-05-09")) == "9 мая 2026")
    }
}
