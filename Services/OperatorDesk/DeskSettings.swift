import Foundation
import ServiceSupport
import Vocabulary

/// What the desk is told besides `CommonSettings`.
struct DeskSettings: Sendable {
    /// Of `DESK_PUBLIC_URL`, the address in browsers: `https://desk.example.org`; nil when it is not set. A request from a
    /// page of this origin is our own page's, whatever `Host` a proxy made of it.
    let publicOrigin: String?
    /// `Secure` when `DESK_PUBLIC_URL` is https; named after it, or after `HTTP_PORT` without it.
    let cookie: SessionCookie
    /// `HTTP_TRUSTED_PROXIES`: whose `X-Forwarded-For` says where a request comes from.
    let proxies: TrustedProxies
    /// `LINE_TIME_ZONE`, default Europe/Moscow: the zone of the times on the screen.
    let timeZone: String
    /// `DEMO_PASSWORD` or `DEMO_PASSWORD_FILE`: makes the demonstration accounts, all with this password; without it
    /// they are blocked. Refused beside a real exchange or МИС (`ARI_URL`, `EXCHANGES_FILE`, `MIS_URL`).
    let demoPassword: String?
    /// `DEMO_OPERATORS`, default 20.
    let demoOperators: Int
    /// `CALL_INTAKE_URL` and `STATEMENT_PRIVATE_KEY` or `STATEMENT_PRIVATE_KEY_FILE`: what plays recordings. Without
    /// both the desk plays none.
    let callIntake: CallIntakeAccess?

    init(_ settings: Settings) throws {
        let origin = try settings.optionalText("DESK_PUBLIC_URL").map { text in
            try settings.parse("DESK_PUBLIC_URL", text) { try Self.origin(of: $0) }
        }
        self.publicOrigin = origin
        self.cookie = SessionCookie(
            origin: try origin ?? "port \(HTTPAddress(settings).port)", isSecure: origin?.hasPrefix("https://") == true)
        self.proxies = try TrustedProxies(settings)
        let zone = settings.text("LINE_TIME_ZONE", default: "Europe/Moscow")
        self.timeZone = try settings.parse("LINE_TIME_ZONE", zone) { try RegionTimeZone(identifier: $0) }.identifier
        self.demoPassword = try settings.optionalSecret("DEMO_PASSWORD")
        let real = ["ARI_URL", "EXCHANGES_FILE", "MIS_URL"].filter { settings.optionalText($0) != nil }
        guard self.demoPassword == nil || real.isEmpty else {
            throw SettingsError(
                "DEMO_PASSWORD",
                "DEMO_PASSWORD makes accounts that share one password and belong to the training stand alone: take it away where \(real.joined(separator: ", ")) is set."
            )
        }
        self.demoOperators = try settings.integer("DEMO_OPERATORS", default: 20, in: 1...500)
        self.callIntake = try CallIntakeAccess(settings)
    }

    private struct NoAddress: Error, CustomStringConvertible {
        let description = "an address as in https://desk.example.org is expected"
    }

    /// As browsers write it in `Origin` (RFC 6454): scheme, host, and the port unless it is the scheme's own.
    private static func origin(of text: String) throws -> String {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            ["http", "https"].contains(scheme), let host = parts.host?.lowercased(), !host.isEmpty
        else { throw NoAddress() }
        let isUsual = parts.port == nil || parts.port == (scheme == "https" ? 443 : 80)
        return "\(scheme)://\(host)" + (isUsual ? "" : ":\(parts.port ?? 0)")
    }
}
