/// A whole response.
public struct OutboundResponse: Sendable {
    public let status: Int
    /// As sent, in order, names in the peer's spelling.
    public let headers: [(String, String)]
    public let body: [UInt8]

    /// The first header of this name, in any case.
    public func header(_ name: String) -> String? { firstHeader(name, of: self.headers) }

    /// The body as UTF-8; broken sequences become U+FFFD.
    public var text: String { String(decoding: self.body, as: UTF8.self) }
}

func firstHeader(_ name: String, of headers: [(String, String)]) -> String? {
    let wanted = name.lowercased()
    return headers.first { $0.0.lowercased() == wanted }?.1
}
