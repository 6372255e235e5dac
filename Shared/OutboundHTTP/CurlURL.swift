internal import CCurl

/// A URL as libcurl reads it, so that what is checked and what is used cannot differ.
struct CurlURL: ~Copyable {
    private let raw: OpaquePointer

    /// Nil when libcurl cannot read the URL.
    init?(_ text: String) {
        guard !text.utf8.contains(0), let raw = curl_url() else { return nil }
        guard curl_url_set(raw, CURLUPART_URL, text, UInt32(CURLU_NON_SUPPORT_SCHEME)) == CURLUE_OK else {
            curl_url_cleanup(raw)
            return nil
        }
        self.raw = raw
    }

    deinit { curl_url_cleanup(self.raw) }

    private borrowing func part(_ which: CURLUPart, flags: UInt32 = 0) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(self.raw, which, &text, flags) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }

    var scheme: String { self.part(CURLUPART_SCHEME)?.lowercased() ?? "" }
    var host: String { self.part(CURLUPART_HOST) ?? "" }
    var port: String? { self.part(CURLUPART_PORT) }
    var user: String? { self.part(CURLUPART_USER, flags: UInt32(CURLU_URLDECODE)) }
    var password: String? { self.part(CURLUPART_PASSWORD, flags: UInt32(CURLU_URLDECODE)) }
    var query: String? { self.part(CURLUPART_QUERY) }

    /// Scheme, host and port: what a log may show.
    var peer: String { "\(self.scheme)://\(self.host)" + (self.port.map { ":\($0)" } ?? "") }
}
