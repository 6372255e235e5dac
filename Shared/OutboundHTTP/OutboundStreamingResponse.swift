/// A response whose body is still coming. Dropping the body ends the transfer.
public struct OutboundStreamingResponse: Sendable {
    public let status: Int
    public let headers: [(String, String)]
    public let body: OutboundResponseBody

    /// The first header of this name, in any case.
    public func header(_ name: String) -> String? { firstHeader(name, of: self.headers) }
}

/// The chunks of a response, once, for one reader. While the reader is slow the peer is made to wait: at most
/// `OutboundHTTPConfiguration.streamBufferBytes` and one chunk lie in memory. Throws `OutboundHTTPError`.
public struct OutboundResponseBody: AsyncSequence, Sendable {
    public typealias Element = [UInt8]

    public struct AsyncIterator: AsyncIteratorProtocol {
        let owner: Owner

        public mutating func next() async throws -> [UInt8]? { try await self.owner.transfer.nextChunk() }
    }

    /// Ends the transfer when the last copy of the body and its iterators is gone.
    final class Owner: Sendable {
        let transfer: CurlTransfer

        init(_ transfer: CurlTransfer) { self.transfer = transfer }

        deinit { self.transfer.cancel() }
    }

    let owner: Owner

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(owner: self.owner) }
}
