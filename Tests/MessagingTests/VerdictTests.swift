import Foundation
import Messaging
import Testing

struct VerdictTests {
    @Test func aRefusalSaysWhetherAskingAgainHelps() {
        #expect(Refusal("never", "Нет.").verdict == .refused)
        #expect(Refusal("later", "Позже.", retryAfter: 2.5).verdict == .notNow(for: .seconds(2.5)))
        #expect(Refusal("again", "Ещё раз.", retryAfter: 0).verdict == .tryAgain)
        #expect(RequestError(kind: .timedOut, request: "call.dial").verdict == .tryAgain)
    }

    @Test func aRefusalOfAnOlderServiceIsFinal() throws {
        let old = Data(#"{"errorID":"appeal-closed","message":"Карточка закрыта."}"#.utf8)
        #expect(try MessageCoding.decoder.decode(Refusal.self, from: old).verdict == .refused)
        // What it meant by these has always been *not now*.
        for (id, seconds) in [
            ("exchange-away", 1), ("no-operator-free", 1), ("no-line-free", 1), ("operator-away", 10),
        ] {
            #expect(Refusal(id, "Позже.").verdict == .notNow(for: .seconds(seconds)))
        }
    }

    @Test(
        "A control character is found in any member, by its path",
        arguments: [
            (#"{"title":"a\u0000b"}"#, "title"), (#"{"card":{"name":{"family":"\u0007"}}}"#, "card.name.family"),
            (#"{"keys":["1","\b"]}"#, "keys.1"), ("{\"text\":\"\u{7F}\"}", "text"), ("{\"text\":\"\u{85}\"}", "text"),
            (#"{"a\u0000":1}"#, ""), (#""\u001f""#, ""),
        ])
    func aControlCharacterIsFound(json: String, path: String) throws {
        #expect(ControlCharacters.field(in: Data(json.utf8)) == path)
        let refusal = #expect(throws: Refusal.self) { try ControlCharacters.check(Data(json.utf8)) }
        #expect(refusal?.errorID == "field-invalid")
        #expect(refusal?.field == path)
    }

    @Test(
        "A-02 D-304 Another encoding hides no control character",
        arguments: [String.Encoding.utf16, .utf16LittleEndian, .utf32])
    func anotherEncoding(_ encoding: String.Encoding) throws {
        let json = try #require(#"{"login":"a\u0000"}"#.data(using: encoding))
        #expect(ControlCharacters.field(in: json) == "login")
    }

    @Test(arguments: [
        #"{"text":"строка\nещё\tодна\r"}"#, #"{"text":"\\u0000 как его пишут"}"#, "{\"text\":\"Ёлка · «да»\"}", "{}",
        "not json\u{7F}",
    ])
    func textOfPeopleIsText(json: String) {
        #expect(ControlCharacters.field(in: Data(json.utf8)) == nil)
    }
}
