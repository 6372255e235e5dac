internal import CLibPQ

/// Owns a `PGresult` and frees it.
// @unchecked: a PGresult is never changed after libpq handed it out (libpq manual, "Behavior in Threaded Programs":
// "PGresult objects are normally read-only after creation, and so can be passed around freely between threads").
final class PostgresResult: @unchecked Sendable {
    private let raw: OpaquePointer

    init(owning raw: OpaquePointer) { self.raw = raw }

    deinit { PQclear(self.raw) }

    var rowCount: Int { Int(PQntuples(self.raw)) }
    var columnCount: Int { Int(PQnfields(self.raw)) }
    /// Rows that the command changed or returned; 0 for commands that count none.
    var affected: Int { Int(String(cString: PQcmdTuples(self.raw))) ?? 0 }
    /// The command tag: `COMMIT`, `INSERT 0 1`.
    var tag: String { String(cString: PQcmdStatus(self.raw)) }

    func columnName(_ column: Int) -> String {
        PQfname(self.raw, Int32(column)).map { String(cString: $0) } ?? ""
    }

    /// The column with exactly this name (PQfnumber would fold it to lower case).
    func column(named name: String) -> Int? {
        (0..<self.columnCount).first { self.columnName($0) == name }
    }

    /// Reads one value; the result is kept alive for as long as `body` runs.
    func withCell<T>(row: Int, column: Int, _ body: (PostgresCell) throws -> T) rethrows -> T {
        try withExtendedLifetime(self) {
            let row = Int32(row)
            let index = Int32(column)
            var bytes: UnsafeRawBufferPointer?
            if PQgetisnull(self.raw, row, index) == 0 {
                bytes = UnsafeRawBufferPointer(
                    start: PQgetvalue(self.raw, row, index), count: Int(PQgetlength(self.raw, row, index)))
            }
            let name = self.columnName(column)
            return try body(PostgresCell(typeOID: PQftype(self.raw, index), columnName: name, bytes: bytes))
        }
    }
}
