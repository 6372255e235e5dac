import ArgumentParser
import Foundation
import OutboundHTTP

/// The training stand's control address.
struct StandClient: Sendable {
    struct Statistics: Decodable {
        var announced: Int
        var fellThrough: Int
        var liveChannels: Int
        var commands: Int
    }

    private struct AllStatistics: Decodable {
        var exchange: Statistics
    }

    private struct Plan: Encodable {
        let count: Int
        let rate: Double
        let talk: Double
        let patience = 600.0
    }

    let address: String
    let http: OutboundHTTPClient

    /// - Parameters:
    ///   - rate: calls a second.
    ///   - talk: mean length of a conversation, in seconds.
    func offer(_ count: Int, rate: Double, talk: Double) async throws {
        let plan = try JSONEncoder().encode(Plan(count: count, rate: rate, talk: talk))
        try await self.order("POST", "calls", body: plan)
    }

    func order(_ method: String, _ path: String, body: Data? = nil) async throws {
        var request = OutboundRequest(method: method, url: "\(self.address)/stand/\(path)")
        if let body {
            request.headers = [("Content-Type", "application/json")]
            request.body = .bytes(Array(body))
        }
        let status = try await self.http.execute(request).status
        guard status < 300 else { throw ValidationError("the stand refused \(path): \(status)") }
    }

    func read<Answer: Decodable>(_ path: String) async throws -> Answer {
        let response = try await self.http.execute(
            OutboundRequest(method: "GET", url: "\(self.address)/stand/\(path)"))
        return try JSONDecoder().decode(Answer.self, from: Data(response.body))
    }

    func statistics() async throws -> Statistics {
        let statistics: AllStatistics = try await self.read("statistics")
        return statistics.exchange
    }

    /// - Throws: `failure` when the condition does not hold in time.
    static func wait(for limit: Duration, _ failure: String, _ isDone: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + limit
        while try await !isDone() {
            guard ContinuousClock.now < end else { throw ValidationError(failure) }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
