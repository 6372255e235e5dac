import Crypto
import Foundation
import Testing
import Vocabulary

@testable import CallIntake

/// What comes over the wire, without a server.
@Suite struct ForeignReadingTests {
    private static func read(_ text: String) throws -> [ForeignBatch.Entry] {
        try JSONDecoder().decode(ForeignBatch.self, from: Data(text.utf8)).entries
    }

    private static func error(_ members: String) throws -> ForeignRefusal? {
        let entries = try Self.read(#"{"id":"1","call":"c","at":"2026-11-21T09:17:23+03:00",\#(members)}"#)
        guard case .failure(let refusal)? = entries.first?.content else { return nil }
        return refusal
    }

    @Test("T-01 Every type of event is read with its members, alone or in a list")
    func types() throws {
        let texts: [(String, ForeignEvent.Kind)] = [
            (#""type":"offered","caller":"+79990000005","line":"122""#, .offered),
            (#""type":"queued","queue":"first","position":3"#, .queued(queue: "first")),
            (#""type":"ringing","operator":"operator1""#, .ringing(operatorID: "operator1")),
            (
                #""type":"answered","operator":"operator1","ringSeconds":4.5"#,
                .answered(operatorID: "operator1", ringSeconds: 4.5)
            ),
            (#""type":"held""#, .held), (#""type":"resumed","unknown":[1]"#, .resumed),
            (
                #""type":"transferred","to":"Поликлиника 1""#,
                .transferred(title: "Поликлиника 1", operatorID: nil, isEmergency: false, seconds: 0)
            ),
            (
                #""type":"transferred","to":"112","emergency":true,"seconds":3,"operator":null"#,
                .transferred(title: "112", operatorID: nil, isEmergency: true, seconds: 3)
            ),
            (#""type":"ended","reason":"line-lost","cause":41"#, .ended(.lineLost, cause: 41)),
            (
                #""type":"message","duration":12.4,"recordingURL":"https://pbx.example/1""#,
                .message(seconds: 12, recording: "https://pbx.example/1")
            ),
        ]
        for (members, kind) in texts {
            let one = #"{"id":"1","call":"c","at":"2026-11-21T09:17:23.014+0300",\#(members)}"#
            for text in [one, #"{"events":[\#(one)]}"#] {
                let event = try #require(try Self.read(text).first).content.get()
                #expect(event.kind == kind && event.id == "1" && event.call == "c")
                #expect(event.at.timeIntervalSince1970 == 1_795_241_843.014)
            }
        }
        #expect(try Self.read(#"{"events":[]}"#).isEmpty)
    }

    @Test("A-04 What a foreign exchange says of the caller is kept beside the number")
    func signalledCaller() throws {
        let entries = try Self.read(
            #"{"id":"1","call":"c","at":"2026-11-21T09:17:23Z","type":"offered","line":"122","caller":"sip:+79270000401@host"}"#
        )
        let event = try #require(entries.first).content.get()
        #expect(event.caller?.number?.e164 == "+79270000401")
        #expect(event.signalled == "sip:+79270000401@host")
    }

    @Test("T-01 A caller that is null has withheld the number; one that is no number is none")
    func callers() throws {
        func caller(_ text: String) throws -> String? {
            let entries = try Self.read(
                #"{"id":"1","call":"c","at":"2026-11-21T09:17:23Z","type":"offered","line":"122"\#(text)}"#)
            return try #require(entries.first).content.get().caller.map { "\($0.display)" }
        }
        #expect(try caller(#","caller":null"#) == "номер скрыт")
        #expect(try caller("") == nil)
        #expect(try caller(#","caller":"Пётр""#) == "номер не распознан")
        #expect(try caller(#","caller":"8 999 000-00-05""#)?.contains("999") == true)
    }

    @Test(
        "T-01 What cannot be read is refused by name",
        arguments: [
            (#""type":"dialled""#, "unknown-type", "dialled"), (#""type":7"#, "field-wrong", "type"),
            (#""type":"offered""#, "field-wrong", "line"), (#""type":"queued""#, "field-wrong", "queue"),
            (#""type":"answered""#, "field-wrong", "operator"),
            (#""type":"answered","operator":"""#, "field-wrong", "operator"),
            (#""type":"answered","operator":"a\u0000b""#, "field-wrong", "operator"),
            (#""type":"answered","operator":"a","ringSeconds":-1"#, "field-wrong", "ringSeconds"),
            (#""type":"answered","operator":"a","ringSeconds":"4""#, "field-wrong", "ringSeconds"),
            (#""type":"ended","reason":"tired""#, "field-wrong", "reason"),
            (#""type":"ended","reason":"abandoned","cause":1e9"#, "field-wrong", "cause"),
            (#""type":"ended","reason":"abandoned","cause":1.5"#, "field-wrong", "cause"),
            (#""type":"message""#, "field-wrong", "duration"),
            (#""type":"message","duration":1e300"#, "field-wrong", "duration"),
            (#""type":"transferred","to":"x","emergency":"yes""#, "field-wrong", "emergency"),
            (#""type":"held","at":"2026-11-21T09:17:23""#, "field-wrong", "at"),
            (#""type":"held","at":"2026-02-30T09:17:23Z""#, "field-wrong", "at"),
        ])
    func refusals(members: String, errorID: String, name: String) throws {
        // Of a member that stands there twice the decoder takes one or the other; so `at` is given once.
        let refusal =
            if members.contains(#""at""#) {
                try Self.read(#"{"id":"1","call":"c",\#(members)}"#).first.flatMap { entry -> ForeignRefusal? in
                    guard case .failure(let refusal) = entry.content else { return nil }
                    return refusal
                }
            } else {
                try Self.error(members)
            }
        #expect(refusal?.errorID == errorID)
        #expect(refusal?.message.contains(name) == true)
    }

    @Test("T-01 One unreadable event does not spoil its neighbours")
    func neighbours() throws {
        let good = #"{"id":"g","call":"c","at":"2026-11-21T09:17:23Z","type":"held"}"#
        let entries = try Self.read(#"{"events":[7,\#(good),{"id":5},null,{"id":"x","type":"held"}]}"#)
        #expect(entries.map(\.id) == [nil, "g", nil, nil, "x"])
        #expect(entries.map { (try? $0.content.get()) != nil } == [false, true, false, false, false])
        for text in ["", "7", "[]", #"{"events":{}}"#, #"{"events":["#] {
            #expect(throws: (any Error).self) { try Self.read(text) }
        }
    }

    @Test("P-01 A request is believed with the right key, for its bytes, within five minutes")
    func signature() throws {
        let secret = SymmetricKey(data: Data("0123456789abcdef0123456789abcdef".utf8))
        let signature = ForeignSignature(keys: ["k1": .init(exchange: "avaya", secret: secret)])
        let now = Date(timeIntervalSince1970: 1_795_230_000)
        let body = Data(#"{"events":[]}"#.utf8)
        // Made with: printf '…' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
        let code = Data(
            HMAC<SHA256>.authenticationCode(
                for: ForeignSignature.signed(
                    timestamp: 1_795_230_000, method: "POST", path: "/v1/exchange-events", body: body), using: secret)
        ).hexadecimal
        #expect(code == "681e0fcf963b63d4bcdd26b319369c0865000458094634b418e61bc3cbc630ec")
        func exchange(
            _ header: String?, at: Date = now, method: String = "POST", path: String = "/v1/exchange-events",
            body: Data = body
        ) throws -> String {
            try signature.exchange(of: try signature.claim(header, now: at), method: method, path: path, body: body)
        }
        let header = "t=1795230000,k=k1,v1=\(code)"
        #expect(try exchange(header) == "avaya")
        #expect(try exchange("v1=\(code.uppercased()), k=k1, t=1795230000") == "avaya")
        #expect(try exchange(header, at: now + 300) == "avaya")
        for seconds in [-301.0, 301] {
            #expect(throws: ForeignSignature.Fault.expired) { try exchange(header, at: now + seconds) }
        }
        #expect(throws: ForeignSignature.Fault.wrong) { try exchange(header, method: "PUT") }
        #expect(throws: ForeignSignature.Fault.wrong) { try exchange(header, path: "/v1/exchange-events?a") }
        #expect(throws: ForeignSignature.Fault.wrong) { try exchange(header, body: body + [10]) }
        #expect(throws: ForeignSignature.Fault.wrong) { try exchange("t=1795230001,k=k1,v1=\(code)") }
        #expect(throws: ForeignSignature.Fault.wrong) { try exchange("t=1795230000,k=k2,v1=\(code)") }
        for wrong in [
            nil, "", "v1=\(code)", "t=x,k=k1,v1=\(code)", "t=1795230000,k=k1,v1=\(code.dropLast())",
            "t=1795230000,k=k1,v1=\(String(repeating: "g", count: 64))", header + ",k=k2",
        ] {
            #expect(throws: ForeignSignature.Fault.notSigned) { try exchange(wrong) }
        }
    }
}
