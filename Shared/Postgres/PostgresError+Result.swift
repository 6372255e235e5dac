internal import CLibPQ

extension PostgresError {
    /// Reads the error fields of a result (protocol manual, "Error and Notice Message Fields").
    init(result: OpaquePointer) {
        func field(_ code: Character) -> String? {
            PQresultErrorField(result, Int32(code.asciiValue!)).map { String(cString: $0) }
        }
        let state = field("C").map(SQLState.init(rawValue:))
        // The server's text can quote a value ("invalid input syntax for type integer: …"), so it is kept apart.
        let text = [field("M"), field("D"), field("H"), field("W")].compactMap(\.self).joined(separator: "; ")
        if state == nil {
            // libpq itself wrote the error: the connection broke.
            self.init(
                .connectionLost, "the connection broke", serverText: String(cString: PQresultErrorMessage(result)))
            self.outcomeIsUnknown = true
            return
        }
        let kind: Kind = state == .queryCanceled ? .timedOut : .server
        let summary = kind == .timedOut ? "the statement ran out of time" : "the server refused the statement"
        self.init(kind, summary, sqlState: state, serverText: text)
        self.constraintName = field("n")
        self.tableName = field("t")
        self.columnName = field("c")
        // "cached plan must not change result type" is raised by RevalidateCachedQuery only.
        self.isStalePlan = state == .featureNotSupported && field("R") == "RevalidateCachedQuery"
    }
}
