import CoreMetrics
import Foundation
import Hummingbird
import Logging
import NIOConcurrencyHelpers
import ServiceLifecycle
import ServiceSupport
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The routes over a real port.
struct HealthTests {
    private struct Answer: Decodable, Equatable {
        let ready: Bool
        let missing: [Health.Missing]?
    }

    /// Serves on a free port while `body` runs.
    private static func serving(
        _ health: Health, metrics: PrometheusMetrics = PrometheusMetrics(),
        _ body: @Sendable (_ base: String) async throws -> Void
    ) async throws {
        let router = Router()
        health.addRoutes(to: router, metrics: metrics)
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                port.yield(channel.localAddress?.port ?? 0)
                port.finish()
            },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        let group = ServiceGroup(
            configuration: .init(services: [.init(service: application)], logger: application.logger))
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            let number = try #require(await ports.first { _ in true })
            try await body("http://127.0.0.1:\(number)")
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    private static func get(_ url: String) async throws -> (status: Int, type: String?, body: Data) {
        var request = URLRequest(url: try #require(URL(string: url)))
        request.timeoutInterval = 60
        let (body, response) = try await URLSession.shared.data(for: request)
        let http = try #require(response as? HTTPURLResponse)
        return (http.statusCode, http.value(forHTTPHeaderField: "Content-Type"), body)
    }

    @Test(.timeLimit(.minutes(10))) func readinessFollowsTheDependencies() async throws {
        let broker = NIOLockedValueBox<String?>("no \"connection\"\n")
        let health = Health()
        health.watch("postgres") { nil }
        health.watch("rabbitmq") { broker.withLockedValue { $0 } }
        try await Self.serving(health) { base in
            let away = try await Self.get(base + "/health/ready")
            #expect(away.status == 503)
            #expect(away.type == "application/json")
            let answer = try JSONDecoder().decode(Answer.self, from: away.body)
            #expect(!answer.ready)
            #expect(answer.missing?.map(\.dependency) == ["rabbitmq"])
            #expect(answer.missing?.map(\.detail) == ["no \"connection\"\n"])
            // A service that waits for its broker is alive: nobody should restart it.
            let live = try await Self.get(base + "/health/live")
            #expect(live.status == 200)

            broker.withLockedValue { $0 = nil }
            let back = try await Self.get(base + "/health/ready")
            #expect(back.status == 200)
            #expect(try JSONDecoder().decode(Answer.self, from: back.body) == Answer(ready: true, missing: nil))
        }
    }

    @Test(.timeLimit(.minutes(10))) func metricsAreServedAsPrometheusText() async throws {
        let metrics = PrometheusMetrics()
        metrics.makeCounter(label: "calls_total", dimensions: []).increment(by: 7)
        try await Self.serving(Health(), metrics: metrics) { base in
            let answer = try await Self.get(base + "/metrics")
            #expect(answer.status == 200)
            #expect(answer.type == "text/plain; version=0.0.4; charset=utf-8")
            #expect(String(decoding: answer.body, as: UTF8.self).contains("\ncalls_total 7\n"))
            #expect(try await Self.get(base + "/nothing").status == 404)
        }
    }
}
