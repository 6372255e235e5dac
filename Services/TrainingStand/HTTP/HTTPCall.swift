import Foundation

/// One HTTP request, decoded as far as every part of the stand needs it.
struct HTTPCall: Sendable {
    var method: String
    /// Path without the query, percent encoded as it came.
    var path: String
    var query: [String: String]
    var headers: [(name: String, value: String)]
    var body: [UInt8]

    init(method: String, uri: String, headers: [(name: String, value: String)], body: [UInt8]) {
        let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        self.method = method
        self.path = String(parts[0])
        self.query = parts.count == 2 ? Self.query(parts[1]) : [:]
        self.headers = headers
        self.body = body
    }

    /// Path components, percent decoded; empty ones left out.
    var components: [String] {
        self.path.split(separator: "/").map { String($0).removingPercentEncoding ?? String($0) }
    }

    func header(_ name: String) -> String? {
        self.headers.first { $0.name.lowercased() == name }?.value
    }

    private static func query(_ text: Substring) -> [String: String] {
        var query: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = halves.count == 2 ? Self.decoded(halves[1]) : ""
            // A repeated parameter is a list, as ARI reads it.
            let key = Self.decoded(halves[0])
            query[key] = query[key].map { "\($0),\(value)" } ?? value
        }
        return query
    }

    private static func decoded(_ text: Substring) -> String {
        let spaced = text.replacing("+", with: " ")
        return spaced.removingPercentEncoding ?? String(spaced)
    }
}
