import Foundation
import HTTPTypes
import Hummingbird

/// What a browser may do here. Values, no I/O.
enum WebRules {
    static let sessionCookie = "line122_session"

    /// Whether a request that changes something comes from our own page. Browsers say so in `Sec-Fetch-Site`; older
    /// ones in `Origin`. A client that is no browser sends neither, and has no cookie that a page could misuse.
    static func isOwnSite(method: HTTPRequest.Method, fetchSite: String?, origin: String?, host: String?) -> Bool {
        switch method {
        case .get, .head, .options: return true
        default: break
        }
        if let fetchSite { return fetchSite == "same-origin" || fetchSite == "none" }
        guard let origin else { return true }
        guard let host, let range = origin.range(of: "://") else { return false }
        return origin[range.upperBound...] == host
    }

    /// - Parameter header: the value of `Cookie`.
    static func token(inCookies header: String?) -> String? {
        guard let header else { return nil }
        for pair in header.split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            if parts.count == 2, parts[0].trimmingPrefix(while: \.isWhitespace) == self.sessionCookie {
                return String(parts[1])
            }
        }
        return nil
    }

    static func cookie(token: String?, isSecure: Bool) -> String {
        let age = token == nil ? "; Max-Age=0" : ""
        return "\(self.sessionCookie)=\(token ?? ""); Path=/; HttpOnly; SameSite=Strict"
            + (isSecure ? "; Secure" : "") + age
    }

    static let contentSecurityPolicy = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
        media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'
        """
}
