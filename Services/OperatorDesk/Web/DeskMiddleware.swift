import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOHTTP1
import Postgres

/// Around every request: the site check, the headers that protect, errors as JSON, and what the security officer reads
/// in the log (ASVS 16.3): who was refused what.
struct DeskMiddleware: RouterMiddleware {
    let settings: DeskSettings
    let sessions: Sessions
    let log: SecurityLog
    let logger: Logger

    func handle(
        _ request: Request, context: DeskContext, next: (Request, DeskContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            let isOwn = WebRules.isOwnSite(
                method: request.method, fetchSite: request.headers[.init("Sec-Fetch-Site")!],
                origin: request.headers[.origin], host: request.head.authority, own: self.settings.publicOrigin)
            guard isOwn else { throw DeskError.otherSite }
            response = try await next(request, context)
        } catch let error as HTTPParserError {
            // The bytes are no HTTP any more: the server answers 400 and closes the connection.
            throw error
        } catch {
            let known = self.known(error)
            if known.status == .forbidden { await self.note(known, request, context) }
            response = JSON.response(known)
        }
        if let tag = response.headers[.eTag], request.headers[.ifNoneMatch] == tag,
            request.method == .get || request.method == .head
        {
            response = Response(status: .notModified, headers: response.headers)
        }
        WebRules.protect(&response.headers, isSecure: self.settings.cookie.isSecure)
        return response
    }

    private func note(_ refusal: DeskError, _ request: Request, _ context: DeskContext) async {
        var account: Account?
        if let token = self.settings.cookie.token(in: request.headers[.cookie]) {
            // Whoever was refused a moment ago is known. If not, the refusal is noted all the same.
            account = try? await self.sessions.account(token: token)
        }
        self.log.refused(refusal, of: account, request, context)
    }

    private func known(_ error: any Error) -> DeskError {
        if let known = DeskError(error) { return known }
        if let error = error as? HTTPError {
            return DeskError(
                status: error.status, errorID: "http-\(error.status.code)",
                message: error.status == .notFound ? DeskError.notFound.message : "Запрос не принят.")
        }
        // Only what is safe: our clients' errors describe themselves without data.
        let description = (error as? PostgresError)?.description ?? "\(type(of: error))"
        self.logger.error("a request failed", metadata: ["error": "\(description)"])
        return .failed
    }
}
