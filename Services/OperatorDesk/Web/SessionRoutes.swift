import Foundation
import HTTPTypes
import Hummingbird

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
        api.post("/session") { request, context in
            let credentials = try await JSON.body(request, as: Credentials.self)
            let (account, token) = try await self.desk.sessions.signIn(
                login: credentials.login, password: credentials.password,
                address: context.remoteAddress?.ipAddress ?? "unknown")
            var response = try JSON.response(Me(account))
            response.headers[.setCookie] = WebRules.cookie(token: token, isSecure: self.desk.settings.isSecure)
            return response
        }
        api.delete("/session") { request, _ in
            if let token = WebRules.token(inCookies: request.headers[.cookie]) {
                try await self.desk.sessions.signOut(token: token)
            }
            return Response(
                status: .noContent,
                headers: [.setCookie: WebRules.cookie(token: nil, isSecure: self.desk.settings.isSecure)])
        }
        api.get("/me") { request, _ in try JSON.response(Me(try await self.desk.account(of: request))) }
    }
}
