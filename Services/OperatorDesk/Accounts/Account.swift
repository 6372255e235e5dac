import Foundation

/// Somebody who may sign in.
struct Account: Sendable, Equatable {
    enum Role: String, Codable, Sendable {
        case `operator`, administrator, organization
    }

    let id: String
    let displayName: String
    let role: Role
    let telephone: String?
    let organizationID: String?
}

/// When a session ends. Values, no I/O (ASVS 7.3).
enum SessionRules {
    /// Without a request for so long.
    static let idle: TimeInterval = 60 * 60
    /// After sign-in, whatever happens: one long shift.
    static let absolute: TimeInterval = 12 * 60 * 60

    static func isAlive(created: Date, lastSeen: Date, now: Date) -> Bool {
        now.timeIntervalSince(lastSeen) < self.idle && now.timeIntervalSince(created) < self.absolute
    }
}

/// How long a sign-in is refused after failures. Values, no I/O.
enum LoginThrottle {
    /// Seconds after the last failure: nothing for the first four, then doubling from 5 to 300.
    static func pause(afterFailures failures: Int) -> TimeInterval {
        failures < 5 ? 0 : min(5 * pow(2, Double(failures - 5)), 300)
    }
}
