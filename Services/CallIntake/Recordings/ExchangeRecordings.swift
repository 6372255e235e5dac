import Foundation
import OutboundHTTP

/// The recordings that the exchanges have stored, over ARI.
struct ExchangeRecordings: RecordingSource {
    /// For a whole download. Two hours of speech are 115 MB; a line of 4 Mbit/s carries them in time.
    static let deadline: Duration = .seconds(300)
    /// More than four hours of speech in the exchange's format `wav` (8 kHz, 16 bit).
    private static let maximumBytes = 256 << 20

    /// By the name that `recording.exchange` holds.
    let exchanges: [String: ExchangeAddress]
    let client: OutboundHTTPClient

    func read(
        _ name: String, at exchange: String, _ take: @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        var request = try self.request("GET", name, at: exchange, suffix: "/file")
        request.deadline = Self.deadline
        request.maximumResponseBytes = Self.maximumBytes
        let response = try await self.client.stream(request)
        switch response.status {
        case 200:
            for try await bytes in response.body { try await take(bytes) }
        case 404: throw RecordingSourceError.missing
        default: throw RecordingSourceError.refused(status: response.status)
        }
    }

    func remove(_ name: String, at exchange: String) async throws {
        let response = try await self.client.execute(self.request("DELETE", name, at: exchange))
        guard (200..<300).contains(response.status) || response.status == 404 else {
            throw RecordingSourceError.refused(status: response.status)
        }
    }

    private func request(
        _ method: String, _ name: String, at exchange: String, suffix: String = ""
    ) throws -> OutboundRequest {
        guard let address = self.exchanges[exchange] else { throw RecordingSourceError.unknownExchange }
        // A slash in the name is a part of the name.
        let url = "\(address.url)/recordings/stored/\(ExchangeREST.escaped(name))\(suffix)"
        var request = OutboundRequest(method: method, url: url, connectTimeout: .seconds(2), deadline: .seconds(10))
        request.basicAuthentication = (address.username, address.password)
        return request
    }
}
