/// Why a password was neither hashed nor compared. Never holds the password or the hash.
public struct PasswordHashError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Kind: Sendable, Equatable {
        /// Longer than `PasswordHash.maximumPasswordBytes`.
        case passwordTooLong
        /// The stored string is no Argon2id hash, or asks for more memory or passes than allowed.
        case malformedHash
        /// Too many computations wait already.
        case overloaded
        /// libargon2 failed, for want of memory mostly.
        case library
    }

    public let kind: Kind
    /// libargon2's code, 0 when it had no part in it.
    public let argon2Code: Int

    init(_ kind: Kind, argon2Code: Int = 0) {
        self.kind = kind
        self.argon2Code = argon2Code
    }

    public var isRetryable: Bool { self.kind == .overloaded || self.kind == .library }

    /// Safe to log.
    public var description: String {
        let text =
            switch self.kind {
            case .passwordTooLong: "password too long"
            case .malformedHash: "stored password hash is malformed"
            case .overloaded: "too many passwords are being checked"
            case .library: "password could not be hashed"
            }
        return self.argon2Code == 0 ? text : "\(text) (argon2 \(self.argon2Code))"
    }
}
