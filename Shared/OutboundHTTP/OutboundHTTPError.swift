/// Why a transfer brought no response. A response with a status of 4xx or 5xx is no error here.
public struct OutboundHTTPError: Error, Sendable, CustomStringConvertible {
    public enum Kind: Sendable, Equatable {
        /// The request cannot be sent as it is; the text says what is wrong, without its values.
        case invalidRequest(String)
        /// The host's name is not known.
        case resolve
        case connect
        /// The deadline passed, or the one for connecting.
        case timedOut
        /// The response is longer than the request allows.
        case tooLarge
        /// The handshake failed or the peer is not who it should be.
        case tls
        /// The task was cancelled or the client shut down.
        case cancelled
        /// The peer does not speak the protocol.
        case `protocol`
        /// The connection broke on the way.
        case connectionLost
        /// The mail server refused with this code; 4xx is worth another try (RFC 5321, 4.2.1).
        case smtp(Int)
        /// The sequence that gives the request's body threw, or gave another length than was said.
        case bodyStream
        /// Too many transfers at once.
        case overloaded
        /// The client has been shut down.
        case closed
    }

    public let kind: Kind
    /// libcurl's CURLcode, 0 when libcurl had no part in it.
    public let curlCode: Int
    /// Whether bytes of the request may have reached the peer, so that it may have been executed: when this is false,
    /// it surely has not. For mail: whether the message may have been delivered.
    public let wasSent: Bool
    /// Scheme, host and port; never the path, the query or the credentials.
    public let peer: String

    init(_ kind: Kind, curlCode: Int = 0, wasSent: Bool = false, peer: String = "") {
        self.kind = kind
        self.curlCode = curlCode
        self.wasSent = wasSent
        self.peer = peer
    }

    /// Whether the cause may pass by itself. Look at `wasSent` before sending anything twice that counts.
    public var isRetryable: Bool {
        switch self.kind {
        case .resolve, .connect, .timedOut, .connectionLost, .overloaded: true
        case .smtp(let code): (400..<500).contains(code)
        case .invalidRequest, .tooLarge, .tls, .cancelled, .protocol, .bodyStream, .closed: false
        }
    }

    /// Safe to log.
    public var description: String {
        let cause =
            switch self.kind {
            case .invalidRequest(let text): "request cannot be sent: \(text)"
            case .resolve: "host name not found"
            case .connect: "no connection"
            case .timedOut: "no answer in time"
            case .tooLarge: "response too long"
            case .tls: "TLS failed"
            case .cancelled: "cancelled"
            case .protocol: "peer broke the protocol"
            case .connectionLost: "connection lost"
            case .smtp(let code): "mail refused with \(code)"
            case .bodyStream: "request body failed"
            case .overloaded: "too many transfers at once"
            case .closed: "client is shut down"
            }
        var text = self.peer.isEmpty ? cause : "\(self.peer): \(cause)"
        if self.curlCode != 0 { text += " (curl \(self.curlCode): \(curlMeaning(self.curlCode)))" }
        if self.wasSent { text += ", the request may have been executed" }
        return text
    }
}
