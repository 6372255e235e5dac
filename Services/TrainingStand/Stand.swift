import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// All ports on one thread, until graceful shutdown.
struct Stand: Service {
    /// Where the ports really are.
    struct Addresses: Sendable {
        /// ARI of the first exchange, and of all in their order.
        var ari: Int
        var exchanges: [Int]
        var mis: Int
        var control: Int
    }

    private let settings: StandSettings
    private let logger: Logger
    private let whenReady: @Sendable (Addresses) -> Void

    init(_ settings: StandSettings, logger: Logger, whenReady: @escaping @Sendable (Addresses) -> Void = { _ in }) {
        self.settings = settings
        self.logger = logger
        self.whenReady = whenReady
    }

    func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            try await self.serve(on: group)
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        try await group.shutdownGracefully()
    }

    private func serve(on group: MultiThreadedEventLoopGroup) async throws {
        let settings = self.settings
        let now = Date()
        let hosts = settings.exchanges.enumerated().map { index, exchange in
            // Another seed for each, or all would be called by the same people at the same time.
            ExchangeHost(
                Exchange(
                    systemName: exchange.systemName, number: index + 1, utcOffset: settings.utcOffset,
                    seed: settings.seed &+ UInt64(index), startedAt: now),
                loop: group.next())
        }
        let mis = HubServer(
            Hospital(settings.hospital, utcOffset: settings.utcOffset, seed: settings.seed, today: now),
            token: settings.misToken, seed: settings.seed)
        let control = ControlServer(hosts: hosts, mis: mis, traces: settings.traces, utcOffset: settings.utcOffset)
        var listeners: [(any HTTPResponder, (any SocketAcceptor)?, Int)] = [
            (mis, nil, settings.misPort), (control, nil, settings.controlPort),
        ]
        for (host, exchange) in zip(hosts, settings.exchanges) {
            let ari = ARIServer(host: host, username: settings.ariUsername, password: settings.ariPassword)
            listeners.append((ari, ari, exchange.port))
        }
        var channels: [any Channel] = []
        for (responder, sockets, port) in listeners {
            let listener = HTTPListener(group: group, responder: responder, sockets: sockets)
            channels.append(try await listener.bind(host: settings.host, port: port))
        }
        let ports = channels.map { $0.localAddress?.port ?? 0 }
        self.logger.info(
            "listening",
            metadata: [
                "host": "\(settings.host)", "ari": "\(ports[2...].map(String.init).joined(separator: ","))",
                "mis": "\(ports[0])", "control": "\(ports[1])",
            ])
        self.whenReady(Addresses(ari: ports[2], exchanges: Array(ports[2...]), mis: ports[0], control: ports[1]))
        try await gracefulShutdown()
        for channel in channels { try await channel.close() }
    }
}
