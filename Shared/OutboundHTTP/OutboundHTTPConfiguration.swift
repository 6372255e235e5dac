/// Limits of one `OutboundHTTPClient`; what concerns one request stands in `OutboundRequest`.
public struct OutboundHTTPConfiguration: Sendable {
    /// Open connections to one scheme, host and port. Further transfers wait for a free one within their own deadlines.
    public var maximumConnectionsPerHost = 32
    /// Open connections in all.
    public var maximumConnections = 128
    /// Transfers under way or waiting; one more is refused with `.overloaded`, so that a dead peer cannot fill memory.
    public var maximumTransfers = 2000
    /// What transfers still get once a graceful shutdown began; then they end as `.cancelled`.
    public var shutdownGrace: Duration = .seconds(10)
    /// `http://host:port` or `socks5h://host:port`. Nil: none. The environment (`http_proxy`) is never read.
    public var proxy: String?
    public var userAgent = "line122"
    /// A streamed response stops reading from the peer while this many bytes wait for their reader.
    public var streamBufferBytes = 256 << 10

    public init() {}
}
