import Foundation
import Metrics
import OutboundHTTP

/// The commands and questions of ARI over HTTP.
struct ExchangeREST: Sendable {
    /// No command outlives this; the lease must.
    static let deadline: Duration = .seconds(2)

    /// What the exchange answered.
    struct Answer: Sendable {
        let status: Int
        let body: [UInt8]
        var isDone: Bool { (200..<300).contains(self.status) }
    }

    let address: ExchangeAddress
    let client: OutboundHTTPClient

    /// - Parameter isRepeatable: false when the exchange must not get it twice.
    /// - Throws: `OutboundHTTPError`; `Unusable` when the exchange failed by itself (5xx) at what may be repeated. Every
    ///   other status is an answer.
    func send(
        _ method: String, _ path: [String], query: [(String, String)] = [], body: [UInt8]? = nil,
        isRepeatable: Bool = true, maximumBytes: Int = 1 << 20
    ) async throws -> Answer {
        let started = ContinuousClock.now
        var url = self.address.url
        for part in path { url += "/" + Self.escaped(part) }
        for (index, item) in query.enumerated() {
            url += "\(index == 0 ? "?" : "&")\(item.0)=\(Self.escaped(item.1))"
        }
        var request = OutboundRequest(
            method: method, url: url, headers: body == nil ? [] : [("Content-Type", "application/json")],
            body: body.map { .bytes($0) } ?? .none, connectTimeout: .seconds(1), deadline: Self.deadline)
        request.basicAuthentication = (self.address.username, self.address.password)
        request.mayReuseConnection = isRepeatable
        request.maximumResponseBytes = maximumBytes
        let response = try await self.client.execute(request)
        let elapsed = (ContinuousClock.now - started).components
        Self.timers[method]?.recordNanoseconds(elapsed.seconds * 1_000_000_000 + elapsed.attoseconds / 1_000_000_000)
        // With `error` instead of `message` in the body; nothing is read from either.
        if isRepeatable, response.status >= 500 {
            throw Unusable(question: path.first ?? "", status: response.status)
        }
        return Answer(status: response.status, body: response.body)
    }

    /// Everything but letters, digits and `-._~` (RFC 3986, 2.3).
    static func escaped(_ text: String) -> String {
        // Identifiers and names of parameters: nearly everything.
        if text.utf8.allSatisfy(Self.isUnreserved) { return text }
        return text.addingPercentEncoding(withAllowedCharacters: Self.unreserved) ?? ""
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    private static let timers = Dictionary(
        uniqueKeysWithValues: ["GET", "POST", "PUT", "DELETE"].map {
            ($0, Timer(label: "exchange_command_duration_seconds", dimensions: [("method", $0)]))
        })

    private static let unreserved = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
}
