import Foundation

/// One broker node as a URL names it.
struct AMQPAddress: Sendable, Equatable {
    struct TLS: Sendable, Equatable {
        /// Debian's bundle: librabbitmq 0.11 trusts nobody unless told.
        var authorities = "/etc/ssl/certs/ca-certificates.crt"
        var certificate: String?
        var key: String?
    }

    var host: String
    var port: Int
    var virtualHost: String
    var user: String
    var password: String
    var tls: TLS?
    /// The server takes the user from the client certificate (SASL EXTERNAL).
    var usesCertificateAsUser = false

    /// Reads `amqp://user:password@host:port/vhost` or `amqps://…?cacertfile=&certfile=&keyfile=&auth=external`.
    init(_ text: Substring) throws {
        // The text may hold a password, so no error repeats it.
        guard let parts = URLComponents(string: String(text)), let scheme = parts.scheme?.lowercased(),
            scheme == "amqp" || scheme == "amqps"
        else { throw AMQPError(.invalid, "an AMQP URL must look like amqp://user:password@host:port/vhost") }
        guard let host = parts.host, !host.isEmpty else { throw AMQPError(.invalid, "an AMQP URL lacks its host") }
        self.host = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        self.port = parts.port ?? (scheme == "amqps" ? 5671 : 5672)
        guard (1...65535).contains(self.port) else { throw AMQPError(.invalid, "an AMQP URL has no valid port") }
        self.user = parts.user ?? "guest"
        self.password = parts.password ?? "guest"
        let path = parts.percentEncodedPath.dropFirst()
        guard !path.contains("/"), let virtualHost = String(path).removingPercentEncoding else {
            throw AMQPError(.invalid, "the virtual host of an AMQP URL must be one percent-encoded segment")
        }
        self.virtualHost = virtualHost.isEmpty ? "/" : virtualHost
        self.tls = scheme == "amqps" ? TLS() : nil
        for item in parts.queryItems ?? [] { try self.apply(item) }
        guard (self.tls?.certificate == nil) == (self.tls?.key == nil) else {
            throw AMQPError(.invalid, "an AMQP URL needs certfile and keyfile together")
        }
        guard !self.usesCertificateAsUser || self.tls?.certificate != nil else {
            throw AMQPError(.invalid, "auth=external in an AMQP URL needs amqps with certfile and keyfile")
        }
    }

    private mutating func apply(_ item: URLQueryItem) throws {
        switch (item.name, item.value) {
        case ("cacertfile", let file?) where self.tls != nil: self.tls?.authorities = file
        case ("certfile", let file?) where self.tls != nil: self.tls?.certificate = file
        case ("keyfile", let file?) where self.tls != nil: self.tls?.key = file
        case ("auth", "external"): self.usesCertificateAsUser = true
        case ("auth", "plain"): self.usesCertificateAsUser = false
        default: throw AMQPError(.invalid, "an AMQP URL has an unknown or misplaced parameter: \(item.name)")
        }
    }
}
