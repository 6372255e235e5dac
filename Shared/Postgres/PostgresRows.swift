/// What one statement returned. Holds the whole answer in memory.
public struct PostgresRows: RandomAccessCollection, Sendable {
    let result: PostgresResult

    public var startIndex: Int { 0 }
    public var endIndex: Int { self.result.rowCount }

    public subscript(position: Int) -> PostgresRow {
        precondition(self.indices.contains(position), "row index out of range")
        return PostgresRow(result: self.result, row: position)
    }

    /// Rows inserted, updated, deleted, or returned.
    public var affected: Int { self.result.affected }

    /// The columns' names, in order.
    public var columns: [String] { (0..<self.result.columnCount).map { self.result.columnName($0) } }
}
