import Foundation
import HTTPTypes
import Hummingbird
import ServiceSupport

/// Signing in and out.
struct SessionRoutes: Sendable {
    let desk: Desk

    private struct Credentials: Decodable {
        let login: String
        let password: String
    }

    private struct Me: Encodable {
        let accountID: String
        let displayName: String
        let role: Account.Role
        let telephone: String?
        let skills: [String]
        let isFirstLevel: Bool

        init(_ account: Account) {
            self.accountID = account.id
            self.displayName = account.displayName
            self.role = account.role
            self.telephone = account.telephone
            self.skills = account.skills
            self.isFirstLevel = account.isFirstLevel
        }
    }

    func add(to api: RouterGroup<DeskContext>) {
        api.post("/session") { request, context in try await self.signIn(request, context) }
        api.delete("/session") { request, context in
            if let token = self.desk.token(of: request) {
                if let account = try await self.desk.sessions.account(token: token) {
                    self.desk.log.signedOut(account, request, context)
                }
                try await self.desk.sessions.signOut(token: token)
            }
            return Response(
                status: .noContent, headers: [.setCookie: self.desk.settings.cookie.header(token: nil)])
        }
        api.get("/me") { request, _ in try JSON.response(Me(try await self.desk.sessionAccount(of: request))) }
    }

    private func signIn(_ request: Request, _ context: DeskContext) async throws -> Response {
        let credentials = try await JSON.body(request, as: Credentials.self)
        let address = self.desk.log.address(of: request, context)
        let session: (account: Account, token: String)
        do {
            session = try await self.desk.sessions.signIn(
                login: credentials.login, password: credentials.password,
                address: address.map { "\($0.subscriber)" } ?? "unknown")
        } catch let error as DeskError {
            let known = try await self.desk.accounts.credentials(credentials.login.lowercased())
            self.desk.log.notSignedIn(known?.account.id, error, request, context)
            throw error
        }
        self.desk.log.signedIn(session.account, request, context)
        // One browser, one session: the one before is over.
        if let former = self.desk.token(of: request) { try await self.desk.sessions.signOut(token: former) }
        var response = try JSON.response(Me(session.account))
        response.headers[.setCookie] = self.desk.settings.cookie.header(token: session.token)
        return response
    }
}
