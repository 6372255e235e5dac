import Foundation
import ServiceSupport
import Vocabulary

/// What booking is told besides `CommonSettings`: the МИС.
struct BookingSettings: Sendable {
    let mis: N3Configuration
    /// The region's: whose birthday is to come is said by its clock.
    let zone: RegionTimeZone

    /// Reads `MIS_PROTOCOL` (`n3`), `MIS_URL`, `MIS_TOKEN` or `MIS_TOKEN_FILE`, `MIS_TIMEOUT_SECONDS` (10) and
    /// `LINE_TIME_ZONE` (Europe/Moscow; the МИС writes local times).
    init(_ settings: Settings) throws {
        guard settings.text("MIS_PROTOCOL", default: "n3") == "n3" else {
            throw SettingsError("MIS_PROTOCOL", "MIS_PROTOCOL must be n3: no other protocol is spoken yet.")
        }
        let url = try settings.text("MIS_URL")
        guard let parsed = URL(string: url), ["http", "https"].contains(parsed.scheme ?? ""), parsed.host != nil else {
            throw SettingsError("MIS_URL", "MIS_URL must look like https://host/HubService.svc.")
        }
        let zone = settings.text("LINE_TIME_ZONE", default: "Europe/Moscow")
        self.zone = try settings.parse("LINE_TIME_ZONE", zone) { try RegionTimeZone(identifier: $0) }
        var mis = N3Configuration(
            url: url, guid: try settings.secret("MIS_TOKEN"), timeZone: self.zone.timeZone)
        mis.deadline = .seconds(try settings.integer("MIS_TIMEOUT_SECONDS", default: 10, in: 1...25))
        self.mis = mis
    }
}
