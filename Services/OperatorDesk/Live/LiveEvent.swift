import Contracts
import Foundation
import Messaging
import Postgres
import Vocabulary

/// What happens, as the workplaces are told it at once.
struct LiveEvent: Codable, Sendable {
    /// The name of the server-sent event.
    var kind: String
    /// Only this operator, and administrators, are told; nil tells all.
    var operatorID: String?
    /// JSON, one line.
    var data: String
}

/// Carries live events from the transaction that heard them to every replica of the desk.
///
/// They travel in the payload of `NOTIFY`: every replica hears them, in the order of commits, though the queue is
/// shared. Nothing is kept: a workplace that was away reads the state anew.
enum LiveChannel {
    static let name = "live"
    /// PostgreSQL's limit of a payload is 8,000 bytes.
    private static let limit = 7_900

    static func announce(_ events: [LiveEvent], in transaction: Transaction) async throws {
        let payloads = try events.map { event in
            let payload = String(decoding: try MessageCoding.encoder.encode(event), as: UTF8.self)
            guard payload.utf8.count > Self.limit else { return payload }
            return #"{"kind":"refetch","data":"{}"}"#
        }
        try await transaction.execute(
            "SELECT pg_notify(\(Self.name), payload) FROM unnest(\(payloads)) AS new (payload)")
    }
}
