/// What libcurl is told for one transfer, checked beforehand.
struct CurlPlan: Sendable {
    enum Content: Sendable {
        case http(OutboundRequest)
        case mail(from: String, recipients: [String], user: String?, password: String?, startTLS: OutboundMail.StartTLS)
    }

    let content: Content
    let url: String
    /// Scheme, host and port, for errors.
    let peer: String
    let body: OutboundBody
    let connectTimeout: Duration
    let deadline: Duration
    let tls: OutboundTLS

    /// Checks a request; what is wrong is said without its values.
    init(_ request: OutboundRequest) throws(OutboundHTTPError) {
        guard let url = CurlURL(request.url) else { throw OutboundHTTPError(.invalidRequest("the URL is malformed")) }
        let peer = url.peer
        guard url.scheme == "http" || url.scheme == "https" else {
            throw OutboundHTTPError(.invalidRequest("the URL is neither http nor https"), peer: peer)
        }
        guard !request.method.isEmpty, request.method.utf8.allSatisfy(Self.isTokenByte) else {
            throw OutboundHTTPError(.invalidRequest("the method is no token"), peer: peer)
        }
        for (name, value) in request.headers {
            guard !name.isEmpty, name.utf8.allSatisfy(Self.isTokenByte) else {
                throw OutboundHTTPError(.invalidRequest("a header's name is no token"), peer: peer)
            }
            guard !value.utf8.contains(where: { $0 == 13 || $0 == 10 || $0 == 0 }) else {
                throw OutboundHTTPError(.invalidRequest("the header \(name) holds a line break or NUL"), peer: peer)
            }
        }
        if case .stream(let length?, _) = request.body, length < 0 {
            throw OutboundHTTPError(.invalidRequest("the length of the body is negative"), peer: peer)
        }
        self.content = .http(request)
        self.url = request.url
        self.peer = peer
        self.body = request.body
        self.connectTimeout = request.connectTimeout
        self.deadline = request.deadline
        self.tls = request.tls
    }

    /// Checks a mail and its server's URL, `smtp://` or `smtps://user:password@host:port?starttls=…`.
    init(_ mail: OutboundMail, over text: String, deadline: Duration) throws(OutboundHTTPError) {
        guard let url = CurlURL(text) else {
            throw OutboundHTTPError(.invalidRequest("the URL of the mail server is malformed"))
        }
        let peer = url.peer
        guard url.scheme == "smtp" || url.scheme == "smtps" else {
            throw OutboundHTTPError(.invalidRequest("the URL of the mail server is neither smtp nor smtps"), peer: peer)
        }
        let startTLS: OutboundMail.StartTLS
        switch url.query {
        case nil: startTLS = .required
        case "starttls=required": startTLS = .required
        case "starttls=offered": startTLS = .whenOffered
        case "starttls=never": startTLS = .never
        default:
            throw OutboundHTTPError(
                .invalidRequest("the URL of the mail server may end in ?starttls=required, offered or never only"),
                peer: peer)
        }
        self.content = .mail(
            from: mail.from.address, recipients: mail.recipients.map(\.address), user: url.user,
            password: url.password, startTLS: startTLS)
        self.url = peer
        self.peer = peer
        self.body = .bytes(try mail.rendered(peer: peer))
        self.connectTimeout = min(deadline, .seconds(10))
        self.deadline = deadline
        self.tls = mail.tls
    }

    var followsRedirects: Bool {
        guard case .http(let request) = self.content else { return false }
        return request.maximumRedirects > 0 && (request.method == "GET" || request.method == "HEAD")
    }

    /// RFC 9110, 5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
