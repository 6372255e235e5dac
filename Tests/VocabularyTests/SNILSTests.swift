import Foundation
import Testing
import Vocabulary

struct SNILSTests {
    // The first is the example of the Pension Fund's own rule; 087-654-302 has the sum 201, which leaves 100 and is
    // written 00, 087-654-303 has 202, which leaves 0.
    @Test(arguments: ["112-233-445 95", "11223344595", "112 233 445 95", "087-654-302 00", "087-654-303 00"])
    func aRightCheckNumberIsAccepted(text: String) throws {
        #expect(try SNILS(parsing: text).digits == text.filter(\.isNumber))
    }

    @Test(arguments: [
        "112-233-445 96", "112-233-454 95", "087-654-303 01", "087-654-303 99", "000-000-000 00", "112-233-445 9",
        "112-233-445 955", "", "112-233-445 9x", "5️⃣12-233-445 95",
    ])
    func aWrongOneIsRefusedWithoutRepeatingIt(text: String) throws {
        let error = try #require(throws: InputError.self) { try SNILS(parsing: text) }
        #expect(error.field == .snils)
        #expect(!error.hint.contains("112"))
    }

    @Test func theCheckNumberIsTheSumModuloHundredAndOneWithHundredAsZero() throws {
        // Against the rule as the Fund words it (below 100; 100 and 101; above 101), for every kind of sum.
        var seen: Set<Int> = []
        for start in stride(from: 1_001_999, to: 999_999_999, by: 1_234_567) {
            let nine = String(repeating: "0", count: 9 - String(start).count) + String(start)
            let sum = nine.enumerated().reduce(0) { $0 + (9 - $1.offset) * ($1.element.wholeNumberValue ?? 0) }
            var check = sum
            while check > 101 { check -= 101 }
            if check >= 100 { check = 0 }
            seen.insert(check)
            let tail = check < 10 ? "0\(check)" : "\(check)"
            #expect(throws: Never.self) { try SNILS(parsing: nine + tail) }
        }
        #expect(seen.count > 90)
    }

    @Test func theFirstNumbersHaveNoCheckNumber() throws {
        #expect(throws: Never.self) { try SNILS(parsing: "001-001-998 77") }
        #expect(throws: InputError.self) { try SNILS(parsing: "001-001-999 77") }
    }

    @Test func itIsFormattedAndCoded() throws {
        let snils = try SNILS(parsing: "11223344595")
        #expect(snils.formatted == "112-233-445 95")
        let data = try JSONEncoder().encode([snils])
        #expect(String(decoding: data, as: UTF8.self) == #"["11223344595"]"#)
        #expect(try JSONDecoder().decode([SNILS].self, from: data) == [snils])
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([SNILS].self, from: Data(#"["11223344596"]"#.utf8))
        }
    }
}
