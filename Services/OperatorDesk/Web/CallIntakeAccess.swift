import Foundation
import OutboundHTTP
import ServiceSupport
import Statements

/// How the desk reaches what call-intake serves over HTTP.
struct CallIntakeAccess: Sendable {
    /// `CALL_INTAKE_URL`: `http://host:port`, without a slash at the end.
    let url: String
    /// Of `STATEMENT_PRIVATE_KEY` or `STATEMENT_PRIVATE_KEY_FILE`.
    let signer: StatementSigner

    /// Nil when neither is set: then recordings are not played here.
    init?(_ settings: Settings) throws {
        let key = try settings.optionalSecret("STATEMENT_PRIVATE_KEY")
        guard let text = settings.optionalText("CALL_INTAKE_URL") else {
            guard key == nil else {
                throw SettingsError(
                    "CALL_INTAKE_URL", "CALL_INTAKE_URL is not set: recordings are played through call-intake.")
            }
            return nil
        }
        guard let key else {
            throw SettingsError(
                "STATEMENT_PRIVATE_KEY",
                "STATEMENT_PRIVATE_KEY is not set: CALL_INTAKE_URL needs it, or STATEMENT_PRIVATE_KEY_FILE.")
        }
        guard let parts = URLComponents(string: text), parts.scheme == "http" || parts.scheme == "https",
            parts.host?.isEmpty == false, parts.path.isEmpty || parts.path == "/", parts.query == nil
        else { throw SettingsError("CALL_INTAKE_URL", "CALL_INTAKE_URL must look like http://host:8101.") }
        self.url = text.hasSuffix("/") ? String(text.dropLast()) : text
        self.signer = try settings.parse("STATEMENT_PRIVATE_KEY", key) { try StatementSigner(privateKey: $0) }
    }
}
