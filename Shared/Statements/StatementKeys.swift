internal import Crypto
public import Foundation

/// The key files: lines `keyID base64`, the key being the 32 raw bytes of Ed25519 (RFC 8032). Empty lines and lines
/// that begin with `#` are passed over.
public enum StatementKeys {
    /// A new pair, as the lines of the two files.
    public static func make(keyID: String) -> (privateKey: String, publicKey: String) {
        let key = Curve25519.Signing.PrivateKey()
        return (
            "\(keyID) \(key.rawRepresentation.base64EncodedString())",
            "\(keyID) \(key.publicKey.rawRepresentation.base64EncodedString())"
        )
    }

    /// The keys of a file in their order; at least one, each 32 bytes, no id twice.
    public static func parse(_ text: String) throws -> [(id: String, key: Data)] {
        var keys: [(id: String, key: Data)] = []
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard !words.isEmpty else { continue }
            guard words.count == 2, let key = Data(base64Encoded: String(words[1])), key.count == 32 else {
                throw StatementKeyError(description: "each line must be a key's name and 32 bytes in base64")
            }
            let id = String(words[0])
            guard id.utf8.count <= 32, id.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }) else {
                throw StatementKeyError(
                    description: "a key's name must be at most 32 letters, digits and hyphens")
            }
            guard !keys.contains(where: { $0.id == id }) else {
                throw StatementKeyError(description: "the same key's name stands there twice")
            }
            keys.append((id, key))
        }
        guard !keys.isEmpty else { throw StatementKeyError.noKey }
        return keys
    }
}
