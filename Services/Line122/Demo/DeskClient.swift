import Contracts
import Foundation
import Messaging
import OutboundHTTP
import Vocabulary

/// One signed-in person at the desk's API, as the page is: every order carries a key and is repeated with it until
/// it is answered, so that a service that dies in between changes nothing but the time.
final class DeskClient: Sendable {
    /// How long one order is repeated: longer than any service takes to come back.
    private static let patience: Duration = .seconds(90)

    private let http: OutboundHTTPClient
    private let base: String
    private let cookie: String
    let accountID: String

    private struct Me: Decodable {
        let accountID: String
    }

    /// The desk said no; asking again will not help.
    struct Refused: Error {
        let status: Int
        let errorID: String
    }

    private struct Problem: Decodable {
        let errorID: String
        let message: String
    }

    /// Signs in.
    init(_ base: String, login: String, password: String, http: OutboundHTTPClient) async throws {
        let body = try JSONEncoder().encode(["login": login, "password": password])
        let response = try await http.execute(
            OutboundRequest(
                method: "POST", url: "\(base)/api/session", headers: [("Content-Type", "application/json")],
                body: .bytes(Array(body)), deadline: .seconds(30)))
        guard response.status == 200,
            let cookie = response.header("set-cookie")?.split(separator: ";").first.map(String.init)
        else { throw SuiteError("Вход как \(login) не удался, код \(response.status)") }
        self.http = http
        self.base = base
        self.cookie = cookie
        self.accountID = try MessageCoding.decoder.decode(Me.self, from: Data(response.body)).accountID
    }

    func get<Value: Decodable>(_ path: String, as type: Value.Type = Value.self) async throws -> Value {
        try MessageCoding.decoder.decode(Value.self, from: try await self.send("GET", path, nil, key: nil))
    }

    func order<Value: Decodable>(
        _ method: String, _ path: String, _ body: some Encodable & Sendable, key: UUID = MessageID.next(),
        as type: Value.Type = Value.self
    ) async throws -> Value {
        let data = try MessageCoding.encoder.encode(body)
        return try MessageCoding.decoder.decode(Value.self, from: try await self.send(method, path, data, key: key))
    }

    private func send(_ method: String, _ path: String, _ body: Data?, key: UUID?) async throws -> Data {
        let end = ContinuousClock.now + Self.patience
        var attempt = 0
        while true {
            attempt += 1
            do {
                let response = try await self.http.execute(self.request(method, path, body, key: key))
                if (200..<300).contains(response.status) { return Data(response.body) }
                let problem = try? JSONDecoder().decode(Problem.self, from: Data(response.body))
                // 5xx: not now. What is refused stays refused.
                guard response.status >= 500, ContinuousClock.now < end else {
                    throw Refused(status: response.status, errorID: problem?.errorID ?? "?")
                }
            } catch let error as OutboundHTTPError where error.kind != .cancelled {
                guard ContinuousClock.now < end else { throw error }
            }
            try await Task.sleep(for: Backoff(base: .milliseconds(50), limit: .seconds(1)).delay(afterAttempt: attempt))
        }
    }

    private func request(_ method: String, _ path: String, _ body: Data?, key: UUID?) -> OutboundRequest {
        var headers = [("Cookie", self.cookie)]
        if body != nil { headers.append(("Content-Type", "application/json")) }
        if let key { headers.append(("Idempotency-Key", key.uuidString)) }
        return OutboundRequest(
            method: method, url: self.base + path, headers: headers, body: body.map { .bytes(Array($0)) } ?? .none,
            deadline: .seconds(20))
    }

    /// Server-sent events until the connection ends.
    func events(_ body: (_ kind: String, _ data: Data) async throws -> Void) async throws {
        var request = self.request("GET", "/api/events", nil, key: nil)
        request.deadline = .seconds(24 * 3600)
        request.maximumResponseBytes = 1 << 30
        let response = try await self.http.stream(request)
        guard response.status == 200 else { throw Refused(status: response.status, errorID: "events") }
        try await body("open", Data())
        var parser = ServerSentEvents()
        for try await chunk in response.body {
            for event in parser.events(in: chunk) { try await body(event.kind, event.data) }
        }
    }
}
