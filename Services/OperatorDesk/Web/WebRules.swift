import Foundation
import HTTPTypes
import Hummingbird

/// What a browser may do here. Values, no I/O.
enum WebRules {
    /// Whether a request that changes something comes from our own page. Browsers say so in `Sec-Fetch-Site`; older
    /// ones, and all without TLS, in `Origin`. A client that is no browser sends neither, and has no cookie that a page
    /// could misuse.
    /// - Parameter own: the origin that people know the desk by; a proxy in front may rewrite `Host`.
    static func isOwnSite(
        method: HTTPRequest.Method, fetchSite: String?, origin: String?, host: String?, own: String?
    ) -> Bool {
        switch method {
        case .get, .head, .options: return true
        default: break
        }
        if let fetchSite { return fetchSite == "same-origin" || fetchSite == "none" }
        guard let origin else { return true }
        if let own, origin.lowercased() == own { return true }
        guard let host, let range = origin.range(of: "://") else { return false }
        return origin[range.upperBound...] == host
    }

    /// On every answer.
    static func protect(_ headers: inout HTTPFields, isSecure: Bool) {
        headers[.contentSecurityPolicy] = self.contentSecurityPolicy
        headers[.xContentTypeOptions] = "nosniff"
        headers[.init("Referrer-Policy")!] = "no-referrer"
        headers[.init("Cross-Origin-Opener-Policy")!] = "same-origin"
        headers[.init("Cross-Origin-Resource-Policy")!] = "same-origin"
        headers[.init("Permissions-Policy")!] = "camera=(), geolocation=(), microphone=()"
        if isSecure { headers[.strictTransportSecurity] = "max-age=31536000" }
        if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
    }

    static let contentSecurityPolicy = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
        media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'
        """
}

/// The cookie of a session. Browsers keep cookies by host, not by port: two desks on one host need two names.
struct SessionCookie: Sendable, Equatable {
    /// As the version before names it. What is read of it is for the sessions that are under way during an update only.
    private static let nameBefore = "line122_session"

    let name: String
    /// Only over TLS. Then browsers also see to it that nobody but this host sets it (`__Host-`).
    let isSecure: Bool

    /// - Parameter origin: what tells installations apart: where people find this one.
    init(origin: String, isSecure: Bool) {
        let digest = EntityTag.of(Data(origin.utf8)).dropFirst().prefix(8)
        self.name = (isSecure ? "__Host-" : "") + "line122_session_\(digest)"
        self.isSecure = isSecure
    }

    /// - Parameter header: the value of `Cookie`.
    func token(in header: String?) -> String? {
        guard let header else { return nil }
        return Self.value(of: self.name, in: header) ?? Self.value(of: Self.nameBefore, in: header)
    }

    private static func value(of name: String, in header: String) -> String? {
        for pair in header.split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            if parts.count == 2, parts[0].trimmingPrefix(while: \.isWhitespace) == name { return String(parts[1]) }
        }
        return nil
    }

    /// The value of `Set-Cookie`.
    /// - Parameter token: nil takes the cookie away.
    func header(token: String?) -> String {
        let age = token == nil ? "; Max-Age=0" : ""
        return "\(self.name)=\(token ?? ""); Path=/; HttpOnly; SameSite=Strict" + (self.isSecure ? "; Secure" : "")
            + age
    }
}
