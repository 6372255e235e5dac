public import Foundation

/// What the desk says of a request that it makes for a person: who acts, and which request exactly. Signed, so that a
/// service believes it without knowing sessions or passwords.
///
/// Travels in the header `Line122-Statement` as `base64url(JSON).base64url(signature)`. It fits one request only: its
/// digest covers method, path with query, and body.
public struct Statement: Codable, Sendable, Equatable {
    /// The name of the header that carries it.
    public static let header = "Line122-Statement"

    /// The account's id.
    public var actor: String
    /// The organization that the account belongs to, if any.
    public var organization: String?
    /// The account's role, as the desk names it: `operator`, `supervisor`, `administrator`, `organization`.
    public var role: String
    /// When the desk signed it, by the desk's clock; whole milliseconds.
    public var issuedAt: Date
    /// The idempotency key of the request.
    public var key: UUID
    /// SHA-256 of the request in base64; see `StatementDigest`.
    public var digest: String
    /// Which of the desk's keys has signed it.
    public var keyID: String

    public init(
        actor: String, organization: String?, role: String, issuedAt: Date, key: UUID, digest: String, keyID: String
    ) {
        self.actor = actor
        self.organization = organization
        self.role = role
        self.issuedAt = issuedAt
        self.key = key
        self.digest = digest
        self.keyID = keyID
    }
}
