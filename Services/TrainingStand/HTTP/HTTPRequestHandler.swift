import NIOCore
import NIOHTTP1
import NIOWebSocket

/// Collects one request, asks the responder, writes the answer. Pipelined requests wait for each other in the
/// pipeline's own handler.
final class HTTPRequestHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// Longest body taken, in bytes.
    static let maximumBody = 1 << 20

    private let responder: any HTTPResponder
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(responder: any HTTPResponder) { self.responder = responder }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            self.body.removeAll(keepingCapacity: true)
        case .body(let buffer):
            if self.body.count <= Self.maximumBody { self.body.append(contentsOf: buffer.readableBytesView) }
        case .end:
            guard let head = self.head else { return }
            self.head = nil
            self.answer(head, context: context)
        }
    }

    private func answer(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        let isTooLong = self.body.count > Self.maximumBody
        let call = HTTPCall(
            method: head.method.rawValue, uri: head.uri, headers: head.headers.map { ($0.name, $0.value) },
            body: isTooLong ? [] : self.body)
        let reply = isTooLong ? HTTPReply(status: 413) : self.responder.reply(to: call)
        guard reply.delay > 0 else {
            self.write(reply, head: head, context: context)
            return
        }
        // The handler and its context stay on this loop.
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .microseconds(Int64(reply.delay * 1_000_000))) {
            let (handler, context) = bound.value
            handler.write(reply, head: head, context: context)
        }
    }

    private func write(_ reply: HTTPReply, head: HTTPRequestHead, context: ChannelHandlerContext) {
        guard !reply.isLost else {
            context.close(promise: nil)
            return
        }
        var headers = HTTPHeaders(reply.headers.map { ($0.name, $0.value) })
        if let type = reply.contentType { headers.add(name: "Content-Type", value: type) }
        if reply.status != 204 { headers.add(name: "Content-Length", value: String(reply.body.count)) }
        if !head.isKeepAlive { headers.add(name: "Connection", value: "close") }
        let status =
            reply.reason.map { HTTPResponseStatus.custom(code: UInt(reply.status), reasonPhrase: $0) }
            ?? HTTPResponseStatus(statusCode: reply.status)
        let answer = HTTPResponseHead(version: head.version, status: status, headers: headers)
        context.write(self.wrapOutboundOut(.head(answer)), promise: nil)
        if !reply.body.isEmpty {
            context.write(self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: reply.body)))), promise: nil)
        }
        let written = context.writeAndFlush(self.wrapOutboundOut(.end(nil)))
        guard !head.isKeepAlive else { return }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        written.whenComplete { _ in bound.value.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A refused upgrade is an ordinary request, which comes next and gets its answer.
        if error is NIOWebSocketUpgradeError { return }
        // A malformed request or a reset: nothing more can be said on this connection.
        context.close(promise: nil)
    }
}
