import Foundation
import ServiceSupport
import Vocabulary

/// What the journal is told besides `CommonSettings`.
struct JournalSettings: Sendable {
    /// `REGION_CODE`: the prefix of appeal numbers, two or three digits: `64` gives `64-2026-000001`.
    let regionCode: String
    /// `LINE_TIME_ZONE`, default Europe/Moscow: whose year a number counts in.
    let timeZone: RegionTimeZone

    init(_ settings: Settings) throws {
        let code = try settings.text("REGION_CODE")
        guard (2...3).contains(code.count), code.allSatisfy({ $0.isASCII && $0.isNumber }) else {
            throw SettingsError("REGION_CODE", "REGION_CODE must be two or three digits, as in 64.")
        }
        self.regionCode = code
        let zone = settings.text("LINE_TIME_ZONE", default: "Europe/Moscow")
        self.timeZone = try settings.parse("LINE_TIME_ZONE", zone) { try RegionTimeZone(identifier: $0) }
    }
}
