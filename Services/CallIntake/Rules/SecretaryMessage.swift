import Foundation

/// How far the electronic secretary has come with a caller (T-03).
struct SecretaryMessage: Sendable, Equatable, Codable {
    enum Phase: String, Codable, Sendable {
        case greeting, recording, done
    }

    var phase = Phase.greeting
    /// Counted from 1.
    var attempt: Int32 = 1
    /// The caller has hung up; the exchange has not told yet what it recorded.
    var isCallerGone = false
    var recordingSince: Date?
}
