/// Where values are written in PostgreSQL's binary format (network byte order), one after another.
public struct PostgresBuffer: Sendable {
    // Never empty, so that its base address exists and a zero-length value has a pointer that is not NULL.
    var bytes: [UInt8] = [0]
    /// The first value that had no form; the query that holds it is refused when it is run.
    var failure: PostgresError?

    public mutating func write<I: FixedWidthInteger>(_ integer: I) {
        withUnsafeBytes(of: integer.bigEndian) { self.bytes.append(contentsOf: $0) }
    }

    public mutating func write(bytes: some Sequence<UInt8>) {
        self.bytes.append(contentsOf: bytes)
    }

    public mutating func write(text: String) {
        self.bytes.append(contentsOf: text.utf8)
    }

    /// Refuses the query: `reason` is logged, so it must not quote the value.
    public mutating func refuse(_ reason: String) {
        if self.failure == nil { self.failure = PostgresError(.encoding, reason) }
    }

    /// Writes a value after its length, -1 for NULL: the form inside arrays and COPY rows.
    mutating func writeLengthPrefixed(_ value: some PostgresEncodable) {
        guard !value.isPostgresNull else { return self.write(Int32(-1)) }
        let start = self.bytes.count
        self.write(Int32(0))
        value.encode(into: &self)
        self.patch(Int32(clamping: self.bytes.count - start - 4), at: start)
    }

    mutating func patch(_ value: Int32, at position: Int) {
        withUnsafeBytes(of: value.bigEndian) { source in
            for offset in 0..<4 { self.bytes[position + offset] = source[offset] }
        }
    }
}
