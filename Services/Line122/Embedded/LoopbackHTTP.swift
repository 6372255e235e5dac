import Foundation
import FoundationNetworking

/// Short questions to our own processes on 127.0.0.1: health, management.
enum LoopbackHTTP {
    struct Response: Sendable {
        let status: Int
        let body: Data
    }

    /// Sends one request.
    /// - Parameter deadline: for the whole of it.
    /// - Throws: `URLError` when nobody answers.
    static func send(
        _ method: String, _ url: String, body: Data? = nil, authorization: String? = nil,
        deadline: Duration = .seconds(5)
    ) async throws -> Response {
        guard let address = URL(string: url) else { throw SuiteError("Негодный адрес: \(url)") }
        var request = URLRequest(url: address, timeoutInterval: Double(deadline.components.seconds))
        request.httpMethod = method
        request.httpBody = body
        if body != nil { request.setValue("application/json", forHTTPHeaderField: "Content-Type") }
        if let authorization { request.setValue(authorization, forHTTPHeaderField: "Authorization") }
        let (data, response) = try await Self.session.data(for: request)
        guard let http = response as? HTTPURLResponse else { throw URLError(.badServerResponse) }
        return Response(status: http.statusCode, body: data)
    }

    private static let session: URLSession = {
        // No cache, no cookies, and no proxy of the environment between us and ourselves.
        let configuration = URLSessionConfiguration.ephemeral
        configuration.connectionProxyDictionary = [:]
        return URLSession(configuration: configuration)
    }()
}
