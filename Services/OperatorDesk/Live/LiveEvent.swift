import Contracts
import Foundation
import Messaging
import Postgres
import Vocabulary

/// What happens, as the workplaces are told it.
struct LiveEvent: Sendable, Equatable {
    /// The name of the server-sent event.
    var kind: String
    /// Whose matter it is: told at once. Who is in charge of the line hears of it too.
    var operatorID: String?
    /// Whether every operator is told as well, a moment later.
    var isForAll: Bool
    /// JSON, one line.
    var data: String

    /// What was missed is read anew.
    static let refetch = LiveEvent(kind: "refetch", operatorID: nil, isForAll: true, data: "{}")

    /// The event as a page reads it (HTML Living Standard, 9.2 Server-sent events).
    var frame: String { "event: \(self.kind)\ndata: \(self.data)\n\n" }

    /// One line of a payload: JSON and identifiers have no tabs and no line breaks.
    var line: String { "\(self.kind)\t\(self.operatorID ?? "")\t\(self.isForAll ? "all" : "own")\t\(self.data)" }

    init(kind: String, operatorID: String?, isForAll: Bool, data: String) {
        self.kind = kind
        self.operatorID = operatorID
        self.isForAll = isForAll
        self.data = data
    }

    /// - Returns: nil when it is no such line.
    init?(line: some StringProtocol) {
        let parts = line.split(separator: "\t", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, !parts[0].isEmpty else { return nil }
        self.init(
            kind: String(parts[0]), operatorID: parts[1].isEmpty ? nil : String(parts[1]),
            isForAll: parts[2] == "all", data: String(parts[3]))
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
