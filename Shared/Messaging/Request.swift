/// A question or an order to one service, which answers it (architecture, "Two kinds of message").
public protocol Request: Codable, Sendable {
    associatedtype Answer: Codable & Sendable
    /// The service that answers.
    static var receiver: ServiceName { get }
    /// The service's own noun and a verb: `appeal.save`.
    static var type: String { get }
    static var version: Int { get }
    /// Changes nothing that matters, so no key and no answer are kept.
    static var isRead: Bool { get }
}

extension Request {
    public static var version: Int { 1 }
}

/// A no, in words for the person and as a `Verdict` for the program that asked.
public struct Refusal: Error, Codable, Sendable, Equatable, CustomStringConvertible {
    /// Stable, for programs: `revision-differs`.
    public let errorID: String
    /// What to do, in Russian, for the person who asked. Without personal data.
    public let message: String
    /// The field of the request that is wrong, as the request names it (`card.name.family`); nil when it is none in particular.
    public let field: String?
    /// Seconds after which asking again may help, 0 for at once; nil when asking again will not help unless something
    /// changes. See `verdict`.
    public let retryAfter: Double?

    public init(_ errorID: String, _ message: String, field: String? = nil, retryAfter: Double? = nil) {
        self.errorID = errorID
        self.message = message
        self.field = field
        self.retryAfter = retryAfter
    }

    public var description: String { "refused: \(self.errorID)" }

    /// Said of a key and of an id that stand for something else, whatever that is: the words tell nothing of it.
    public static let keyReused = Refusal(
        "key-reused", "Этот ключ запроса уже использован для другого действия. Повторите действие.")
}

/// No answer. Whether the work was done is unknown after a time-out: ask again with the same key.
public struct RequestError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Kind: Sendable, Equatable {
        /// No answer before the deadline.
        case timedOut
        /// The broker or the service's queue is away.
        case unavailable
        /// The service failed while it worked; it has logged why.
        case failed
        /// What came back cannot be read.
        case malformed
    }
    public let kind: Kind
    public let request: String
    public var description: String { "\(self.request): \(self.kind)" }

    public init(kind: Kind, request: String) {
        self.kind = kind
        self.request = request
    }
}

/// How requests look on the wire.
enum RequestWire {
    /// The body of a `failure`. A version before sends none and reads none.
    struct Failure: Codable {
        /// As in `Refusal`: 0 when asking again at once is worth it, nil when it is not.
        var retryAfter: Double?
    }

    /// The asker's own clock, for servers of before; decided by is the relative expiration.
    static let deadline = "line122-deadline"
    static let answer = "answer"
    static let refusal = "refusal"
    static let failure = "failure"
    static func schema(type: String, version: Int) -> String { "line122:\(type):\(version)" }
}
