import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// One connection to the event socket of the exchange.
struct ExchangeSocket: Sendable {
    /// Why the socket did not open or did not stay.
    struct Failure: Error, Sendable, CustomStringConvertible {
        let description: String
    }

    private enum Upgrade: Sendable {
        case done(NIOAsyncChannel<WebSocketFrame, WebSocketFrame>)
        case refused
    }

    /// The longest event; many channel variables make long ones. A longer one costs the connection, and everything is
    /// compared anew.
    private static let maximumEventBytes = 32 << 20
    /// A connection that says nothing for three of these is lost, also when no RST comes.
    private static let pingInterval: Duration = .seconds(5)

    let address: ExchangeAddress

    /// Connects, and gives each event to `heard` until the connection ends.
    /// - Parameters:
    ///   - opened: called once the exchange sends events.
    ///   - heard: false ends the connection.
    /// - Throws: `Failure`, an I/O error, `CancellationError`. Returns when `heard` says so or the exchange closes.
    func listen(
        opened: @Sendable @escaping () async throws -> Void,
        heard: @Sendable @escaping (ByteBuffer) async throws -> Bool
    ) async throws {
        let upgrade = try await self.connect()
        guard case .done(let channel) = try await upgrade.get() else {
            throw Failure(description: "the exchange refused the event socket: check ARI_USERNAME and ARI_PASSWORD")
        }
        try await channel.executeThenClose { inbound, outbound in
            // Each task tells whether the connection is over.
            try await withThrowingTaskGroup(of: Bool.self) { group in
                let silence = SilenceWatch()
                // Events are heard meanwhile.
                group.addTask {
                    try await opened()
                    return false
                }
                group.addTask {
                    for try await frame in inbound {
                        silence.heard()
                        switch frame.opcode {
                        case .text, .binary:
                            guard try await heard(frame.unmaskedData) else { return true }
                        case .ping:
                            try await outbound.write(Self.frame(.pong, frame.unmaskedData))
                        case .connectionClose:
                            try await outbound.write(Self.frame(.connectionClose, frame.unmaskedData))
                            return true
                        default: break
                        }
                    }
                    return true
                }
                group.addTask {
                    while true {
                        try await Task.sleep(for: Self.pingInterval)
                        guard silence.isShorter(than: Self.pingInterval * 3) else {
                            throw Failure(description: "the exchange went silent")
                        }
                        try await outbound.write(Self.frame(.ping, ByteBuffer()))
                    }
                }
                defer { group.cancelAll() }
                while try await group.next() == false {}
            }
        }
    }

    private func connect() async throws -> EventLoopFuture<Upgrade> {
        let head = self.requestHead()
        return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(3))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: self.address.host, port: self.address.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let upgrader = NIOTypedWebSocketClientUpgrader<Upgrade>(maxFrameSize: Self.maximumEventBytes) {
                        channel, _ in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHandler(
                                NIOWebSocketFrameAggregator(
                                    minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 1024,
                                    maxAccumulatedFrameSize: Self.maximumEventBytes))
                            return Upgrade.done(try NIOAsyncChannel(wrappingChannelSynchronously: channel))
                        }
                    }
                    return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
                        configuration: .init(
                            upgradeConfiguration: NIOTypedHTTPClientUpgradeConfiguration(
                                upgradeRequestHead: head, upgraders: [upgrader],
                                notUpgradingCompletionHandler: { channel in
                                    channel.close().map { Upgrade.refused }
                                })))
                }
            }
    }

    private func requestHead() -> HTTPRequestHead {
        let credentials = Data("\(self.address.username):\(self.address.password)".utf8).base64EncodedString()
        let application = ExchangeREST.escaped(self.address.application)
        return HTTPRequestHead(
            version: .http1_1, method: .GET,
            uri: "\(self.address.path)/events?app=\(application)&subscribeAll=false",
            headers: [
                "Host": "\(self.address.host):\(self.address.port)", "Authorization": "Basic \(credentials)",
                "Content-Length": "0",
            ])
    }

    // RFC 6455, 5.3: what a client sends is masked.
    private static func frame(_ opcode: WebSocketOpcode, _ data: ByteBuffer) -> WebSocketFrame {
        WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data)
    }
}
