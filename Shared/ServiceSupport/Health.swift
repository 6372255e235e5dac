internal import Foundation
public import Hummingbird
internal import NIOConcurrencyHelpers

/// What a service depends on, and whether it is there.
public final class Health: Sendable {
    /// - Returns: nil when the dependency is there, else what is wrong with it, without personal data.
    public typealias Probe = @Sendable () -> String?

    private let probes = NIOLockedValueBox<[(name: String, probe: Probe)]>([])

    public init() {}

    /// Adds a dependency. The probe is asked on each `/health/ready` and must not block.
    public func watch(_ dependency: String, _ probe: @escaping Probe) {
        self.probes.withLockedValue { $0.append((dependency, probe)) }
    }

    public struct Missing: Codable, Sendable, Equatable {
        public let dependency: String
        public let detail: String
    }

    /// The dependencies that are away now.
    public func missing() -> [Missing] {
        self.probes.withLockedValue { $0 }.compactMap { name, probe in
            probe().map { Missing(dependency: name, detail: $0) }
        }
    }

    /// Adds `/health/live`, `/health/ready` and `/metrics`.
    public func addRoutes(to router: Router<some RequestContext>, metrics: PrometheusMetrics) {
        router.get("/health/live") { _, _ in Self.json(.ok, #"{"live":true}"#) }
        router.get("/health/ready") { _, _ in
            let missing = self.missing()
            guard !missing.isEmpty else { return Self.json(.ok, #"{"ready":true}"#) }
            let body = try JSONEncoder().encode(missing)
            return Self.json(
                .serviceUnavailable, #"{"ready":false,"missing":\#(String(decoding: body, as: UTF8.self))}"#)
        }
        router.get("/metrics") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: .init(byteBuffer: ByteBuffer(string: metrics.render())))
        }
    }

    private static func json(_ status: HTTPResponse.Status, _ body: String) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(string: body)))
    }
}
