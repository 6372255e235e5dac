/// How to reach the broker, and the client's limits.
public struct AMQPSettings: Sendable {
    /// The nodes, tried in turn.
    let addresses: [AMQPAddress]

    /// How long silence may last before either side gives the connection up is twice this. 5–20 s are sensible.
    public var heartbeat: Duration = .seconds(10)
    /// A delivery with a larger body arrives as `isOversized`; a larger publication is `.invalid`.
    public var maximumBodyBytes = 1 << 20
    /// What the management page shows; the client appends `.publish`, `.consume`, `.request`.
    public var connectionName = "line122"
    /// For the way to one node, and again for its handshake.
    public var connectTimeout: Duration = .seconds(5)
    /// Publications without a confirm at one time.
    public var confirmWindow = 2000
    /// A publication fails when the broker has neither taken nor confirmed anything for this long.
    public var publishTimeout: Duration = .seconds(5)

    /// Reads one URL or several, separated by commas.
    /// - Parameter url: `amqp://user:password@host:port/vhost[,amqp://…]` or
    ///   `amqps://…?cacertfile=&certfile=&keyfile=&auth=external`. No virtual host means `/`. Over TLS the host is
    ///   a name: librabbitmq 0.11 compares no addresses with the server's certificate.
    /// - Throws: ``AMQPError`` of kind `invalid`, with a sentence that does not repeat the URL.
    public init(url: String) throws {
        self.addresses = try url.split(separator: ",").map { try AMQPAddress($0.trimmed) }
        guard !self.addresses.isEmpty else { throw AMQPError(.invalid, "the AMQP URL is empty") }
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var text = self.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}
