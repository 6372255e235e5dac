/// One HTTP request. HTTP/1.1, no cookies, no decompression, no proxy from the environment.
public struct OutboundRequest: Sendable {
    /// A token such as `GET`; sent as written.
    public var method: String
    /// Absolute, `http` or `https`; nothing else is accepted, also not after a redirect.
    public var url: String
    /// Sent in this order. A line break or NUL in a name or value refuses the request.
    public var headers: [(String, String)]
    public var body: OutboundBody
    /// From the start until the connection stands, name look-up and TLS handshake included.
    public var connectTimeout: Duration = .seconds(3)
    /// From submission until the last byte of the response, waiting for a free connection included.
    public var deadline: Duration = .seconds(10)
    /// A longer response fails with `.tooLarge`. Headers have a limit of their own, 64 KiB.
    public var maximumResponseBytes = 4 << 20
    public var basicAuthentication: (user: String, password: String)?
    public var tls = OutboundTLS()
    /// Redirects followed, `GET` and `HEAD` only; with 0 a 3xx is the response.
    public var maximumRedirects = 0
    /// When a kept connection dies before a byte of the response came, libcurl sends the request again on a new one,
    /// `POST` too (RFC 9110, 9.2.2 forbids that for what is not idempotent). `false` opens a new connection, where this
    /// cannot happen: for requests that must not be executed twice.
    public var mayReuseConnection = true

    public init(
        method: String = "GET", url: String, headers: [(String, String)] = [], body: OutboundBody = .none,
        connectTimeout: Duration = .seconds(3), deadline: Duration = .seconds(10)
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.connectTimeout = connectTimeout
        self.deadline = deadline
    }
}
