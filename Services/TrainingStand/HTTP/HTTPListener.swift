import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// One port: HTTP/1.1 with keep-alive, and WebSocket upgrades where `sockets` is given.
struct HTTPListener: Sendable {
    let group: MultiThreadedEventLoopGroup
    let responder: any HTTPResponder
    let sockets: (any SocketAcceptor)?

    func bind(host: String, port: Int) async throws -> any Channel {
        try await ServerBootstrap(group: self.group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.configure(channel) }
            }
            .bind(host: host, port: port).get()
    }

    private func configure(_ channel: any Channel) throws {
        let handler = HTTPRequestHandler(responder: self.responder)
        let pipeline = channel.pipeline.syncOperations
        guard let sockets = self.sockets else {
            try pipeline.configureHTTPServerPipeline()
            try pipeline.addHandler(handler)
            return
        }
        let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
        let upgrader = NIOWebSocketServerUpgrader(
            maxFrameSize: 1 << 20, automaticErrorHandling: true,
            shouldUpgrade: { channel, head in
                channel.eventLoop.makeSucceededFuture(sockets.accepts(Self.call(head)) ? HTTPHeaders() : nil)
            },
            upgradePipelineHandler: { channel, head in
                channel.eventLoop.makeCompletedFuture {
                    let call = Self.call(head)
                    try channel.pipeline.syncOperations.addHandler(SocketHandler(acceptor: sockets, call: call))
                }
            })
        try pipeline.configureHTTPServerPipeline(
            withServerUpgrade: (
                upgraders: [upgrader],
                completionHandler: { context in
                    context.pipeline.syncOperations.removeHandler(bound.value, promise: nil)
                }
            ))
        try pipeline.addHandler(handler)
    }

    private static func call(_ head: HTTPRequestHead) -> HTTPCall {
        HTTPCall(
            method: head.method.rawValue, uri: head.uri, headers: head.headers.map { ($0.name, $0.value) }, body: [])
    }
}
