import Contracts
import Foundation
import Messaging
import Postgres
import Vocabulary

/// What happens, as the workplaces are told it: server-sent events of `GET /api/events`.
///
/// Beside what `DeskEvents` tells there are two that the desk makes itself: `refetch` (something was missed, all is to be
/// read anew) and `beat` (`LiveHub.heartbeat`: every 10 s, nothing has happened, the stream is alive). A page that has
/// heard neither for three beats has lost its connection, whatever its browser says.
struct LiveEvent: Sendable, Equatable {
    /// Who is told, beside the operator whose matter it is.
    enum Audience: String, Sendable {
        /// Who is in charge of the line.
        case own
        /// Nobody.
        case only
        /// Every operator and who is in charge. Nothing in it may be the matter of one operator.
        case all
        /// Every operator: what remains of an event that who is in charge is told whole.
        case operators
        /// The operators of the first level, and who is in charge.
        case firstLevel = "first-level"
    }

    /// The name of the server-sent event.
    var kind: String
    /// Whose matter it is: told at once, the others a moment later.
    var operatorID: String?
    var audience: Audience
    /// JSON, one line.
    var data: String

    /// What was missed is read anew.
    static let refetch = LiveEvent(kind: "refetch", operatorID: nil, audience: .all, data: "{}")
    /// A sign of life.
    static let beat = LiveEvent(kind: "beat", operatorID: nil, audience: .all, data: "{}")

    /// The event as a page reads it (HTML Living Standard, 9.2 Server-sent events).
    var frame: String { "event: \(self.kind)\ndata: \(self.data)\n\n" }

    /// One line of a payload: JSON and identifiers have no tabs and no line breaks. A replica of the version before takes
    /// every audience but `all` for `own`.
    var line: String { "\(self.kind)\t\(self.operatorID ?? "")\t\(self.audience.rawValue)\t\(self.data)" }

    init(kind: String, operatorID: String?, audience: Audience, data: String) {
        self.kind = kind
        self.operatorID = operatorID
        self.audience = audience
        self.data = data
    }

    /// - Returns: nil when it is no such line.
    init?(line: some StringProtocol) {
        let parts = line.split(separator: "\t", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, !parts[0].isEmpty, let audience = Audience(rawValue: String(parts[2])) else {
            return nil
        }
        self.init(
            kind: String(parts[0]), operatorID: parts[1].isEmpty ? nil : String(parts[1]), audience: audience,
            data: String(parts[3]))
    }
}

/// Carries live events from the transaction that heard them to every replica of the desk.
///
/// They travel in the payload of `NOTIFY`, several in one: every replica hears them, in the order of commits, though
/// the queue is shared. Nothing is kept: a workplace that was away reads the state anew.
enum LiveChannel {
    static let name = "live"
    /// PostgreSQL's limit of a payload is 8,000 bytes.
    private static let limit = 7_900

    static func announce(_ events: [LiveEvent], in transaction: Transaction) async throws {
        let payloads = Self.payloads(events)
        guard !payloads.isEmpty else { return }
        try await transaction.execute(
            "SELECT pg_notify(\(Self.name), payload) FROM unnest(\(payloads)) AS new (payload)")
    }

    /// Lines, as many in each payload as it can hold; one that is too long for any says that all is to be read anew.
    static func payloads(_ events: [LiveEvent]) -> [String] {
        var payloads: [String] = []
        var current = ""
        for event in events {
            let whole = event.line
            let line = whole.utf8.count > Self.limit ? LiveEvent.refetch.line : whole
            if !current.isEmpty, current.utf8.count + 1 + line.utf8.count > Self.limit {
                payloads.append(current)
                current = ""
            }
            current += current.isEmpty ? line : "\n" + line
        }
        if !current.isEmpty { payloads.append(current) }
        return payloads
    }
}
