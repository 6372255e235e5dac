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

/// Status and JSON body of an answer; no body for 204.
struct ExchangeAnswer: Sendable, Equatable {
    var status: Int
    /// Reason phrase where it differs from the usual one.
    var reason: String?
    var body: JSONValue?

    static let done = ExchangeAnswer(status: 204)
    static func ok(_ body: JSONValue) -> ExchangeAnswer { ExchangeAnswer(status: 200, body: body) }
    static func refused(_ status: Int, _ message: String, reason: String? = nil) -> ExchangeAnswer {
        ExchangeAnswer(status: status, reason: reason, body: ["message": .string(message)])
    }
    static let noChannel = ExchangeAnswer.refused(404, "Channel not found")
    static let noBridge = ExchangeAnswer.refused(404, "Bridge not found", reason: "Not found")
}
