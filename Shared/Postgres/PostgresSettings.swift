internal import CLibPQ

/// Where the server is and how it may be used.
public struct PostgresSettings: Sendable {
    /// Connections that the pool opens at most.
    public var maximumConnections = 8
    /// Callers that may wait for a connection; one more is refused with `.poolExhausted`.
    public var maximumWaiters = 1000
    /// For one attempt to connect, and how long a caller without a deadline waits while the server is away.
    public var connectTimeout: Duration = .seconds(5)
    /// The longest that a statement may run, enforced here and by the server.
    public var statementTimeout: Duration = .seconds(30)
    /// How long the server lets a transaction stand idle before it ends the connection.
    public var idleInTransactionTimeout: Duration = .seconds(60)
    /// What `pg_stat_activity` shows.
    public var applicationName: String
    /// How long a cancelled statement may take to stop before its connection is closed.
    public var cancelTimeout: Duration = .seconds(5)
    /// Statements that a connection keeps prepared; the least recently used give way.
    public var preparedStatements = 256

    /// libpq's keywords and values as the URL gave them.
    let parameters: [String: String]

    /// Reads `postgres://user:password@host:port/database?sslmode=verify-full&sslrootcert=…`. All parameters of
    /// libpq (manual, "Parameter Key Words") may stand in the query; several hosts are separated by commas, a
    /// folder of Unix sockets is written `host=%2Frun%2Fpostgresql`.
    /// - Throws: `PostgresError` of kind `.misuse`, without quoting the URL, which may hold a password.
    public init(url: String) throws {
        guard url.hasPrefix("postgres://") || url.hasPrefix("postgresql://") else {
            throw PostgresError(.misuse, "the database URL must begin with postgres://")
        }
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(url, &message) else {
            PQfreemem(message)
            throw PostgresError(.misuse, "the database URL cannot be read")
        }
        defer { PQconninfoFree(options) }
        var parameters: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { parameters[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        self.parameters = parameters
        self.applicationName = parameters["application_name"] ?? "line122"
    }

    /// What libpq is given: the URL's parameters over our defaults.
    var connectionParameters: [String: String] {
        var options = "-c statement_timeout=\(self.statementTimeout.milliseconds)"
        options += " -c idle_in_transaction_session_timeout=\(self.idleInTransactionTimeout.milliseconds)"
        if let own = self.parameters["options"] { options += " " + own }
        let defaults = [
            // A peer that is gone without a word is noticed within about 15 s, waiting or sending.
            "keepalives_idle": "5", "keepalives_interval": "5", "keepalives_count": "2", "tcp_user_timeout": "15000",
            // Kerberos libraries block in calls of their own.
            "gssencmode": "disable",
        ]
        var all = defaults.merging(self.parameters) { $1 }
        all["options"] = options
        all["application_name"] = self.applicationName
        all["client_encoding"] = "UTF8"
        return all
    }
}

extension Duration {
    /// Whole milliseconds, at least 1: the server takes 0 for "no limit".
    var milliseconds: Int64 {
        let (seconds, attoseconds) = self.components
        return max(1, seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    }
}
