/// How far a transaction is kept apart from others (PostgreSQL manual, "Transaction Isolation").
public enum IsolationLevel: String, Sendable {
    case readCommitted = "READ COMMITTED"
    /// May fail with `.serializationFailure`, which is retryable.
    case repeatableRead = "REPEATABLE READ"
    /// May fail with `.serializationFailure`, which is retryable.
    case serializable = "SERIALIZABLE"

    func begin(readOnly: Bool) -> PostgresQuery {
        PostgresQuery(unsafeSQL: "BEGIN ISOLATION LEVEL \(self.rawValue) \(readOnly ? "READ ONLY" : "READ WRITE")")
    }
}
