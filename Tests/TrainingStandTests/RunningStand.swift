import Foundation
import FoundationNetworking
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

@testable import TrainingStand

/// A stand on ports of its own for one test, stopped even on failure.
struct RunningStand: Sendable {
    let addresses: Stand.Addresses

    static func with<Result: Sendable>(
        exchanges: Int = 1, _ body: @Sendable (RunningStand) async throws -> Result
    ) async throws -> Result {
        var settings = StandSettings()
        settings.ariPort = 0
        settings.furtherARIPorts = Array(repeating: 0, count: exchanges - 1)
        settings.misPort = 0
        settings.controlPort = 0
        settings.utcOffset = 0
        settings.traces = Fixtures.traces
        settings.hospital = HospitalSize(clinics: 2, doctorsPerSpeciality: 1, patientsPerClinic: 10)
        let (ready, continuation) = AsyncStream.makeStream(of: Stand.Addresses.self)
        var logger = Logger(label: "test")
        logger.logLevel = .error
        let stand = Stand(settings, logger: logger) { continuation.yield($0) }
        let group = ServiceGroup(configuration: .init(services: [stand], logger: logger))
        async let running: Void = group.run()
        var iterator = ready.makeAsyncIterator()
        guard let addresses = await iterator.next() else { throw CancellationError() }
        let result: Swift.Result<Result, any Error>
        do {
            result = .success(try await body(RunningStand(addresses: addresses)))
        } catch {
            result = .failure(error)
        }
        await group.triggerGracefulShutdown()
        try await running
        return try result.get()
    }

    /// Status and JSON body of one request.
    func request(
        _ method: String, _ port: Int, _ path: String, _ query: [String: String] = [:], body: JSONValue? = nil
    ) async throws -> (status: Int, body: JSONValue?) {
        var components = URLComponents()
        components.scheme = "http"
        components.host = "127.0.0.1"
        components.port = port
        components.path = path
        components.queryItems = query.isEmpty ? nil : query.map { URLQueryItem(name: $0.key, value: $0.value) }
        guard let url = components.url else { throw URLError(.badURL) }
        var request = URLRequest(url: url, timeoutInterval: 60)
        request.httpMethod = method
        if let body {
            request.httpBody = Data(body.bytes)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        let (data, response) = try await URLSession.shared.data(for: request)
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        return (status, data.isEmpty ? nil : try? JSONParser.parse(Array(data)))
    }

    /// Status of one bodiless request on a connection of its own. `URLSession` does not hand a 401 out.
    func status(
        _ method: String, _ port: Int, _ uri: String, headers: [String: String] = [:]
    ) async throws -> Int {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let lines = ["\(method) \(uri) HTTP/1.1", "Host: x"] + headers.map { "\($0.key): \($0.value)" }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: lines.joined(separator: "\r\n") + "\r\n\r\n"))
            var answer = ""
            for try await part in inbound {
                answer += String(buffer: part)
                if answer.contains("\r\n\r\n") { break }
            }
            return answer.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        }
    }

    /// One ARI command with the stand's own credentials.
    func ari(
        _ method: String, _ path: String, _ query: [String: String] = [:], body: JSONValue? = nil
    ) async throws -> (status: Int, body: JSONValue?) {
        let key = ["api_key": "line122:training"]
        return try await self.request(
            method, self.addresses.ari, "/ari/\(path)", query.merging(key) { own, _ in own }, body: body)
    }

    func control(
        _ method: String, _ path: String, _ query: [String: String] = [:], body: JSONValue? = nil
    ) async throws -> (status: Int, body: JSONValue?) {
        try await self.request(method, self.addresses.control, "/stand/\(path)", query, body: body)
    }

    /// The event socket of an application at the exchange of that place.
    func socket(app: String = "call-intake", exchange: Int = 0) async throws -> TestSocket? {
        try await TestSocket.open(
            port: self.addresses.exchanges[exchange], uri: "/ari/events?app=\(app)&api_key=line122:training")
    }
}
