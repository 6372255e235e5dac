/// One mail of plain text.
public struct OutboundMail: Sendable {
    /// A mailbox, `"Регистратура" <reg@example.ru>`.
    public struct Mailbox: Sendable, Equatable {
        public var name: String?
        /// `local@domain`, ASCII.
        public var address: String

        public init(_ address: String, name: String? = nil) {
            self.address = address
            self.name = name
        }
    }

    /// Whether an `smtp` connection turns to TLS (RFC 3207).
    public enum StartTLS: Sendable {
        case required, whenOffered, never
    }

    public var from: Mailbox
    /// Each gets the mail and stands in `To`; one refused recipient refuses the mail.
    public var recipients: [Mailbox]
    public var subject: String
    public var text: String
    /// Without angle brackets. The same for every attempt, so that a receiver can tell a repetition.
    public var messageID: String?
    /// Seconds since 1970, for `Date`; nil leaves the header to the server.
    public var secondsSince1970: Int?
    /// Further header fields, ASCII.
    public var headers: [(String, String)] = []
    public var tls = OutboundTLS()

    public init(
        from: Mailbox, recipients: [Mailbox], subject: String, text: String, messageID: String? = nil,
        secondsSince1970: Int? = nil
    ) {
        self.from = from
        self.recipients = recipients
        self.subject = subject
        self.text = text
        self.messageID = messageID
        self.secondsSince1970 = secondsSince1970
    }
}
