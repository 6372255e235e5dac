import Foundation
import HTTPTypes
import Messaging
import Postgres
import TestSupport
import Testing
import Vocabulary

@testable import OperatorDesk

/// What comes in over the wire: bodies, parameters, methods.
@Suite(.timeLimit(.minutes(10))) struct RequestTests {
    @Test("D-304 A body of more than 64 KiB is too large, signed in or not")
    func tooLarge() async throws {
        try await DeskServer.run { desk in
            let long = String(repeating: "а", count: 40_000)
            let cookie = try await desk.cookie()
            for (path, cookie) in [("/api/state", cookie), ("/api/session", nil)] as [(String, String?)] {
                let answer = try await desk.ask("POST", path, ["login": long, "password": ""], cookie: cookie)
                #expect(answer.status == 413 && answer.errorID == "too-large", "\(path)")
            }
            #expect(!desk.hasFailed)
        }
    }

    @Test(
        "D-304 A character that is no text is refused with the field it stands in, also at the sign-in",
        arguments: [
            (#"{"login":"oper\u0000ator1","password":"x"}"#, "login"),
            (#"{"login":"operator1","password":"x\u0007"}"#, "password"),
            (#"{"login":"operator1","password":"x","more":[{"a":"\u001b"}]}"#, "more.0.a"),
            (#"{"login":"\ud83d","password":"x"}"#, "login"), (#"{"login":"a","password":"\ude00\ud83d"}"#, "password"),
        ])
    func characters(json: String, field: String) async throws {
        try await DeskServer.run { desk in
            let answer = try await desk.ask("POST", "/api/session", json: json)
            #expect(answer.status == 422 && answer.errorID == "field-invalid" && answer.json?["field"] == field)
        }
    }

    private struct Text: Decodable {
        let text: String
    }

    @Test("D-304 Both halves of a character are a text, and so is an escaped backslash before a u")
    func surrogates() throws {
        let face: Text = try JSON.read(Data(#"{"text":"\ud83d\ude00"}"#.utf8))
        #expect(face.text == "😀")
        let backslash: Text = try JSON.read(Data(#"{"text":"\\ud83d"}"#.utf8))
        #expect(backslash.text == #"\ud83d"#)
        let plain = Data(#"{"text":"\\\\u\n\u0416\ud83d\ude00"}"#.utf8)
        #expect(JSON.withoutLoneSurrogates(plain) == plain)
    }

    @Test(
        "D-304 What is no HTTP is answered with 400 and the end of the connection",
        arguments: [
            "Transfer-Encoding: xchunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n",
            "Transfer-Encoding: chunked\r\n\r\nzz\r\nabcde\r\n0\r\n\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
            "Host: other\r\nContent-Length: 0\r\n\r\n",
        ])
    func noHTTP(rest: String) async throws {
        try await DeskServer.run { desk in
            let connection = try RawConnection(port: desk.port)
            connection.send(
                "POST /api/session HTTP/1.1\r\nHost: desk\r\nContent-Type: application/json\r\n" + rest)
            #expect(await connection.readToEnd().hasPrefix("HTTP/1.1 400"))
            #expect(!desk.hasFailed)
        }
    }

    private struct Body: Decodable {
        struct Card: Decodable {
            let phone: PhoneNumber?
            let snils: SNILS?
            let count: Int?
        }
        let card: Card
        let list: [CalendarDate]?
    }

    private static func refusal(_ json: String) throws -> DeskError {
        do {
            let body: Body = try JSON.read(Data(json.utf8))
            throw NeverHappened(description: "\(body.card) is no refusal")
        } catch let error as DeskError {
            return error
        }
    }

    @Test(
        "D-311 A field that its parser refuses is named, with the parser's hint; a missing one is named; no JSON is none"
    )
    func fields() throws {
        let phone = try Self.refusal(#"{"card":{"phone":"не номер"}}"#)
        #expect(
            phone.status == .unprocessableContent && phone.errorID == "field-invalid" && phone.field == "card.phone")
        let hint = try #require(throws: InputError.self) { _ = try PhoneNumber(parsing: "не номер") }.hint
        #expect(phone.message == hint)
        #expect(try Self.refusal(#"{"card":{"snils":"1"}}"#).field == "card.snils")
        let list = try Self.refusal(#"{"card":{},"list":["2026-11-30","31.02.2026"]}"#)
        #expect(list.field == "list.1" && !list.message.contains("31.02.2026"))
        let kind = try Self.refusal(#"{"card":{"count":"семь"}}"#)
        #expect(kind.field == "card.count" && !kind.message.contains("семь"))
        let missing = try Self.refusal("{}")
        #expect(missing.status == .unprocessableContent && missing.field == "card")
        for broken in ["", "{", "[]", "7", "не JSON", #"{"card":{}"#] {
            let error = try Self.refusal(broken)
            #expect(error.status == .badRequest && error.field == nil, "\(broken)")
        }
    }

    @Test("D-311 The field of a service's refusal is the page's")
    func refusalField() throws {
        let error = try #require(DeskError(Refusal("field-invalid", "Что делать.", field: "card.name.family")))
        #expect(error.field == "card.name.family")
    }

    @Test("S-27 A body that is not said to be JSON is not read")
    func mediaType() async throws {
        try await DeskServer.run { desk in
            let answer = try await desk.ask(
                "POST", "/api/session", ["login": "operator1", "password": DeskServer.password],
                headers: ["Content-Type": "text/plain"])
            #expect(answer.status == 415 && answer.errorID == "not-json")
        }
    }

    @Test("D-305 HEAD is answered as GET, without the body")
    func head() async throws {
        try await DeskServer.run { desk in
            let cookie = try await desk.cookie()
            for path in ["/login", "/assets/desk.js", "/api/me", "/"] {
                let get = try await desk.ask("GET", path, cookie: cookie)
                let head = try await desk.ask("HEAD", path, cookie: cookie)
                #expect(head.status == 200 && head.body.isEmpty, "\(path)")
                #expect(head.headers["content-type"] == get.headers["content-type"], "\(path)")
            }
            #expect(try await desk.ask("HEAD", "/nothing", cookie: cookie).status == 404)
            #expect(try await desk.ask("HEAD", "/api/events", cookie: cookie).status == 200)
        }
    }

    @Test(
        "D-306 A parameter that is unknown or malformed is refused by its name; nothing is answered instead",
        arguments: [
            ("/api/callbacks?callID=abc", "callID"), ("/api/callbacks?state=opne", "state"),
            ("/api/callbacks?needsOperator=1", "needsOperator"), ("/api/callbacks?stat=open", "stat"),
            ("/api/callbacks?state=open&state=open", "state"), ("/api/callbacks?callID=", "callID"),
            ("/api/appeals?callID=abc", "callID"), ("/api/appeals?q=1", "q"), ("/api/line?x=1", "x"),
            ("/api/me?x", "x"), ("/api/surveys?from=x&to=y", "from"),
            ("/api/surveys?from=2026-11-01T00:00:00Z&to=2026-11-30T00:00:00Z&operatorID=%00", "operatorID"),
            ("/api/indicators?from=2026-11-30T00:00:00Z&to=2026-11-01T00:00:00Z", "to"),
            ("/api/recordings/7B0A4B38-43A6-4F31-9D3C-6B5E5E2B7C11?appeal=1", "appeal"),
        ])
    func parameters(path: String, name: String) async throws {
        try await DeskServer.run { desk in
            let answer = try await desk.ask("GET", path, cookie: try await desk.cookie("admin"))
            #expect(answer.status == 400 && answer.errorID == "parameter-invalid" && answer.json?["field"] == name)
            #expect(answer.json?["message"]?.contains(name) == true)
        }
    }

    @Test("D-302 An answer that has not changed is not sent again")
    func unchanged() async throws {
        try await DeskServer.run { desk in
            let cookie = try await desk.cookie()
            let first = try await desk.ask("GET", "/api/organizations", cookie: cookie)
            let tag = try #require(first.headers["etag"])
            let again = try await desk.ask(
                "GET", "/api/organizations", cookie: cookie, headers: ["If-None-Match": tag])
            #expect(first.status == 200 && again.status == 304 && again.body.isEmpty)
            try await desk.database.execute("UPDATE organization SET name = 'Другая'")
            let changed = try await desk.ask(
                "GET", "/api/organizations", cookie: cookie, headers: ["If-None-Match": tag])
            #expect(changed.status == 200)
        }
    }
}
