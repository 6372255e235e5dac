import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

@testable import TrainingStand

/// The event socket of a test client: an independent reader of what the stand sends.
final class TestSocket: Sendable {
    enum Frame: Sendable {
        case event(JSONValue)
        case pong
        case closed
    }

    private enum Upgrade: Sendable {
        case socket(NIOAsyncChannel<WebSocketFrame, WebSocketFrame>)
        case refused
    }

    let frames: AsyncStream<Frame>
    private let continuation: AsyncStream<Frame>.Continuation
    private let outgoing: AsyncStream<WebSocketFrame>.Continuation
    private let task: Task<Void, Never>

    /// Nil when the server does not upgrade.
    static func open(port: Int, uri: String, authorization: String? = nil) async throws -> TestSocket? {
        let upgrade = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let upgrader = NIOTypedWebSocketClientUpgrader<Upgrade> { channel, _ in
                        channel.eventLoop.makeCompletedFuture {
                            .socket(try NIOAsyncChannel(wrappingChannelSynchronously: channel))
                        }
                    }
                    var headers = HTTPHeaders([("Host", "127.0.0.1"), ("Content-Length", "0")])
                    if let authorization { headers.add(name: "Authorization", value: authorization) }
                    let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: uri, headers: headers)
                    let configuration = NIOTypedHTTPClientUpgradeConfiguration(
                        upgradeRequestHead: head, upgraders: [upgrader],
                        notUpgradingCompletionHandler: { channel in
                            channel.close(promise: nil)
                            return channel.eventLoop.makeSucceededFuture(.refused)
                        })
                    return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
                        configuration: .init(upgradeConfiguration: configuration))
                }
            }
        switch try await upgrade.get() {
        case .socket(let channel): return TestSocket(channel)
        case .refused: return nil
        }
    }

    private init(_ channel: NIOAsyncChannel<WebSocketFrame, WebSocketFrame>) {
        let (frames, continuation) = AsyncStream.makeStream(of: Frame.self)
        let (outgoing, sender) = AsyncStream.makeStream(of: WebSocketFrame.self)
        self.frames = frames
        self.continuation = continuation
        self.outgoing = sender
        self.task = Task {
            do {
                try await channel.executeThenClose { inbound, outbound in
                    await withTaskGroup(of: Void.self) { group in
                        group.addTask {
                            for await frame in outgoing { try? await outbound.write(frame) }
                        }
                        group.addTask {
                            do {
                                for try await frame in inbound { Self.take(frame, continuation) }
                            } catch {
                                continuation.yield(.closed)
                            }
                            continuation.finish()
                            sender.finish()
                        }
                    }
                }
            } catch {
                continuation.finish()
            }
        }
    }

    private static func take(_ frame: WebSocketFrame, _ continuation: AsyncStream<Frame>.Continuation) {
        switch frame.opcode {
        case .text:
            let bytes = Array(frame.unmaskedData.readableBytesView)
            if let event = try? JSONParser.parse(bytes) { continuation.yield(.event(event)) }
        case .pong: continuation.yield(.pong)
        case .connectionClose: continuation.yield(.closed)
        default: break
        }
    }

    func send(_ opcode: WebSocketOpcode, _ text: String = "") {
        let frame = WebSocketFrame(
            fin: true, opcode: opcode, maskKey: WebSocketMaskingKey([1, 2, 3, 4]), data: ByteBuffer(string: text))
        self.outgoing.yield(frame)
    }

    func close() {
        self.task.cancel()
        self.outgoing.finish()
    }
}
