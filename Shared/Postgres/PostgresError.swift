/// What the database, the way to it, or a wrong use of this library refused.
///
/// `description` names the kind, the SQLSTATE and schema objects, never a value, and is safe to log.
/// `debugDescription` adds the server's own words, which can quote data: keep it out of logs.
public struct PostgresError: Error, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    public enum Kind: String, Sendable {
        /// The server refused a statement; `sqlState` says why.
        case server
        /// No connection could be opened.
        case connection
        /// The connection broke with the statement under way or queued; see `outcomeIsUnknown`.
        case connectionLost
        /// The deadline or `statementTimeout` passed.
        case timedOut
        /// All connections were busy and as many callers as allowed were waiting already.
        case poolExhausted
        /// The pool has been closed.
        case closed
        /// A value has no form that PostgreSQL accepts.
        case encoding
        /// A column is missing, NULL, or of another type than asked for.
        case decoding
        /// `COMMIT` of a transaction in which a statement had failed: the server rolled it back.
        case transactionAborted
        /// A settings or URL mistake, or a use the library forbids; a defect in the caller.
        case misuse
        /// A migration was refused.
        case migration
    }

    public let kind: Kind
    public internal(set) var sqlState: SQLState?
    /// The violated constraint of a class-23 error.
    public internal(set) var constraintName: String?
    public internal(set) var tableName: String?
    public internal(set) var columnName: String?
    /// Which statement of a pipeline failed, from 0.
    public internal(set) var statementIndex: Int?
    /// The work may have taken effect although no answer came: do it again only if that does no harm.
    public internal(set) var outcomeIsUnknown = false

    /// Safe to log.
    let summary: String
    /// May quote data.
    let serverText: String?
    /// Set for a stale prepared statement, whose code (0A000) alone does not say so.
    var isStalePlan = false

    init(_ kind: Kind, _ summary: String, sqlState: SQLState? = nil, serverText: String? = nil) {
        self.kind = kind
        self.summary = summary
        self.sqlState = sqlState
        self.serverText = serverText
    }

    /// Whether doing the same again a little later can succeed.
    public var isRetryable: Bool {
        switch self.kind {
        case .connection, .connectionLost, .timedOut, .poolExhausted: true
        case .server: self.isStalePlan || (self.sqlState?.isRetryable ?? false)
        case .closed, .encoding, .decoding, .transactionAborted, .misuse, .migration: false
        }
    }

    public var description: String {
        var text = "PostgreSQL: \(self.summary)"
        if let sqlState { text += ", SQLSTATE \(sqlState)" }
        if let constraintName { text += ", constraint \(constraintName)" }
        if let tableName { text += ", table \(tableName)" }
        if let columnName { text += ", column \(columnName)" }
        if let statementIndex { text += ", statement \(statementIndex)" }
        if self.outcomeIsUnknown { text += ", outcome unknown" }
        return text
    }

    public var debugDescription: String {
        self.serverText.map { "\(self.description): \($0)" } ?? self.description
    }

    /// The same error with the number of the statement that caused it.
    func at(_ index: Int?) -> PostgresError {
        var copy = self
        copy.statementIndex = index
        return copy
    }
}
