import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Postgres

/// Around every request: the site check, the headers that protect, and errors as JSON.
struct DeskMiddleware: RouterMiddleware {
    let logger: Logger

    func handle(
        _ request: Request, context: DeskContext, next: (Request, DeskContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            let isOwn = WebRules.isOwnSite(
                method: request.method, fetchSite: request.headers[.init("Sec-Fetch-Site")!],
                origin: request.headers[.origin], host: request.head.authority)
            guard isOwn else { throw DeskError.otherSite }
            response = try await next(request, context)
        } catch {
            response = self.response(to: error, on: request)
        }
        response.headers[.contentSecurityPolicy] = WebRules.contentSecurityPolicy
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.init("Referrer-Policy")!] = "no-referrer"
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        return response
    }

    private func response(to error: any Error, on request: Request) -> Response {
        if let known = DeskError(error) { return JSON.response(known) }
        if let error = error as? HTTPError {
            return JSON.response(
                DeskError(
                    status: error.status, errorID: "http-\(error.status.code)",
                    message: error.status == .notFound ? DeskError.notFound.message : "Запрос не принят."))
        }
        if error is DecodingError { return JSON.response(.badRequest("Запрос не разобран. Обновите страницу.")) }
        // Only what is safe: our clients' errors describe themselves without data.
        let description = (error as? PostgresError)?.description ?? "\(type(of: error))"
        self.logger.error("a request failed", metadata: ["error": "\(description)"])
        return JSON.response(.failed)
    }
}
