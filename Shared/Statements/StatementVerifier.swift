internal import Crypto
public import Foundation

/// Believes statements that one of the desk's keys has signed, for the request they were made for, while they are
/// valid. A statement is judged once, on entry; what follows from it needs no second look.
public struct StatementVerifier: Sendable {
    /// How long a statement holds for a request that reads.
    public static let readValidity: TimeInterval = 60
    /// For a request that writes: the desk may send it after an outage.
    public static let writeValidity: TimeInterval = 72 * 3600
    /// How far the clocks of two machines may differ.
    static let skew: TimeInterval = 5
    private static let maximumBytes = 4096

    private let keys: [String: Curve25519.Signing.PublicKey]

    /// - Parameter text: the content of `STATEMENT_PUBLIC_KEYS_FILE`. More than one, so that keys can be changed.
    /// - Throws: `StatementKeyError`.
    public init(publicKeys text: String) throws {
        var keys: [String: Curve25519.Signing.PublicKey] = [:]
        for (id, key) in try StatementKeys.parse(text) {
            keys[id] = try Curve25519.Signing.PublicKey(rawRepresentation: key)
        }
        self.keys = keys
    }

    /// - Parameters:
    ///   - header: the value of `Statement.header`, nil when the request has none.
    ///   - path: as it came over the wire, with its query.
    public func verify(
        _ header: String?, method: String, path: String, body: [UInt8] = [],
        validity: TimeInterval = Self.readValidity, now: Date = Date()
    ) throws(StatementError) -> Statement {
        guard let header, !header.isEmpty else { throw .missing }
        let parts = header.split(separator: ".", omittingEmptySubsequences: false)
        guard header.utf8.count <= Self.maximumBytes, parts.count == 2,
            let payload = StatementWire.bytes(base64URL: parts[0]),
            let signature = StatementWire.bytes(base64URL: parts[1]), let statement = StatementWire.decode(payload)
        else { throw .malformed }
        guard let key = self.keys[statement.keyID] else { throw .unknownKey }
        guard key.isValidSignature(signature, for: StatementWire.signedBytes(String(parts[0]))) else {
            throw .badSignature
        }
        let age = now.timeIntervalSince(statement.issuedAt)
        guard age >= -Self.skew else { throw .early }
        guard age <= validity + Self.skew else { throw .expired }
        guard statement.digest == StatementWire.digest(method: method, path: path, body: body) else {
            throw .otherRequest
        }
        return statement
    }
}
