import Configuration
import Contracts
import Foundation
import HTTPTypes
import Messaging
import ServiceSupport
import Testing

@testable import OperatorDesk

@Suite struct SessionRulesTests {
    private let now = Date(timeIntervalSince1970: 1_795_230_000)

    private func isAlive(age: TimeInterval, idle: TimeInterval) -> Bool {
        SessionRules.isAlive(
            created: self.now.addingTimeInterval(-age), lastSeen: self.now.addingTimeInterval(-idle), now: self.now)
    }

    @Test("J-05 A session ends after an hour without a request and after twelve hours in any case")
    func lifetime() {
        #expect(self.isAlive(age: 0, idle: 0))
        #expect(self.isAlive(age: 3599, idle: 3599))
        #expect(!self.isAlive(age: 3600, idle: 3600))
        #expect(self.isAlive(age: 12 * 3600 - 1, idle: 0))
        #expect(!self.isAlive(age: 12 * 3600, idle: 0))
    }

    @Test("J-05 Four wrong passwords cost nothing, from the fifth on the pause doubles up to five minutes")
    func throttle() {
        #expect((0..<5).allSatisfy { LoginThrottle.pause(afterFailures: $0) == 0 })
        #expect((5...12).map { LoginThrottle.pause(afterFailures: $0) } == [5, 10, 20, 40, 80, 160, 300, 300])
        #expect(LoginThrottle.pause(afterFailures: 10_000) == 300)
    }

    @Test("R-705 Many failures of a name or an address slow the next try down, never that of who is known there")
    func delay() {
        func delay(_ name: Int, _ address: Int, _ isAcquainted: Bool = false) -> TimeInterval {
            LoginThrottle.delay(failuresOfName: name, failuresOfAddress: address, isAcquainted: isAcquainted)
        }
        #expect(delay(49, 199) == 0 && delay(50, 0) == 3 && delay(0, 200) == 3 && delay(10_000, 10_000) == 3)
        #expect(delay(10_000, 10_000, true) == 0)
    }
}

@Suite struct WebRulesTests {
    @Test(
        "P-01 Only our own page may change something",
        arguments: [
            (HTTPRequest.Method.post, "same-origin", nil, true), (.post, "none", nil, true),
            (.post, "same-site", nil, false), (.post, "cross-site", "http://desk:8080", false),
            (.put, nil, "http://desk:8080", true), (.put, nil, "https://evil.example", false),
            (.delete, nil, "http://desk:8080.evil.example", false), (.delete, nil, "null", false),
            (.post, nil, nil, true), (.get, "cross-site", "https://evil.example", true),
        ] as [(HTTPRequest.Method, String?, String?, Bool)])
    func ownSite(method: HTTPRequest.Method, fetchSite: String?, origin: String?, isOwn: Bool) {
        #expect(
            WebRules.isOwnSite(method: method, fetchSite: fetchSite, origin: origin, host: "desk:8080", own: nil)
                == isOwn)
    }

    @Test(
        "D-307 A page of the public address is ours, whatever Host a proxy made of it; one of another site is not",
        arguments: [
            (nil, "https://desk.example.org", true), (nil, "https://Desk.example.org", true),
            (nil, "https://desk.example.org.evil.example", false), (nil, "http://desk.example.org", false),
            ("cross-site", "https://desk.example.org", false), ("same-origin", "https://desk.example.org", true),
        ] as [(String?, String, Bool)])
    func publicAddress(fetchSite: String?, origin: String, isOwn: Bool) {
        #expect(
            WebRules.isOwnSite(
                method: .post, fetchSite: fetchSite, origin: origin, host: "10.0.0.7:8122",
                own: "https://desk.example.org") == isOwn)
    }

    @Test("P-01 A request that names an origin and no host is not our page's")
    func noHost() {
        #expect(!WebRules.isOwnSite(method: .post, fetchSite: nil, origin: "http://desk:8080", host: nil, own: nil))
    }

    private let plain = SessionCookie(origin: "http://desk:8122", isSecure: false)

    @Test("J-05 The token is found among other cookies, and nowhere else")
    func token() {
        let name = self.plain.name
        #expect(self.plain.token(in: "a=1; \(name)=abc; b=2") == "abc")
        #expect(self.plain.token(in: "\(name)=a=b") == "a=b")
        #expect(self.plain.token(in: "x\(name)=abc; \(name)2=d") == nil)
        #expect(self.plain.token(in: "\(name)=") == nil)
        #expect(self.plain.token(in: nil) == nil)
        // Whoever has signed in with the version before goes on working; what this version sets comes first.
        #expect(self.plain.token(in: "a=1; line122_session=old") == "old")
        #expect(self.plain.token(in: "line122_session=old; \(name)=new") == "new")
    }

    @Test("J-05 The cookie is out of reach of scripts and other sites, and secure where the desk is")
    func cookie() {
        #expect(self.plain.header(token: "abc") == "\(self.plain.name)=abc; Path=/; HttpOnly; SameSite=Strict")
        let secure = SessionCookie(origin: "https://desk", isSecure: true)
        #expect(secure.header(token: "abc") == "\(secure.name)=abc; Path=/; HttpOnly; SameSite=Strict; Secure")
        #expect(secure.name.hasPrefix("__Host-"))
        #expect(self.plain.header(token: nil).hasSuffix("; Max-Age=0"))
    }

    @Test("D-308 Two desks on one host have two cookies: neither signs the other out")
    func twoDesks() throws {
        func cookie(_ environment: [String: String]) throws -> SessionCookie {
            try DeskSettings(
                Settings(ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: environment)))
            ).cookie
        }
        let first = try cookie(["DESK_PUBLIC_URL": "http://127.0.0.1:8122"])
        let second = try cookie(["DESK_PUBLIC_URL": "http://127.0.0.1:8222/"])
        #expect(first.name != second.name && second.token(in: "\(first.name)=abc") == nil)
        // The same desk, written otherwise.
        let again = try cookie(["DESK_PUBLIC_URL": "HTTP://127.0.0.1:8122/"])
        #expect(again == first)
        let (bare, port) = (
            try cookie(["DESK_PUBLIC_URL": "https://desk.example.org"]),
            try cookie(["DESK_PUBLIC_URL": "https://desk.example.org:443/"])
        )
        #expect(bare == port)
        let (third, fourth) = (try cookie(["HTTP_PORT": "8001"]), try cookie(["HTTP_PORT": "8002"]))
        #expect(third.name != fourth.name)
        #expect(throws: SettingsError.self) { try cookie(["DESK_PUBLIC_URL": "desk.example.org"]) }
    }

    @Test("P-01 The page may load nothing from elsewhere, run nothing inline and be framed by nobody")
    func contentSecurityPolicy() {
        let policy = WebRules.contentSecurityPolicy
        #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
        #expect(!policy.contains("unsafe") && !policy.contains("*") && !policy.contains("\n"))
    }
}

@Suite struct VisibilityTests {
    private static func account(_ id: String, _ role: Account.Role, organization: String? = nil) -> Account {
        Account(id: id, displayName: id, role: role, telephone: "1001", organizationID: organization)
    }

    private let own = Self.account("operator1", .operator)
    private let other = Self.account("operator2", .operator)
    private let administrator = Self.account("admin", .administrator)
    private let clinic = Self.account("org-gp-1", .organization, organization: "gp-1")
    private let ministry = Self.account("org-minzdrav", .organization, organization: "minzdrav")
    private let nowhere = Self.account("org-none", .organization)

    private let supervisor = Self.account("senior", .supervisor)

    @Test("T-10 Whoever is asked to take a call over reads its card, and only whose card it is changes it")
    func offered() {
        var appeal = self.appeal()
        appeal.offeredTo = ["operator2"]
        #expect(CardAccess.maySee(self.other, appeal) && !CardAccess.mayChange(self.other, appeal))
        #expect(CardAccess.mayChange(self.own, appeal) && !CardAccess.maySee(self.clinic, appeal))
        appeal.offeredTo = []
        #expect(!CardAccess.maySee(self.other, appeal))
    }

    @Test("T-03 A message that nobody has taken is no operator's to open; who is in charge sees it")
    func message() {
        var appeal = self.appeal()
        appeal.operatorID = nil
        #expect(!CardAccess.maySee(self.own, appeal) && !CardAccess.mayChange(self.own, appeal))
        #expect(CardAccess.maySee(self.supervisor, appeal) && CardAccess.maySee(self.administrator, appeal))
    }

    private func appeal(forwardedTo organizations: String...) -> AppealView {
        AppealView(
            appealID: UUID(), number: "64-2026-000001", state: .inWork, revision: 1, card: AppealCard(), callID: nil,
            operatorID: "operator1", openedAt: Date(), registeredAt: Date(),
            forwardings: organizations.map {
                .init(organization: Organization(organizationID: $0, name: $0, email: nil), comment: "", at: Date())
            }, history: [])
    }

    @Test("J-04 An operator sees the own cards, an organization those it answers for, the administrator all")
    func cards() {
        let fresh = self.appeal()
        #expect(CardAccess.maySee(self.own, fresh) && CardAccess.maySee(self.administrator, fresh))
        #expect(!CardAccess.maySee(self.other, fresh) && !CardAccess.maySee(self.clinic, fresh))
        // Responsibility moved on: the first organization has no part in it any more.
        let forwarded = self.appeal(forwardedTo: "gp-1", "minzdrav")
        #expect(!CardAccess.maySee(self.clinic, forwarded) && CardAccess.maySee(self.ministry, forwarded))
        #expect(CardAccess.maySee(self.own, forwarded))
    }

    @Test("J-04 An organization account without an organization sees nothing")
    func noOrganization() {
        #expect(!CardAccess.maySee(self.nowhere, self.appeal()))
        #expect(!CardAccess.maySee(self.nowhere, self.appeal(forwardedTo: "gp-1")))
        #expect(CardAccess.list(for: self.nowhere).organizationID == "")
    }

    @Test("J-04 Lists ask the journal for no more than may be seen")
    func lists() {
        #expect(CardAccess.list(for: self.own).operatorID == "operator1")
        #expect(CardAccess.list(for: self.clinic).organizationID == "gp-1")
        let all = CardAccess.list(for: self.administrator)
        #expect(all.operatorID == nil && all.organizationID == nil)
    }
}

@Suite struct DeskErrorTests {
    @Test(
        "A refusal reaches the page with its id, its text and a fitting status",
        arguments: [
            ("no-such-appeal", 404), ("fields-missing", 422), ("field-invalid", 422), ("patient-ambiguous", 422),
            ("revision-differs", 409), ("appeal-closed", 409), ("slot-in-use", 409), ("mis-away", 503),
            ("exchange-away", 503), ("one-of-tomorrow", 409),
        ])
    func refusals(errorID: String, status: Int) {
        let error = DeskError(Refusal(errorID, "Что делать."))
        #expect(error?.status.code == status && error?.errorID == errorID && error?.message == "Что делать.")
    }

    @Test(
        "A service that does not answer is told of, with what to do",
        arguments: [
            (RequestError.Kind.timedOut, 504), (.unavailable, 503), (.failed, 500), (.malformed, 500),
        ])
    func unanswered(kind: RequestError.Kind, status: Int) throws {
        let error = try #require(DeskError(RequestError(kind: kind, request: "appeal.save")))
        #expect(error.status.code == status && !error.message.isEmpty && !error.message.contains("appeal.save"))
    }

    @Test("An error nobody foresaw is none of the page's")
    func unforeseen() {
        #expect(DeskError(CancellationError()) == nil)
    }
}
