/// One HTTP answer, or the loss of it.
struct HTTPReply: Sendable {
    var status: Int
    /// Reason phrase; nil is the usual one.
    var reason: String?
    var contentType: String?
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    /// Seconds to hold the answer back.
    var delay = 0.0
    /// Close the connection instead of answering.
    var isLost = false

    static func json(_ status: Int, _ body: JSONValue) -> HTTPReply {
        HTTPReply(status: status, contentType: "application/json", body: body.bytes)
    }
}
