internal import CCurl

/// Sets options and keeps the first failure, so that thirty calls need one check.
struct CurlOptions {
    let raw: UnsafeMutableRawPointer
    private(set) var code = CURLE_OK

    init(raw: UnsafeMutableRawPointer) { self.raw = raw }

    private mutating func note(_ code: CURLcode) {
        if self.code == CURLE_OK { self.code = code }
    }

    mutating func set(_ option: CURLoption, _ value: Int) {
        self.note(line122_curl_set_long(self.raw, option, value))
    }

    mutating func set(_ option: CURLoption, offset: Int) {
        self.note(line122_curl_set_offset(self.raw, option, curl_off_t(offset)))
    }

    mutating func set(_ option: CURLoption, _ value: String) {
        self.note(line122_curl_set_string(self.raw, option, value))
    }

    mutating func set(_ option: CURLoption, _ value: UnsafeMutableRawPointer) {
        self.note(line122_curl_set_pointer(self.raw, option, value))
    }

    mutating func set(_ option: CURLoption, _ value: UnsafeMutablePointer<curl_slist>?) {
        self.note(line122_curl_set_list(self.raw, option, value))
    }

    mutating func set(
        _ option: CURLoption,
        _ callback: @convention(c) (UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?) -> Int
    ) {
        self.note(line122_curl_set_callback(self.raw, option, callback))
    }

    /// A body at hand; libcurl copies it.
    mutating func post(_ bytes: [UInt8], as method: String) {
        self.set(CURLOPT_POST, 1)
        if method != "POST" { self.set(CURLOPT_CUSTOMREQUEST, method) }
        // The size first: without it libcurl would measure the copy by its first NUL.
        self.set(CURLOPT_POSTFIELDSIZE_LARGE, offset: bytes.count)
        let code = bytes.withUnsafeBytes { buffer in
            var none: UInt8 = 0
            let start = UnsafeMutableRawPointer(mutating: buffer.baseAddress)
            return withUnsafeMutableBytes(of: &none) { empty in
                line122_curl_set_pointer(self.raw, CURLOPT_COPYPOSTFIELDS, start ?? empty.baseAddress)
            }
        }
        self.note(code)
    }
}

extension Duration {
    /// Whole milliseconds, at least one: zero means "no limit" to libcurl.
    var curlMilliseconds: Int {
        let (seconds, attoseconds) = self.components
        let milliseconds = seconds.multipliedReportingOverflow(by: 1000)
        guard !milliseconds.overflow else { return Int(Int32.max) }
        let sum = milliseconds.partialValue + attoseconds / 1_000_000_000_000_000
        return Int(min(max(sum, 1), Int64(Int32.max)))
    }
}
