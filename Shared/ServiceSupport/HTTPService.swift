internal import Foundation
public import Hummingbird
internal import HummingbirdCore
public import Logging
internal import NIOConcurrencyHelpers
public import NIOCore
internal import NIOHTTP1

/// How long a connection may take over what, and how many there may be.
public struct HTTPLimits: Sendable {
    /// Between two requests, and for a head to come.
    public var idle: Duration = .seconds(60)
    /// From the head of a request to the end of its body.
    public var body: Duration = .seconds(30)
    /// Until who is answered reads on: a player may pause, a machine that has gone would be waited for by the hour.
    public var unread: Duration = .seconds(300)
    /// `HTTP_MAX_CONNECTIONS`, default 4,000: further ones wait until one ends. Never more than the process may open.
    public var connections = 4000
    /// `HTTP_MAX_CONNECTIONS_PER_ADDRESS`, default 2,000 (a shift may sit behind one address): further ones are closed.
    /// Those of the proxies are not counted.
    public var connectionsPerAddress = 2000
    public var proxies = TrustedProxies()

    public init() {}

    public init(_ settings: Settings) throws {
        self.connections = try settings.integer("HTTP_MAX_CONNECTIONS", default: 4000, in: 1...1_000_000)
        self.connectionsPerAddress = try settings.integer(
            "HTTP_MAX_CONNECTIONS_PER_ADDRESS", default: 2000, in: 1...1_000_000)
        self.proxies = try TrustedProxies(settings)
    }

    /// Descriptors that the process needs for its database, its broker, its files.
    private static let reserve = 200

    /// `connections`, or what the process can open when that is less; lets it open as many as the system allows.
    func possibleConnections() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return self.connections }
        limit.rlim_cur = limit.rlim_max
        guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return self.connections }
        let most = Int(clamping: limit.rlim_max)
        return max(1, min(self.connections, most - Self.reserve))
    }
}

/// The HTTP server of every service.
public enum HTTPService {
    /// - Parameter onServerRunning: is told the channel that listens.
    public static func application<Context: RequestContext>(
        _ router: Router<Context>, at address: HTTPAddress, limits: HTTPLimits, logger: Logger,
        onServerRunning: @escaping @Sendable (any Channel) async -> Void = { _ in }
    ) -> Application<RouterResponder<Context>> where Context: InitializableFromSource<ApplicationRequestContextSource> {
        let connections = ConnectionCount(limits: limits)
        return Application(
            router: router,
            server: HTTPServerBuilder { responder in
                LimitedChannel(
                    base: HTTP1Channel(
                        responder: responder, configuration: .init(idleTimeout: TimeAmount(limits.idle))),
                    limits: limits, connections: connections)
            },
            configuration: .init(
                address: .hostname(address.host, port: address.port),
                availableConnectionsDelegate: .maximum(limits.possibleConnections(), logger: logger)),
            onServerRunning: onServerRunning, logger: logger)
    }
}

/// Hummingbird's channel of HTTP/1.1, with the limits it does not know.
struct LimitedChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let base: HTTP1Channel
    let limits: HTTPLimits
    let connections: ConnectionCount

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let isWelcome = self.connections.enter(channel)
        return self.base.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(RequestGuard(limits: self.limits), position: .after(decoder))
            // Closed only now: whoever serves the channel finds it whole.
            if !isWelcome { channel.close(promise: nil) }
            return value
        }
    }

    func handle(value: Value, logger: Logger) async { await self.base.handle(value: value, logger: logger) }
}

/// The connections of each address.
final class ConnectionCount: Sendable {
    private let limits: HTTPLimits
    private let counts = NIOLockedValueBox<[IPAddress: Int]>([:])

    init(limits: HTTPLimits) {
        self.limits = limits
    }

    /// - Returns: whether the connection may stay.
    func enter(_ channel: any Channel) -> Bool {
        guard let text = channel.remoteAddress?.ipAddress, let peer = IPAddress(text),
            !self.limits.proxies.contains(peer)
        else { return true }
        let address = peer.subscriber
        let isWelcome = self.counts.withLockedValue { counts in
            guard counts[address, default: 0] < self.limits.connectionsPerAddress else { return false }
            counts[address, default: 0] += 1
            return true
        }
        if isWelcome { channel.closeFuture.whenComplete { _ in self.leave(address) } }
        return isWelcome
    }

    private func leave(_ address: IPAddress) {
        self.counts.withLockedValue { counts in
            let left = counts[address, default: 0] - 1
            counts[address] = left > 0 ? left : nil
        }
    }
}

/// Closes a connection whose body does not end, or whose answer is not read, in time; refuses a request that does not say
/// once and clearly what it is for (RFC 9112, 3.2): the answer is 400 and the end of the connection.
final class RequestGuard: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private let limits: HTTPLimits
    private var body: Scheduled<Void>?
    private var unread: Scheduled<Void>?

    init(limits: HTTPLimits) {
        self.limits = limits
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            guard head.uri.hasPrefix("/"), head.headers["Host"].count == 1 || head.version.minor == 0 else {
                context.fireErrorCaught(HTTPParserError.invalidHeaderToken)
                return
            }
            self.body?.cancel()
            self.body = Self.closing(context.channel, after: self.limits.body)
        case .body: break
        case .end:
            self.body?.cancel()
            self.body = nil
        }
        context.fireChannelRead(data)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.unread?.cancel()
        self.unread = context.channel.isWritable ? nil : Self.closing(context.channel, after: self.limits.unread)
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.cancel()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.cancel() }

    private func cancel() {
        self.body?.cancel()
        self.unread?.cancel()
    }

    private static func closing(_ channel: any Channel, after time: Duration) -> Scheduled<Void> {
        channel.eventLoop.scheduleTask(in: TimeAmount(time)) { channel.close(promise: nil) }
    }
}
