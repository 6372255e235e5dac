internal import CCurl

/// libcurl's sentence for a code; a constant text, safe to log.
func curlMeaning(_ code: Int) -> String {
    guard let raw = UInt32(exactly: code), let text = curl_easy_strerror(CURLcode(raw)) else { return "unknown" }
    return String(cString: text)
}

/// Reads how a transfer ended, while its handle still knows.
func curlResult(
    _ code: CURLcode, of handle: UnsafeMutableRawPointer, _ transfer: CurlTransfer
) -> Result<Void, OutboundHTTPError> {
    guard code != CURLE_OK else { return .success(()) }
    let plan = transfer.plan
    var kind: OutboundHTTPError.Kind =
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .resolve
        case CURLE_COULDNT_CONNECT: .connect
        case CURLE_OPERATION_TIMEDOUT: .timedOut
        case CURLE_FILESIZE_EXCEEDED: .tooLarge
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_USE_SSL_FAILED, CURLE_SSL_ENGINE_INITFAILED,
            CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT:
            .tls
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE: .connectionLost
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT: .invalidRequest("libcurl refuses the URL")
        default: .protocol
        }
    if transfer.overflowed { kind = .tooLarge }
    if transfer.uploadFailed { kind = .bodyStream }

    var wasSent: Bool
    switch plan.content {
    case .http:
        // Counts what was written to the socket, so it stays 0 until the connection and TLS stand.
        var requestBytes = 0
        line122_curl_get_long(handle, CURLINFO_REQUEST_SIZE, &requestBytes)
        wasSent = requestBytes > 0
        // libcurl says "unsupported protocol" of an answer that is no HTTP/1 as well.
        if wasSent, code == CURLE_UNSUPPORTED_PROTOCOL { kind = .protocol }
    case .mail:
        // A message counts as soon as its end may have gone out; before that no server delivers it.
        var uploaded: curl_off_t = 0
        line122_curl_get_offset(handle, CURLINFO_SIZE_UPLOAD_T, &uploaded)
        wasSent = uploaded > 0
        var reply = 0
        line122_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &reply)
        if reply >= 400, kind != .timedOut, kind != .tls {
            kind = .smtp(reply)
            wasSent = false
        }
    }
    return .failure(OutboundHTTPError(kind, curlCode: Int(code.rawValue), wasSent: wasSent, peer: plan.peer))
}
