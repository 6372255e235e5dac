/// The body of a request.
public enum OutboundBody: Sendable {
    case none
    case bytes([UInt8])
    /// Chunks as the peer takes them. `length`: the exact number of bytes, or nil to send them chunked; a stream that
    /// ends early or gives more fails the request with `.bodyStream`.
    case stream(length: Int?, any AsyncSequence<[UInt8], any Error> & Sendable)

    /// UTF-8.
    public static func text(_ text: String) -> OutboundBody { .bytes(Array(text.utf8)) }
}
