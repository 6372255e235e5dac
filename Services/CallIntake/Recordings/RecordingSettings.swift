import Foundation
import ServiceSupport
import Statements

/// What the keeping of recordings is told.
struct RecordingSettings: Sendable {
    /// `RECORDINGS_DIRECTORY`: where encrypted recordings lie; made when it is not there.
    let directory: URL
    /// `RECORDINGS_KEY` or `RECORDINGS_KEY_FILE`: lines `keyID base64`, 32 bytes each.
    let keys: RecordingKeys
    /// `STATEMENT_PUBLIC_KEYS` or `STATEMENT_PUBLIC_KEYS_FILE`: the desk's keys, lines `keyID base64`.
    let verifier: StatementVerifier
    /// `RECORDINGS_KEEP_DAYS`: after how many days recordings of closed appeals are erased; nil, and kept for ever,
    /// when it is not set. At least 30.
    let keepDays: Int?

    init(_ settings: Settings) throws {
        let path = try settings.text("RECORDINGS_DIRECTORY")
        self.directory = URL(fileURLWithPath: path, isDirectory: true)
        self.keys = try settings.parse("RECORDINGS_KEY", settings.secret("RECORDINGS_KEY")) { try RecordingKeys($0) }
        self.verifier = try settings.parse("STATEMENT_PUBLIC_KEYS", settings.secret("STATEMENT_PUBLIC_KEYS")) {
            try StatementVerifier(publicKeys: $0)
        }
        if let text = settings.optionalText("RECORDINGS_KEEP_DAYS") {
            guard let days = Int(text), (RecordingRules.floorDays...36_500).contains(days) else {
                throw SettingsError(
                    "RECORDINGS_KEEP_DAYS",
                    "RECORDINGS_KEEP_DAYS must be a whole number of at least \(RecordingRules.floorDays): "
                        + "recordings are kept 30 days by law.")
            }
            self.keepDays = days
        } else {
            self.keepDays = nil
        }
        do {
            try FileManager.default.createDirectory(
                at: self.directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw SettingsError(
                "RECORDINGS_DIRECTORY", "RECORDINGS_DIRECTORY cannot be made: check the path and its rights.")
        }
        guard FileManager.default.isWritableFile(atPath: path) else {
            throw SettingsError(
                "RECORDINGS_DIRECTORY", "RECORDINGS_DIRECTORY cannot be written to: check its rights.")
        }
    }
}
