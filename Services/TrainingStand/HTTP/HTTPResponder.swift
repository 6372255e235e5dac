/// Answers requests of one port. Called on the stand's event loop; must not block.
protocol HTTPResponder: Sendable {
    func reply(to call: HTTPCall) -> HTTPReply
}
