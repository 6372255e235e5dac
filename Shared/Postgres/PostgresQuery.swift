/// SQL and the values bound to its parameters.
///
/// `"SELECT … WHERE id = \(id)"` becomes `… WHERE id = $1` with `id` sent apart in binary form and its type: an
/// interpolation can never change the statement. The text is the key of the prepared statement, so keep it constant.
public struct PostgresQuery: ExpressibleByStringInterpolation, Sendable {
    /// The statement with `$1`, `$2`, …
    public private(set) var sql: String
    private(set) var types: [UInt32] = []
    /// -1 for NULL.
    private(set) var lengths: [Int32] = []
    private(set) var buffer = PostgresBuffer()

    public init(stringLiteral sql: String) { self.sql = sql }

    public init(stringInterpolation interpolation: StringInterpolation) {
        self.sql = interpolation.query.sql
        self.types = interpolation.query.types
        self.lengths = interpolation.query.lengths
        self.buffer = interpolation.query.buffer
    }

    /// SQL that was put together as text. Nothing in it may come from outside of the program.
    public init(unsafeSQL: String) { self.sql = unsafeSQL }

    fileprivate mutating func bind<Value: PostgresEncodable>(_ value: Value) {
        self.types.append(Value.postgresType.oid)
        self.sql += "$\(self.types.count)"
        guard !value.isPostgresNull else { return self.lengths.append(-1) }
        let start = self.buffer.bytes.count
        value.encode(into: &self.buffer)
        let length = self.buffer.bytes.count - start
        // pq_getmsgint: a parameter's length is 32 bits; the server takes at most 1 GiB.
        if length > 1 << 30 { self.buffer.refuse("a parameter is longer than 1 GiB") }
        self.lengths.append(Int32(clamping: length))
    }

    /// Collects the text and the bindings.
    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var query: PostgresQuery

        public init(literalCapacity: Int, interpolationCount: Int) {
            self.query = PostgresQuery(unsafeSQL: "")
            self.query.sql.reserveCapacity(literalCapacity + interpolationCount * 3)
        }

        public mutating func appendLiteral(_ literal: String) { self.query.sql += literal }

        /// Binds `value` to the next parameter.
        public mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value) { self.query.bind(value) }

        /// Binds `value`, or NULL of its type.
        public mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value?) { self.query.bind(value) }

        /// Puts `text` into the statement as it is. Nothing in it may come from outside of the program.
        public mutating func appendInterpolation(unsafeSQL text: String) { self.query.sql += text }
    }

    /// Throws what `encode` refused, and what the protocol cannot carry.
    func check() throws {
        if let failure = self.buffer.failure { throw failure }
        // The protocol counts parameters in 16 bits.
        guard self.types.count <= 65_535 else {
            throw PostgresError(.encoding, "a statement has more than 65535 parameters; bind an array")
        }
    }
}
