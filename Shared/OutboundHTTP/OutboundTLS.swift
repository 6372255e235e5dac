/// How an `https`, `smtps` or STARTTLS peer is verified and what is shown to it. Verification of the chain and of the
/// host name cannot be turned off; at least TLS 1.2 is spoken.
public struct OutboundTLS: Sendable, Equatable {
    /// PEM file of the trusted authorities in place of the system's.
    public var caFile: String?
    /// PEM file of the client's certificate, for mutual TLS.
    public var certificateFile: String?
    /// PEM file of the client's key; nil: it lies in `certificateFile`.
    public var keyFile: String?

    public init(caFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil) {
        self.caFile = caFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }
}
