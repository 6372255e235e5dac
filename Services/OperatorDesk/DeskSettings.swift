import Foundation
import ServiceSupport
import Vocabulary

/// What the desk is told besides `CommonSettings`.
struct DeskSettings: Sendable {
    /// `DESK_PUBLIC_URL`: the address in browsers; with https the cookie is `Secure`.
    let isSecure: Bool
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
        self.isSecure = settings.optionalText("DESK_PUBLIC_URL")?.hasPrefix("https://") ?? false
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
}
