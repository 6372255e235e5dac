/// One REST call below `/ari`, decoded.
struct ExchangeCommand: Sendable {
    var method: String
    /// Path below `/ari`, percent decoded: `["channels", "op-1", "answer"]`.
    var path: [String]
    var query: [String: String]
    var body: JSONValue?

    /// A parameter from the query, or from the JSON body where ARI accepts it too.
    func parameter(_ name: String) -> String? {
        if let value = self.query[name] { return value }
        switch self.body?[name] {
        case .string(let text): return text
        case .int(let number): return String(number)
        case .bool(let flag): return flag ? "true" : "false"
        default: return nil
        }
    }
}
