import Foundation
import OutboundHTTP
import ServiceSupport
import Vocabulary

/// What the notifier is told besides `CommonSettings`.
struct NotifierSettings: Sendable {
    /// `SPOOL_DIRECTORY`: where messages become files. Made when it is not there.
    let spool: URL
    /// `SMTP_URL` (`smtp://host:port`, `smtps://user:password@host:port`); without it e-mail goes to the spool too.
    let smtp: String?
    /// `MAIL_FROM`, needed with `SMTP_URL`.
    let sender: String?
    /// `LINE_TIME_ZONE`, default Europe/Moscow: the zone of the times in messages.
    let zone: RegionTimeZone

    init(_ settings: Settings) throws {
        let path = try settings.text("SPOOL_DIRECTORY")
        self.spool = URL(fileURLWithPath: path, isDirectory: true)
        do {
            try FileManager.default.createDirectory(
                at: self.spool, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw SettingsError("SPOOL_DIRECTORY", "SPOOL_DIRECTORY cannot be made: check the path and its rights.")
        }
        guard FileManager.default.isWritableFile(atPath: path) else {
            throw SettingsError("SPOOL_DIRECTORY", "SPOOL_DIRECTORY cannot be written to: check its rights.")
        }
        self.smtp = try settings.optionalSecret("SMTP_URL")
        self.sender = settings.optionalText("MAIL_FROM")
        guard self.smtp == nil || self.sender != nil else {
            throw SettingsError("MAIL_FROM", "MAIL_FROM is not set: SMTP_URL needs the address that mail comes from.")
        }
        let zone = settings.text("LINE_TIME_ZONE", default: "Europe/Moscow")
        self.zone = try settings.parse("LINE_TIME_ZONE", zone) { try RegionTimeZone(identifier: $0) }
    }
}
