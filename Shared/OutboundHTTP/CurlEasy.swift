internal import CCurl

/// One easy handle of the loop's thread: set up for a transfer, reset, used again.
struct CurlEasy: ~Copyable {
    let raw: UnsafeMutableRawPointer
    private var headers: UnsafeMutablePointer<curl_slist>?
    private var recipients: UnsafeMutablePointer<curl_slist>?

    init?() {
        guard let raw = curl_easy_init() else { return nil }
        self.raw = raw
    }

    deinit {
        curl_easy_cleanup(self.raw)
        curl_slist_free_all(self.headers)
        curl_slist_free_all(self.recipients)
    }

    /// Forgets the last transfer; connections and TLS sessions belong to the multi handle and stay.
    mutating func reset() {
        curl_easy_reset(self.raw)
        curl_slist_free_all(self.headers)
        curl_slist_free_all(self.recipients)
        self.headers = nil
        self.recipients = nil
    }

    /// Sets every option of `transfer`, which must stay alive until the handle has left the multi handle.
    /// - Returns: the first CURLcode that is not OK.
    mutating func prepare(_ transfer: CurlTransfer, _ configuration: OutboundHTTPConfiguration) -> CURLcode {
        var options = CurlOptions(raw: self.raw)
        let plan = transfer.plan
        options.set(CURLOPT_URL, plan.url)
        // Without it a time-out in the resolver would be a signal.
        options.set(CURLOPT_NOSIGNAL, 1)
        options.set(CURLOPT_CONNECTTIMEOUT_MS, plan.connectTimeout.curlMilliseconds)
        options.set(CURLOPT_TIMEOUT_MS, ContinuousClock.now.duration(to: transfer.expiresAt).curlMilliseconds)
        // An empty string: no proxy, whatever the environment says.
        options.set(CURLOPT_PROXY, configuration.proxy ?? "")
        options.set(CURLOPT_SSL_VERIFYPEER, 1)
        options.set(CURLOPT_SSL_VERIFYHOST, 2)
        options.set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        if let file = plan.tls.caFile { options.set(CURLOPT_CAINFO, file) }
        if let file = plan.tls.certificateFile {
            options.set(CURLOPT_SSLCERT, file)
            options.set(CURLOPT_SSLKEY, plan.tls.keyFile ?? file)
        }
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        options.set(CURLOPT_WRITEDATA, context)
        options.set(CURLOPT_WRITEFUNCTION) { buffer, size, count, context in
            CurlTransfer.at(context).receive(body: UnsafeRawBufferPointer(start: buffer, count: size * count))
        }
        options.set(CURLOPT_READDATA, context)
        options.set(CURLOPT_READFUNCTION) { buffer, size, count, context in
            CurlTransfer.at(context).read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
        }
        switch plan.content {
        case .http(let request):
            self.prepare(request, transfer, configuration, &options)
        case .mail(let from, let recipients, let user, let password, let startTLS):
            options.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
            options.set(CURLOPT_MAIL_FROM, "<\(from)>")
            for recipient in recipients { self.recipients = curl_slist_append(self.recipients, "<\(recipient)>") }
            options.set(CURLOPT_MAIL_RCPT, self.recipients)
            options.set(CURLOPT_UPLOAD, 1)
            if let user { options.set(CURLOPT_USERNAME, user) }
            if let password { options.set(CURLOPT_PASSWORD, password) }
            let level = [.required: CURLUSESSL_ALL, .whenOffered: CURLUSESSL_TRY, .never: CURLUSESSL_NONE][startTLS]
            options.set(CURLOPT_USE_SSL, Int((level ?? CURLUSESSL_ALL).rawValue))
        }
        return options.code
    }

    private mutating func prepare(
        _ request: OutboundRequest, _ transfer: CurlTransfer, _ configuration: OutboundHTTPConfiguration,
        _ options: inout CurlOptions
    ) {
        options.set(CURLOPT_PROTOCOLS_STR, "http,https")
        options.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        options.set(CURLOPT_USERAGENT, configuration.userAgent)
        options.set(CURLOPT_FRESH_CONNECT, request.mayReuseConnection ? 0 : 1)
        options.set(CURLOPT_HEADERDATA, Unmanaged.passUnretained(transfer).toOpaque())
        options.set(CURLOPT_HEADERFUNCTION) { buffer, size, count, context in
            let line = UnsafeRawBufferPointer(start: buffer, count: size * count)
            return CurlTransfer.at(context).receive(headerLine: line) ? line.count : 0
        }
        if case .collected(let maximum) = transfer.delivery {
            options.set(CURLOPT_MAXFILESIZE_LARGE, offset: maximum)
        }
        if transfer.plan.followsRedirects {
            options.set(CURLOPT_FOLLOWLOCATION, 1)
            options.set(CURLOPT_MAXREDIRS, request.maximumRedirects)
            options.set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
        }
        if let (user, password) = request.basicAuthentication {
            options.set(CURLOPT_HTTPAUTH, line122_curl_auth_basic)
            options.set(CURLOPT_USERNAME, user)
            options.set(CURLOPT_PASSWORD, password)
        }
        switch (request.body, request.method) {
        case (.none, "GET"): options.set(CURLOPT_HTTPGET, 1)
        case (.none, "HEAD"): options.set(CURLOPT_NOBODY, 1)
        // An empty body is said to be empty (RFC 9110, 8.6), which some servers insist on.
        case (.none, "POST"), (.none, "PUT"), (.none, "PATCH"): options.post([], as: request.method)
        case (.none, _): options.set(CURLOPT_CUSTOMREQUEST, request.method)
        case (.bytes(let bytes), _): options.post(bytes, as: request.method)
        case (.stream(let length, _), _):
            options.set(CURLOPT_UPLOAD, 1)
            options.set(CURLOPT_CUSTOMREQUEST, request.method)
            options.set(CURLOPT_INFILESIZE_LARGE, offset: length ?? -1)
        }
        for (name, value) in request.headers {
            // libcurl's word for a header with an empty value.
            self.headers = curl_slist_append(self.headers, value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        if firstHeader("content-type", of: request.headers) == nil {
            self.headers = curl_slist_append(self.headers, "Content-Type:")
        }
        // Otherwise a body above 1 MiB waits a second for "100 Continue" from servers that do not send it.
        self.headers = curl_slist_append(self.headers, "Expect:")
        options.set(CURLOPT_HTTPHEADER, self.headers)
    }
}

extension CurlTransfer {
    /// The transfer behind a callback's context; the loop keeps it alive as long as libcurl may call back.
    fileprivate static func at(_ context: UnsafeMutableRawPointer?) -> CurlTransfer {
        Unmanaged<CurlTransfer>.fromOpaque(context!).takeUnretainedValue()
    }
}
