/// Status and JSON body of an answer; no body for 204.
struct ExchangeAnswer: Sendable, Equatable {
    var status: Int
    /// Reason phrase where it differs from the usual one.
    var reason: String?
    var body: JSONValue?
    /// Recorded sound to answer with instead of JSON.
    var sound: RecordedSound?

    static let done = ExchangeAnswer(status: 204)
    static func ok(_ body: JSONValue) -> ExchangeAnswer { ExchangeAnswer(status: 200, body: body) }
    static func refused(_ status: Int, _ message: String, reason: String? = nil) -> ExchangeAnswer {
        ExchangeAnswer(status: status, reason: reason, body: ["message": .string(message)])
    }
    /// A failure of the exchange itself, which it reports as `error`, not as `message`.
    static func failed(_ message: String) -> ExchangeAnswer {
        ExchangeAnswer(status: 500, body: ["error": .string(message)])
    }
    static let noChannel = ExchangeAnswer.refused(404, "Channel not found")
    static let noBridge = ExchangeAnswer.refused(404, "Bridge not found", reason: "Not found")
}
