/// Why the broker or the way to it did not do what was asked.
///
/// `description` holds names of exchanges and queues at most, so it is safe to log. Equal when all parts are.
public struct AMQPError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What a caller decides on.
    public enum Kind: Sendable, Equatable {
        /// No connection, or it was lost before the answer: whether the broker acted is unknown.
        case disconnected
        /// The deadline passed first: whether the broker acted is unknown.
        case timedOut
        /// No queue is bound for the message; it went nowhere.
        case unroutable
        /// The broker takes no messages because memory or disk is short (`connection.blocked`).
        case blocked
        /// The broker answered with an exception; `code` is the AMQP reply code (403, 404, 406 …).
        case refused
        /// The caller's value breaks a limit of the protocol or of the settings; repeating cannot help.
        case invalid
        /// The client was stopped.
        case closed
        /// librabbitmq reported `code` (a negative `AMQP_STATUS_…`).
        case library
    }

    public let kind: Kind
    /// The AMQP reply code, or the negative status of librabbitmq.
    public let code: Int?
    /// What the server or the library said.
    public let text: String

    public init(_ kind: Kind, code: Int? = nil, _ text: String) {
        self.kind = kind
        self.code = code
        self.text = text
    }

    /// Whether the same call may succeed later without a change by a person.
    public var isRetryable: Bool {
        switch self.kind {
        case .disconnected, .timedOut, .blocked, .library: true
        case .unroutable, .refused, .invalid, .closed: false
        }
    }

    public var description: String {
        if let code = self.code { return "AMQP \(self.kind) (\(code)): \(self.text)" }
        return "AMQP \(self.kind): \(self.text)"
    }
}
