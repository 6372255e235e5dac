/// One row of an answer.
public struct PostgresRow: Sendable {
    let result: PostgresResult
    let row: Int

    /// Reads the first columns, in order: `let (id, name) = try row.decode(UUID.self, String?.self)`.
    /// - Throws: `PostgresError` of kind `.decoding` for a NULL or a type that was not asked for.
    public func decode<each Value: PostgresDecodable>(_ types: repeat (each Value).Type) throws -> (
        repeat each Value
    ) {
        var column = 0
        return (repeat try self.next((each Value).self, &column))
    }

    /// Reads the column of exactly this name.
    public func decode<Value: PostgresDecodable>(_ column: String, as type: Value.Type = Value.self) throws -> Value {
        guard let index = self.result.column(named: column) else {
            throw PostgresError(.decoding, "the answer has no column \(column)")
        }
        return try self.result.withCell(row: self.row, column: index) { try Value(from: $0) }
    }

    private func next<Value: PostgresDecodable>(_ type: Value.Type, _ column: inout Int) throws -> Value {
        guard column < self.result.columnCount else {
            throw PostgresError(.decoding, "the answer has only \(self.result.columnCount) columns")
        }
        defer { column += 1 }
        return try self.result.withCell(row: self.row, column: column) { try Value(from: $0) }
    }
}
