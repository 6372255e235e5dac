import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// The three ports on one thread, until graceful shutdown.
struct Stand: Service {
    /// Where the ports really are.
    struct Addresses: Sendable {
        var ari: Int
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
        let host = ExchangeHost(
            Exchange(
                systemName: settings.systemName, utcOffset: settings.utcOffset, seed: settings.seed, startedAt: now),
            loop: group.next())
        let mis = HubServer(
            Hospital(settings.hospital, utcOffset: settings.utcOffset, seed: settings.seed, today: now),
            token: settings.misToken, seed: settings.seed)
        let ari = ARIServer(host: host, username: settings.ariUsername, password: settings.ariPassword)
        let control = ControlServer(host: host, mis: mis, traces: settings.traces, utcOffset: settings.utcOffset)
        let listeners: [(any HTTPResponder, (any SocketAcceptor)?, Int)] = [
            (ari, ari, settings.ariPort), (mis, nil, settings.misPort), (control, nil, settings.controlPort),
        ]
        var channels: [any Channel] = []
        for (responder, sockets, port) in listeners {
            let listener = HTTPListener(group: group, responder: responder, sockets: sockets)
            channels.append(try await listener.bind(host: settings.host, port: port))
        }
        let ports = channels.map { $0.localAddress?.port ?? 0 }
        self.logger.info(
            "listening",
            metadata: [
                "host": "\(settings.host)", "ari": "\(ports[0])", "mis": "\(ports[1])", "control": "\(ports[2])",
            ])
        self.whenReady(Addresses(ari: ports[0], mis: ports[1], control: ports[2]))
        try await gracefulShutdown()
        for channel in channels { try await channel.close() }
    }
}
