import Foundation
import Logging
import OutboundHTTP

/// Short questions to our own processes on 127.0.0.1: health, management.
enum LoopbackHTTP {
    struct Response: Sendable {
        let status: Int
        let body: Data
    }

    /// Sends one request.
    /// - Parameter deadline: for the whole of it.
    /// - Throws: `OutboundHTTPError` when nobody answers.
    static func send(
        _ method: String, _ url: String, body: Data? = nil, authorization: String? = nil,
        deadline: Duration = .seconds(5)
    ) async throws -> Response {
        var headers: [(String, String)] = []
        if body != nil { headers.append(("Content-Type", "application/json")) }
        if let authorization { headers.append(("Authorization", authorization)) }
        let response = try await Self.client.execute(
            OutboundRequest(
                method: method, url: url, headers: headers, body: body.map { .bytes(Array($0)) } ?? .none,
                deadline: deadline))
        return Response(status: response.status, body: Data(response.body))
    }

    /// One for the life of the command.
    private static let client: OutboundHTTPClient = {
        var logger = Logger(label: "line122")
        logger.logLevel = .error
        return OutboundHTTPClient(logger: logger)
    }()
}
