import Foundation

/// Somebody who may sign in.
struct Account: Sendable, Equatable {
    enum Role: String, Codable, Sendable {
        case `operator`, administrator, organization
        /// A senior of the shift: sees the line as the administrator does, listens and helps (J-10).
        case supervisor

        /// Sees all of the line and all cards.
        var isInCharge: Bool { self == .administrator || self == .supervisor }
    }

    let id: String
    let displayName: String
    let role: Role
    let telephone: String?
    let organizationID: String?
    /// Topics that the operator answers beside the first level, as the queues of the line name them.
    var skills: [String] = []
    /// Whether calls that ask for no topic are the operator's, and the secretary's messages.
    var isFirstLevel = true
    /// The subdivision and the position, as said aloud at a transfer (T-10).
    var department = ""
    var position = ""
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

/// How guessing passwords is slowed down. Values, no I/O.
///
/// A pause is for one name from one address, so that nobody can keep somebody else out. What comes from many addresses for
/// one name, or for many names from one address, is answered later, never refused: the owner with the right password gets
/// in, whoever else tries the name.
enum LoginThrottle {
    /// After so long without a failure all is forgotten.
    static let memory: TimeInterval = 60 * 60
    /// An address that an account has signed in from counts as its own for so long.
    static let acquaintance: TimeInterval = 30 * 24 * 60 * 60
    /// Failures in an hour from which on the answer comes later: of one name from everywhere, of one address for all names
    /// (a whole shift may sit behind one).
    static let softLimitOfName = 50
    static let softLimitOfAddress = 200

    /// Seconds after the last failure of a name from an address: nothing for the first four, then doubling from 5 to 300.
    static func pause(afterFailures failures: Int) -> TimeInterval {
        failures < 5 ? 0 : min(5 * pow(2, Double(failures - 5)), 300)
    }

    /// Seconds to wait before the password is looked at.
    /// - Parameter isAcquainted: the account has signed in from this address.
    static func delay(failuresOfName: Int, failuresOfAddress: Int, isAcquainted: Bool) -> TimeInterval {
        guard !isAcquainted else { return 0 }
        return failuresOfName >= self.softLimitOfName || failuresOfAddress >= self.softLimitOfAddress ? 3 : 0
    }
}
