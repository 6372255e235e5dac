internal import Crypto
internal import Foundation

/// How a statement is written; the same on both sides.
enum StatementWire {
    /// What is signed begins so: a signature made for something else is none here.
    private static let domain = "line122-statement.v1\n"

    static func signedBytes(_ payload: String) -> Data { Data((self.domain + payload).utf8) }

    /// SHA-256 of method, path with query, and body, in base64. Neither method nor path may hold a line break, so two
    /// requests never make the same text.
    static func digest(method: String, path: String, body: [UInt8]) -> String {
        var hash = SHA256()
        hash.update(data: Array("\(method)\n\(path)\n".utf8))
        hash.update(data: body)
        return Data(hash.finalize()).base64EncodedString()
    }

    static func encode(_ statement: Statement) throws -> Data {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .millisecondsSince1970
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(statement)
    }

    static func decode(_ data: Data) -> Statement? {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .millisecondsSince1970
        return try? decoder.decode(Statement.self, from: data)
    }

    /// RFC 4648, 5, without padding.
    static func base64URL(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// Nil for what `base64URL` would not have written.
    static func bytes(base64URL text: some StringProtocol) -> Data? {
        guard !text.contains(where: { "+/=".contains($0) }) else { return nil }
        let plain = String(text).replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
        return Data(base64Encoded: plain + padding)
    }
}
