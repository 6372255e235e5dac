import Contracts
import Foundation
import Postgres
import Testing

@testable import OperatorDesk

@Suite(.timeLimit(.minutes(10))) struct DeskServerTests {
    @Test("J-05 Signing in gives a session, signing out ends it at once")
    func session() async throws {
        try await DeskServer.run { desk in
            let answer = try await desk.signIn()
            #expect(answer.status == 200)
            let header = try #require(answer.headers["set-cookie"])
            #expect(header.contains("HttpOnly") && header.contains("SameSite=Strict"))
            let cookie = String(header.prefix { $0 != ";" })
            // Only a digest of the token is kept.
            let token = String(cookie.drop { $0 != "=" }.dropFirst())
            #expect(token.count == 64)
            let kept = try await desk.database.query(
                "SELECT count(*) FROM session WHERE token_digest = \(Data(token.utf8))")
            #expect(try kept.first?.decode("count", as: Int64.self) == 0)
            let me = try await desk.ask("GET", "/api/me", cookie: cookie)
            #expect(me.status == 200 && me.json?["accountID"] == "operator1" && me.json?["telephone"] == "1001")
            #expect(try await desk.ask("DELETE", "/api/session", cookie: cookie).status == 204)
            let after = try await desk.ask("GET", "/api/me", cookie: cookie)
            #expect(after.status == 401 && after.errorID == "not-signed-in")
        }
    }

    @Test("J-05 A session that was idle too long, and one of an account that was revoked, is none")
    func endedSessions() async throws {
        try await DeskServer.run { desk in
            let idle = try await desk.cookie()
            try await desk.database.execute("UPDATE session SET last_seen_at = now() - interval '61 minutes'")
            #expect(try await desk.ask("GET", "/api/me", cookie: idle).status == 401)
            let old = try await desk.cookie()
            try await desk.database.execute("UPDATE session SET created_at = now() - interval '13 hours'")
            #expect(try await desk.ask("GET", "/api/me", cookie: old).status == 401)
            let revoked = try await desk.cookie()
            try await desk.database.execute("UPDATE account SET is_active = false WHERE id = 'operator1'")
            #expect(try await desk.ask("GET", "/api/me", cookie: revoked).status == 401)
            #expect(try await desk.signIn().errorID == "wrong-password")
        }
    }

    @Test("P-01 A page of another site can change nothing, even with the cookie")
    func otherSite() async throws {
        try await DeskServer.run { desk in
            let cookie = try await desk.cookie()
            for headers in [["Sec-Fetch-Site": "cross-site"], ["Origin": "https://evil.example"]] {
                let answer = try await desk.ask("DELETE", "/api/session", cookie: cookie, headers: headers)
                #expect(answer.status == 403 && answer.errorID == "other-site")
            }
            #expect(try await desk.ask("GET", "/api/me", cookie: cookie).status == 200)
        }
    }

    @Test("P-01 What people are called is shown as text, never as markup")
    func escaping() async throws {
        try await DeskServer.run { desk in
            let page = try await desk.ask("GET", "/", cookie: try await desk.cookie())
            #expect(page.status == 200 && page.text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
            #expect(!page.text.contains("<script>alert") && !page.text.contains("\"Оператор\""))
            #expect(page.headers["content-security-policy"] == WebRules.contentSecurityPolicy)
            #expect(page.headers["x-content-type-options"] == "nosniff")
            #expect(page.headers["cache-control"] == "no-store")
        }
    }

    @Test("J-05 Without a session the page leads to the sign-in and the interface says so")
    func notSignedIn() async throws {
        try await DeskServer.run { desk in
            let page = try await desk.ask("GET", "/")
            #expect(page.status == 200 && page.url?.path == "/login")
            for path in ["/api/me", "/api/appeals", "/api/line", "/api/clinics", "/api/organizations", "/api/events"] {
                let answer = try await desk.ask("GET", path)
                #expect(answer.status == 401 && answer.errorID == "not-signed-in", "\(path)")
            }
        }
    }

    @Test("Errors are JSON with an id and a Russian text")
    func errors() async throws {
        try await DeskServer.run { desk in
            let cookie = try await desk.cookie()
            let missing = try await desk.ask("GET", "/api/nothing", cookie: cookie)
            #expect(missing.status == 404 && missing.errorID == "http-404")
            #expect(missing.headers["content-type"] == "application/json; charset=utf-8")
            let malformed = try await desk.ask("POST", "/api/state", ["state": "dancing"], cookie: cookie)
            #expect(malformed.status == 422 && malformed.errorID == "field-invalid")
            let key = try await desk.ask("POST", "/api/appeals", cookie: cookie, headers: ["Idempotency-Key": "7"])
            #expect(key.status == 400)
            for answer in [missing, malformed, key] {
                #expect(answer.json?["message"]?.contains { ("а"..."я").contains($0) } == true)
            }
        }
    }

    // The visits of a card it reads with the card (O-01).
    @Test("J-04 An organization has no part in the line, and books nothing")
    func organization() async throws {
        try await DeskServer.run { desk in
            let cookie = try await desk.cookie("org-gp-1")
            for path in ["/api/line", "/api/callbacks", "/api/clinics"] {
                let answer = try await desk.ask("GET", path, cookie: cookie)
                #expect(answer.status == 403 && answer.errorID == "not-yours", "\(path)")
            }
            #expect(try await desk.ask("POST", "/api/appeals", cookie: cookie).status == 403)
        }
    }

    @Test("A journal that is away is told of in time, and the desk goes on")
    func journalAway() async throws {
        try await DeskServer.run { desk in
            let cookie = try await desk.cookie()
            let answer = try await desk.ask("GET", "/api/appeals", cookie: cookie)
            #expect([503, 504].contains(answer.status))
            #expect(["unavailable", "timed-out"].contains(answer.errorID))
            #expect(try await desk.ask("GET", "/api/me", cookie: cookie).status == 200)
        }
    }

    @Test("A file that the browser has is not sent again")
    func assets() async throws {
        try await DeskServer.run { desk in
            let first = try await desk.ask("GET", "/assets/desk.js")
            let tag = try #require(first.headers["etag"])
            #expect(first.status == 200 && first.headers["content-type"] == "text/javascript; charset=utf-8")
            let again = try await desk.ask("GET", "/assets/desk.js", headers: ["If-None-Match": tag])
            #expect(again.status == 304 && again.body.isEmpty)
            #expect(try await desk.ask("GET", "/assets/..%2FServe.swift").status == 404)
        }
    }
}
