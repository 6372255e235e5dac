/// Why a statement is not believed. Safe to log; all of them mean 401, because nobody is known to have asked.
public enum StatementError: String, Error, Sendable, CustomStringConvertible {
    /// The request has no statement.
    case missing
    /// It is not written as a statement.
    case malformed
    /// It names a key that is not known here.
    case unknownKey = "unknown-key"
    /// Its signature does not fit.
    case badSignature = "bad-signature"
    /// It was made for another request.
    case otherRequest = "other-request"
    /// It is too old for what it asks.
    case expired
    /// It is from the future, by more than clocks may differ.
    case early

    public var description: String { "statement refused: \(self.rawValue)" }
}

/// A key file cannot be used. Says what is expected, never what was found.
public struct StatementKeyError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    public static let noKey = StatementKeyError(description: "a key is expected")
}
