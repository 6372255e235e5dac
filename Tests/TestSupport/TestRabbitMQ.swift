public import AMQP
public import Foundation
import FoundationNetworking
import Logging

/// A real RabbitMQ for tests, named by `LINE122_TEST_AMQP_URL` (`amqp://user:password@127.0.0.1:port/`) and
/// `LINE122_TEST_AMQP_MANAGEMENT_URL` (`http://user:password@127.0.0.1:port`).
public enum TestRabbitMQ {
    /// Why a test cannot run or the management interface refused.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    public static var isAvailable: Bool {
        ProcessInfo.processInfo.environment["LINE122_TEST_AMQP_URL"] != nil
            && ProcessInfo.processInfo.environment["LINE122_TEST_AMQP_MANAGEMENT_URL"] != nil
    }

    /// Asks the management interface.
    /// - Parameter path: percent-encoded, begins with `/api/`.
    @discardableResult
    public static func manage(_ method: String, _ path: String, body: String? = nil) async throws -> Data {
        guard var parts = URLComponents(string: try self.variable("LINE122_TEST_AMQP_MANAGEMENT_URL")) else {
            throw Failure(description: "LINE122_TEST_AMQP_MANAGEMENT_URL is no URL")
        }
        let login = "\(parts.user ?? "guest"):\(parts.password ?? "guest")"
        parts.user = nil
        parts.password = nil
        parts.percentEncodedPath = path
        guard let url = parts.url else { throw Failure(description: "\(path) is no path") }
        var request = URLRequest(url: url, timeoutInterval: 60)
        request.httpMethod = method
        request.setValue("Basic \(Data(login.utf8).base64EncodedString())", forHTTPHeaderField: "Authorization")
        if let body {
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
            request.httpBody = Data(body.utf8)
        }
        let (data, response) = try await URLSession.shared.data(for: request)
        guard let status = (response as? HTTPURLResponse)?.statusCode, (200..<300).contains(status) else {
            throw Failure(description: "\(method) \(path) was refused: \(String(decoding: data, as: UTF8.self))")
        }
        return data
    }

    static func variable(_ name: String) throws -> String {
        guard let value = ProcessInfo.processInfo.environment[name] else {
            throw Failure(description: "\(name) is not set")
        }
        return value
    }
}

/// Runs `body` with the AMQP URL of a virtual host of its own, which is deleted afterwards, also on failure.
public func withTestVirtualHost<R: Sendable>(_ body: (_ url: String) async throws -> R) async throws -> R {
    let name = "test-\(UUID().uuidString.lowercased())"
    try await TestRabbitMQ.manage("PUT", "/api/vhosts/\(name)")
    // The address may name a virtual host of its own, which is not ours.
    guard var address = URLComponents(string: try TestRabbitMQ.variable("LINE122_TEST_AMQP_URL")) else {
        throw TestRabbitMQ.Failure(description: "LINE122_TEST_AMQP_URL is no URL")
    }
    address.path = "/\(name)"
    let url = address.string ?? ""
    let result: Result<R, any Error>
    do {
        result = .success(try await body(url))
    } catch {
        result = .failure(error)
    }
    try await TestRabbitMQ.manage("DELETE", "/api/vhosts/\(name)")
    return try result.get()
}

/// Runs a client on a virtual host while `body` uses it, and stops it properly.
/// - Parameter patience: how long the first connection may take.
public func withTestClient<R: Sendable>(
    _ url: String, topology: AMQPTopology = AMQPTopology(),
    patience: Duration = .seconds(60), configure: (inout AMQPSettings) -> Void = { _ in },
    _ body: (AMQPClient) async throws -> R
) async throws -> R {
    var settings = try AMQPSettings(url: url)
    configure(&settings)
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let client = AMQPClient(settings, topology: topology, logger: logger)
    let running = Task { try await client.run() }
    let result: Result<R, any Error>
    do {
        try await client.waitUntilReady(deadline: patience)
        result = .success(try await body(client))
    } catch {
        result = .failure(error)
    }
    running.cancel()
    try await running.value
    return try result.get()
}
