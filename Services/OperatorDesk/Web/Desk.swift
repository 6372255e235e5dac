import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Messaging
import Mustache

/// Every path of the desk.
struct Desk: Sendable {
    let settings: DeskSettings
    let accounts: AccountStore
    let sessions: Sessions
    let requests: RequestClient
    let pages: MustacheLibrary
    let files: StaticFiles
    let recordings: RecordingRelay
    let line: LineBoard
    let log: SecurityLog

    init(
        settings: DeskSettings, accounts: AccountStore, sessions: Sessions, requests: RequestClient,
        pages: MustacheLibrary, files: StaticFiles, recordings: RecordingRelay, logger: Logger
    ) {
        self.settings = settings
        self.accounts = accounts
        self.sessions = sessions
        self.requests = requests
        self.pages = pages
        self.files = files
        self.recordings = recordings
        self.line = LineBoard { try await requests.ask(GetLine()) }
        self.log = SecurityLog(logger: logger, proxies: settings.proxies)
        self.logger = logger
    }

    private let logger: Logger

    /// All that the desk answers.
    var router: Router<DeskContext> {
        let router = Router(context: DeskContext.self, options: .autoGenerateHeadEndpoints)
        router.add(
            middleware: DeskMiddleware(
                settings: self.settings, sessions: self.sessions, log: self.log, logger: self.logger))
        self.addRoutes(to: router)
        return router
    }

    private func addRoutes(to router: Router<DeskContext>) {
        router.get("/") { request, _ in try await self.page(request) }
        router.get("/login") { _, _ in self.html("login", [String: String]()) }
        router.get("/assets/:name") { request, context in
            try self.files.response(context.parameters.require("name"), on: request)
        }
        let api = router.group("/api").add(middleware: QueryMiddleware())
        SessionRoutes(desk: self).add(to: api)
        LineRoutes(desk: self).add(to: api)
        let cards = CardAccess(requests: self.requests)
        CallbackRoutes(desk: self, cards: cards).add(to: api)
        CallRoutes(desk: self, cards: cards).add(to: api)
        AppealRoutes(desk: self, cards: cards).add(to: api)
        MessageRoutes(desk: self).add(to: api)
        BookingRoutes(desk: self, cards: cards).add(to: api)
        RecordingRoutes(desk: self, relay: self.recordings, cards: cards).add(to: api)
    }

    private func page(_ request: Request) async throws -> Response {
        guard let account = try await self.optionalAccount(of: request) else {
            return Response(status: .seeOther, headers: [.location: "/login"])
        }
        var values = [
            "accountID": account.id, "displayName": account.displayName, "role": account.role.rawValue,
            "timeZone": self.settings.timeZone,
        ]
        // An absent value leaves its part of the page out; an empty one would not.
        values["telephone"] = account.telephone
        if account.isFirstLevel { values["firstLevel"] = "true" }
        return self.html("desk", values)
    }

    private func html(_ name: String, _ values: [String: String]) -> Response {
        guard let text = self.pages.render(values, withTemplate: name) else { return JSON.response(.notFound) }
        return Response(
            status: .ok, headers: [.contentType: "text/html; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    /// Asks another service and hands its answer on.
    func relay(
        _ request: some Messaging.Request, key: UUID = MessageID.next(), deadline: Duration = .seconds(5)
    ) async throws -> Response {
        JSON.response(json: try await self.requests.answer(to: request, key: key, deadline: deadline))
    }

    // MARK: Who asks

    func optionalAccount(of request: Request) async throws -> Account? {
        guard let token = self.token(of: request) else { return nil }
        return try await self.sessions.account(token: token)
    }

    /// Of the session, from the cookie.
    func token(of request: Request) -> String? { self.settings.cookie.token(in: request.headers[.cookie]) }

    /// A browser has one session for all its windows, and somebody else may have signed in since a page was opened: the
    /// page says whose it is (`Line122-Account`, percent-encoded), and nothing is done in another's name.
    /// - Throws: `DeskError.notSignedIn`, `DeskError.otherAccount`.
    func account(of request: Request) async throws -> Account {
        let account = try await self.sessionAccount(of: request)
        if let page = request.headers[HTTPField.Name("Line122-Account")!], page.removingPercentEncoding != account.id {
            throw DeskError.otherAccount
        }
        return account
    }

    /// Whoever has signed in, whosever the page is.
    /// - Throws: `DeskError.notSignedIn`.
    func sessionAccount(of request: Request) async throws -> Account {
        guard let account = try await self.optionalAccount(of: request) else { throw DeskError.notSignedIn }
        return account
    }

    /// Of people who work on the line.
    func operatorAccount(of request: Request) async throws -> Account {
        let account = try await self.account(of: request)
        guard account.role != .organization else { throw DeskError.notYours }
        return account
    }

    /// Of those who are in charge of the line.
    func accountInCharge(of request: Request) async throws -> Account {
        let account = try await self.account(of: request)
        guard account.role.isInCharge else { throw DeskError.notForYou }
        return account
    }

    /// The key under which an order is done once; the page sends the same one when it repeats it.
    func key(of request: Request) throws -> UUID {
        guard let text = request.headers[HTTPField.Name("Idempotency-Key")!] else { return MessageID.next() }
        guard let key = UUID(uuidString: text) else { throw DeskError.badRequest("Неверный ключ запроса.") }
        return key
    }
}
