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
        Timer(label: "exchange_command_duration_seconds", dimensions: [("method", method)])
            .recordNanoseconds(elapsed.seconds * 1_000_000_000 + elapsed.attoseconds / 1_000_000_000)
        // With `error` instead of `message` in the body; nothing is read from either.
        if isRepeatable, response.status >= 500 {
            throw Unusable(question: path.first ?? "", status: response.status)
        }
        return Answer(status: response.status, body: response.body)
    }

    /// Everything but letters, digits and `-._~` (RFC 3986, 2.3).
    static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: Self.unreserved) ?? ""
    }

    private static let unreserved = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
}
