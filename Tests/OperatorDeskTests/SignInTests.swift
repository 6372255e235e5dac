import Foundation
import Postgres
import Testing

@testable import OperatorDesk

/// Guessing passwords, and not being kept out by those who do.
@Suite(.timeLimit(.minutes(10))) struct SignInTests {
    private static let proxies = ["HTTP_TRUSTED_PROXIES": "127.0.0.0/8"]

    @Test("J-05 A wrong name and a wrong password are the same no, and from the fifth on there is a pause")
    func wrongPassword() async throws {
        try await DeskServer.run { (desk: DeskServer) async throws -> Void in
            let unknown = try await desk.signIn("nobody", "x")
            #expect(unknown.status == 401 && unknown.errorID == "wrong-password")
            for _ in 0..<5 {
                let wrong = try await desk.signIn("Operator1", "x")
                #expect(wrong.status == 401 && wrong.json == unknown.json)
            }
            let paused = try await desk.signIn()
            #expect(paused.status == 429 && paused.errorID == "too-many-tries")
            #expect(paused.headers["retry-after"].flatMap { Int($0) }.map((1...5).contains) == true)
        }
    }

    @Test("R-705 Five wrong passwords for somebody do not keep the owner out, who comes from elsewhere")
    func owner() async throws {
        try await DeskServer.run(Self.proxies) { desk in
            for _ in 0..<6 { _ = try await desk.signIn("operator1", "x", from: "198.51.100.7") }
            #expect(try await desk.signIn(from: "198.51.100.7").status == 429)
            #expect(try await desk.signIn(from: "198.51.100.8").status == 200)
        }
    }

    @Test("R-705 Five unknown names, and five wrong passwords, behind one proxy keep no shift out")
    func shift() async throws {
        try await DeskServer.run { (desk: DeskServer) async throws -> Void in
            for number in 0..<5 { #expect(try await desk.signIn("nobody\(number)", "x").status == 401) }
            for _ in 0..<5 { #expect(try await desk.signIn("level2", "x").status == 401) }
            #expect(try await desk.signIn("operator1").status == 200)
            #expect(try await desk.signIn("level2").status == 429)
        }
    }

    @Test("R-705 Of 25 guesses at once five are tried: they are counted before anything is computed")
    func atOnce() async throws {
        try await DeskServer.run { (desk: DeskServer) async throws -> Void in
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<25 { group.addTask { try await desk.signIn("operator1", "guess \(number)").status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.count { $0 == 401 } == 5 && statuses.count { $0 == 429 } == 20)
            let row = try await desk.database.query("SELECT failures FROM sign_in").first
            #expect(try row?.decode("failures", as: Int32.self) == 5)
        }
    }

    @Test(
        "R-705 Thousands of failures of a name from everywhere slow down and refuse nobody; a success forgets one's own"
    )
    func fromEverywhere() async throws {
        try await DeskServer.run { (desk: DeskServer) async throws -> Void in
            #expect(try await desk.signIn("operator1", "x").status == 401)
            let name = "(SELECT name_digest FROM sign_in LIMIT 1)"
            try await desk.database.runScript(
                """
                INSERT INTO sign_in (name_digest, address, failures, failed_at)
                SELECT \(name), '198.51.100.' || n, 5, now() FROM generate_series(1, 250) AS n
                """)
            #expect(try await desk.signIn().status == 200)
            let own = try await desk.database.query(
                "SELECT failures, succeeded_at FROM sign_in WHERE address = '127.0.0.1'")
            #expect(try own.first?.decode("failures", as: Int32.self) == 0)
            #expect(try own.first?.decode("succeeded_at", as: Date?.self) != nil)
        }
    }

    @Test("R-705 A try whose password was never looked at is no failure, and leaves a pause as it was")
    func takenBack() async throws {
        try await DeskServer.run { (desk: DeskServer) async throws -> Void in
            let store = AccountStore(database: desk.database)
            let (name, address) = (Data([1]), "198.51.100.7")
            func begin() async throws -> SignInCount? {
                switch try await store.beginSignIn(name, from: address) {
                case .counted(_, let before): before
                case .paused: nil
                }
            }
            for _ in 0..<10 {
                let before = try #require(try await begin())
                #expect(before == SignInCount(failures: 0, failedAt: nil))
                try await store.takeBack(name, from: address, before: before)
            }
            // Another that was counted meanwhile stays counted.
            let first = try #require(try await begin())
            #expect(try await begin()?.failures == 1)
            try await store.takeBack(name, from: address, before: first)
            #expect(try await begin()?.failures == 1)
            for failures in 2..<5 { #expect(try await begin()?.failures == failures) }
            #expect(try await begin() == nil)
            // The pause is over, one more try is not looked at: the pause does not begin again.
            try await desk.database.runScript("UPDATE sign_in SET failed_at = failed_at - interval '10 minutes'")
            let late = try #require(try await begin())
            try await store.takeBack(name, from: address, before: late)
            #expect(try await begin()?.failures == 5)
        }
    }

    @Test("R-705 What a stranger says about where it comes from is not believed")
    func stranger() async throws {
        try await DeskServer.run { (desk: DeskServer) async throws -> Void in
            for number in 0..<5 {
                #expect(try await desk.signIn("operator1", "x", from: "198.51.100.\(number)").status == 401)
            }
            #expect(try await desk.signIn(from: "198.51.100.200").status == 429)
        }
    }

    @Test("S-23 What was typed as a name is nowhere readable, and is gone with what counts no more")
    func names() async throws {
        try await DeskServer.run { (desk: DeskServer) async throws -> Void in
            _ = try await desk.signIn(DeskServer.password, "operator1")
            let old = try await desk.cookie()
            try await desk.database.runScript(
                """
                UPDATE sign_in SET failed_at = failed_at - interval '61 minutes',
                    succeeded_at = succeeded_at - interval '31 days';
                UPDATE session SET created_at = now() - interval '13 hours';
                INSERT INTO login_failure VALUES ('account:\(DeskServer.password)', 1, now() - interval '25 hours')
                """)
            let kept = try await desk.cookie("level2")
            for statement in DeskRetention.statements { try await desk.database.execute(statement) }
            let counts = try await desk.database.query(
                """
                SELECT (SELECT count(*) FROM sign_in), (SELECT count(*) FROM session), (SELECT count(*) FROM login_failure)
                """)
            let (tries, sessions, failures) = try #require(
                try counts.first?.decode(Int64.self, Int64.self, Int64.self))
            #expect(tries == 1 && sessions == 1 && failures == 0)
            #expect(try await desk.ask("GET", "/api/me", cookie: kept).status == 200)
            #expect(try await desk.ask("GET", "/api/me", cookie: old).status == 401)
        }
    }

    @Test("S-21 Signing in anew ends the session before; over TLS the cookie is this host's alone")
    func anew() async throws {
        try await DeskServer.run(["DESK_PUBLIC_URL": "https://desk.example.org"]) { desk in
            let first = try await desk.cookie()
            #expect(first.hasPrefix("__Host-line122_session_"))
            #expect(try await desk.ask("GET", "/api/me", cookie: first).status == 200)
            let answer = try await desk.ask(
                "POST", "/api/session", ["login": "level2", "password": DeskServer.password], cookie: first,
                headers: ["Origin": "https://desk.example.org"])
            #expect(answer.status == 200 && answer.headers["strict-transport-security"] != nil)
            let second = String(try #require(answer.headers["set-cookie"]).prefix { $0 != ";" })
            #expect(try await desk.ask("GET", "/api/me", cookie: first).status == 401)
            #expect(try await desk.ask("GET", "/api/me", cookie: second).json?["accountID"] == "level2")
        }
    }

    @Test("D-312 U-07 A page of somebody else gets nothing but who has signed in, whatever its browser sends")
    func otherPage() async throws {
        try await DeskServer.run { (desk: DeskServer) async throws -> Void in
            let cookie = try await desk.cookie()
            func ask(_ path: String, of page: String) async throws -> DeskServer.Answer {
                try await desk.ask("GET", path, cookie: cookie, headers: ["Line122-Account": page])
            }
            #expect(try await ask("/api/organizations", of: "operator1").status == 200)
            #expect(try await ask("/api/organizations", of: "%6Fperator1").status == 200)
            let other = try await ask("/api/organizations", of: "level2")
            #expect(other.status == 409 && other.errorID == "other-account")
            #expect(try await ask("/api/me", of: "level2").json?["accountID"] == "operator1")
        }
    }

    @Test("S-07 Signing in and out, refusals, pauses and other sites are noted, with account and address and no more")
    func log() async throws {
        try await DeskServer.run(Self.proxies) { desk in
            _ = try await desk.signIn("operator1", "wrong", from: "198.51.100.7")
            _ = try await desk.signIn(DeskServer.password, "operator1", from: "198.51.100.7")
            let cookie = try await desk.cookie()
            _ = try await desk.ask("GET", "/api/do-not-call", cookie: cookie)
            _ = try await desk.ask("POST", "/api/appeals", cookie: cookie, headers: ["Sec-Fetch-Site": "cross-site"])
            _ = try await desk.ask("DELETE", "/api/session", cookie: cookie)
            let lines = desk.lines
            #expect(lines.contains("sign-in refused account=operator1 address=198.51.100.7 reason=wrong-password"))
            #expect(lines.contains("sign-in refused account=unknown address=198.51.100.7 reason=wrong-password"))
            #expect(lines.contains("signed in account=operator1 address=127.0.0.1"))
            #expect(
                lines.contains(
                    "access refused account=operator1 address=127.0.0.1 method=GET path=/api/do-not-call reason=not-yours"
                ))
            #expect(lines.contains { $0.hasPrefix("access refused") && $0.hasSuffix("reason=other-site") })
            #expect(lines.contains("signed out account=operator1 address=127.0.0.1"))
            #expect(!lines.contains { $0.contains(DeskServer.password) || $0.contains("wrong ") })
        }
    }
}
