import Crypto
import Foundation

/// Believes requests that an exchange has signed: HMAC-SHA256 over `timestamp.method.path.sha256hex(body)`, in the
/// header `Line122-Signature: t=<unix>,k=<key id>,v1=<hex>`.
///
/// A signed request that comes again is believed again while its time lasts: the ids of its events make it harmless.
struct ForeignSignature: Sendable {
    static let header = "Line122-Signature"
    /// How far the clock of the exchange may differ, in seconds.
    static let tolerance: Int64 = 300

    /// Why a request is not believed.
    enum Fault: String, Error, Sendable {
        case notSigned = "not-signed"
        case expired = "signature-expired"
        case wrong = "signature-wrong"
    }

    /// One key, and the exchange that has it.
    struct Key: Sendable {
        let exchange: String
        let secret: SymmetricKey
    }

    /// What a header claims, not yet compared with the body.
    struct Claim: Sendable {
        let timestamp: Int64
        let keyID: String
        let code: Data
    }

    /// By key id.
    let keys: [String: Key]

    /// Reads the header and judges its time and its key, before the body has come: nobody without a key is waited for.
    func claim(_ header: String?, now: Date) throws(Fault) -> Claim {
        guard let header, header.utf8.count <= 512 else { throw .notSigned }
        var values: [Substring: Substring] = [:]
        for part in header.split(separator: ",") {
            let pair = part.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, values.updateValue(pair[1], forKey: pair[0]) == nil else { throw .notSigned }
        }
        guard let timestamp = values["t"].flatMap({ Int64($0) }), let keyID = values["k"],
            let code = values["v1"].flatMap({ Self.bytes(hexadecimal: $0) })
        else { throw .notSigned }
        let now = Int64(now.timeIntervalSince1970)
        guard (now - Self.tolerance...now + Self.tolerance).contains(timestamp) else { throw .expired }
        guard self.keys[String(keyID)] != nil else { throw .wrong }
        return Claim(timestamp: timestamp, keyID: String(keyID), code: code)
    }

    /// - Parameter path: as it came over the wire, with its query.
    /// - Returns: the name of the exchange that signed.
    func exchange(of claim: Claim, method: String, path: String, body: Data) throws(Fault) -> String {
        let signed = Self.signed(timestamp: claim.timestamp, method: method, path: path, body: body)
        // Compares in constant time.
        guard let key = self.keys[claim.keyID],
            HMAC<SHA256>.isValidAuthenticationCode(claim.code, authenticating: signed, using: key.secret)
        else { throw .wrong }
        return key.exchange
    }

    /// What the code is made of.
    static func signed(timestamp: Int64, method: String, path: String, body: Data) -> Data {
        Data("\(timestamp).\(method).\(path).\(Data(SHA256.hash(data: body)).hexadecimal)".utf8)
    }

    private static func bytes(hexadecimal text: Substring) -> Data? {
        let digits = text.utf8.compactMap { byte -> UInt8? in
            switch byte {
            case 0x30...0x39: byte - 0x30
            case 0x41...0x46: byte - 0x41 + 10
            case 0x61...0x66: byte - 0x61 + 10
            default: nil
            }
        }
        guard digits.count == 64, text.utf8.count == 64 else { return nil }
        return Data(stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
    }
}
