internal import Crypto
public import Foundation

/// Signs statements; only the desk has one.
public struct StatementSigner: Sendable {
    private let keyID: String
    private let key: Curve25519.Signing.PrivateKey

    /// - Parameter text: the content of `STATEMENT_PRIVATE_KEY_FILE`; the first key signs.
    /// - Throws: `StatementKeyError`.
    public init(privateKey text: String) throws {
        guard let first = try StatementKeys.parse(text).first else {
            throw StatementKeyError.noKey
        }
        self.keyID = first.id
        self.key = try Curve25519.Signing.PrivateKey(rawRepresentation: first.key)
    }

    /// The value of the header `Statement.header`.
    /// - Parameters:
    ///   - path: as it goes over the wire, with its query.
    ///   - key: the idempotency key of the request.
    public func sign(
        actor: String, organization: String?, role: String, method: String, path: String, body: [UInt8] = [],
        key: UUID = UUID(), now: Date = Date()
    ) throws -> String {
        let statement = Statement(
            actor: actor, organization: organization, role: role, issuedAt: now, key: key,
            digest: StatementWire.digest(method: method, path: path, body: body), keyID: self.keyID)
        let payload = StatementWire.base64URL(try StatementWire.encode(statement))
        let signature = try self.key.signature(for: StatementWire.signedBytes(payload))
        return "\(payload).\(StatementWire.base64URL(signature))"
    }
}
