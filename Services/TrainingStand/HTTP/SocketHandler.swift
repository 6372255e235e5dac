import NIOCore
import NIOWebSocket

/// The WebSocket side of one event socket: answers pings and closes, masks nothing, reassembles text.
final class SocketHandler: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundIn = SocketText
    typealias OutboundOut = WebSocketFrame

    private let acceptor: any SocketAcceptor
    private let call: HTTPCall
    private var text: [UInt8] = []
    private var isClosing = false

    init(acceptor: any SocketAcceptor, call: HTTPCall) {
        self.acceptor = acceptor
        self.call = call
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.acceptor.opened(EventSocket(channel: context.channel), by: self.call)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.acceptor.closed(EventSocket(channel: context.channel))
        context.fireChannelInactive()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !self.isClosing else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        let frame = WebSocketFrame(
            fin: true, opcode: .text, data: ByteBuffer(bytes: self.unwrapOutboundIn(data).bytes))
        context.write(self.wrapOutboundOut(frame), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = self.unwrapInboundIn(data)
        switch frame.opcode {
        case .ping: self.send(.pong, frame.unmaskedData, context: context)
        case .connectionClose:
            guard !self.isClosing else { return }
            self.isClosing = true
            self.send(.connectionClose, frame.unmaskedData, context: context)
            context.close(promise: nil)
        case .text, .continuation:
            self.text.append(contentsOf: frame.unmaskedData.readableBytesView)
            guard frame.fin else { return }
            self.acceptor.received(self.text, from: EventSocket(channel: context.channel))
            self.text.removeAll()
        default: break
        }
    }

    private func send(_ opcode: WebSocketOpcode, _ data: ByteBuffer, context: ChannelHandlerContext) {
        context.writeAndFlush(
            self.wrapOutboundOut(WebSocketFrame(fin: true, opcode: opcode, data: data)), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
