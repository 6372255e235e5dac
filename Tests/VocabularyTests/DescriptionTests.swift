import Foundation
import Testing
import Vocabulary

// Not inside the suite: a private type's description holds an address, whose digits may be anything.
struct HolderOfPersonalData {
    var phone: PhoneNumber
    var snils: SNILS
    var policy: PolicyNumber
    var name: PersonName
    var caller: CallerNumber
    var optional: PhoneNumber?
}

/// Whatever way a value gets into a text, its data does not (P-02).
struct DescriptionTests {
    @Test func noWayOfPrintingShowsPersonalData_P02() throws {
        let phone = try PhoneNumber(parsing: "+79990000001;ext=77")
        let holder = HolderOfPersonalData(
            phone: phone, snils: try SNILS(parsing: "11223344595"),
            policy: try PolicyNumber(parsing: "4539148803436467"),
            name: try PersonName(parsing: "Иванов Иван Иванович"), caller: .known(phone), optional: phone)
        var dumped = ""
        dump(holder, to: &dumped)
        dump([holder.phone], to: &dumped)
        var texts = [dumped, "\(holder)", String(describing: holder), String(reflecting: holder)]
        let values: [Any] = [
            holder.phone, holder.snils, holder.policy, holder.name, holder.caller, holder.optional as Any,
        ]
        for value in values {
            texts += ["\(value)", String(reflecting: value), String(describing: [value])]
            #expect(Mirror(reflecting: value).descendant("digits") == nil)
            #expect(Mirror(reflecting: value).descendant("e164") == nil)
        }
        for text in texts {
            for secret in ["999", "0001", "77", "1122", "595", "4539", "6467", "Иван"] {
                #expect(!text.contains(secret), "\(secret)")
            }
        }
    }

    @Test func hintsAreRussianSentencesWithoutTheValue_P02() {
        let error = InputError(.snils, hint: "В СНИЛС должно быть 11 цифр.")
        #expect("\(error)" == "В СНИЛС должно быть 11 цифр.")
    }

    @Test("D-311 Whoever answers a request finds the hint and the place in the failure of decoding")
    func aFailureOfDecodingCarriesTheHint() throws {
        struct Body: Decodable { let phone: PhoneNumber }
        let error = try #require(throws: DecodingError.self) {
            try JSONDecoder().decode(Body.self, from: Data(#"{"phone":"8 927 000-00-1"}"#.utf8))
        }
        guard case .dataCorrupted(let context) = error else {
            Issue.record("another failure")
            return
        }
        let input = try #require(context.underlyingError as? InputError)
        #expect(input.hint == "В номере телефона не хватает цифр: нужно 10 цифр после 8 или +7.")
        #expect(context.codingPath.map(\.stringValue) == ["phone"])
    }
}
