import Contracts
import Foundation
import Postgres

/// All SQL of accounts, organizations and sessions.
struct AccountStore: Sendable {
    /// Tells every replica that sessions ended.
    static let sessionChannel = "session_ended"

    let database: PostgresPool

    // MARK: Signing in

    /// The account and its password hash, when it may sign in.
    func credentials(_ login: String) async throws -> (account: Account, hash: String)? {
        let row = try await self.database.query("SELECT * FROM account WHERE id = \(login) AND is_active").first
        guard let row else { return nil }
        return (try Self.account(row), try row.decode("password_hash"))
    }

    /// Seconds until these keys may try again.
    func pause(_ keys: [String], now: Date) async throws -> TimeInterval {
        let rows = try await self.database.query(
            "SELECT failures, last_at FROM login_failure WHERE key = ANY(\(keys))")
        return try rows.map { row in
            let (failures, last) = try row.decode(Int32.self, Date.self)
            return LoginThrottle.pause(afterFailures: Int(failures)) - now.timeIntervalSince(last)
        }.max() ?? 0
    }

    func noteFailure(_ keys: [String]) async throws {
        try await self.database.execute(
            """
            INSERT INTO login_failure AS known (key, failures, last_at)
            SELECT key, 1, now() FROM unnest(\(keys.sorted())) AS new (key)
            ON CONFLICT (key) DO UPDATE SET last_at = now(),
                failures = CASE WHEN known.last_at < now() - interval '1 hour' THEN 1 ELSE known.failures + 1 END
            """)
    }

    func forgetFailures(_ keys: [String]) async throws {
        try await self.database.execute("DELETE FROM login_failure WHERE key = ANY(\(keys))")
    }

    // MARK: Sessions

    func openSession(_ digest: Data, account: String) async throws {
        try await self.database.execute(
            "INSERT INTO session (token_digest, account_id) VALUES (\(digest), \(account))")
    }

    /// The account of a living session; notes that it was seen.
    func account(session digest: Data) async throws -> Account? {
        let row = try await self.database.query(
            """
            UPDATE session SET last_seen_at = now() FROM account
            WHERE token_digest = \(digest) AND account.id = account_id AND account.is_active
              AND last_seen_at > now() - make_interval(secs => \(SessionRules.idle))
              AND session.created_at > now() - make_interval(secs => \(SessionRules.absolute))
            RETURNING account.*
            """
        ).first
        return try row.map(Self.account)
    }

    func closeSession(_ digest: Data) async throws {
        _ = try await self.database.pipeline([
            "DELETE FROM session WHERE token_digest = \(digest)",
            "SELECT pg_notify(\(Self.sessionChannel), '')",
        ])
    }

    // MARK: Organizations

    func organizations() async throws -> [Organization] {
        try await self.database.query("SELECT id, name, email FROM organization ORDER BY name").map(Self.organization)
    }

    func organization(_ id: String) async throws -> Organization? {
        try await self.database.query("SELECT id, name, email FROM organization WHERE id = \(id)").first
            .map(Self.organization)
    }

    // MARK: Demonstration

    /// Makes sure that these accounts and organizations exist; existing ones keep everything but the password.
    func ensure(_ accounts: [Account], _ organizations: [Organization], passwordHash: String) async throws {
        try await self.database.transaction { transaction in
            _ = try await transaction.pipeline([
                """
                INSERT INTO organization (id, name, email)
                SELECT * FROM unnest(\(organizations.map(\.organizationID)), \(organizations.map(\.name)),
                    \(organizations.map(\.email)))
                ON CONFLICT (id) DO NOTHING
                """,
                """
                INSERT INTO account (id, display_name, role, telephone, organization_id, password_hash)
                SELECT *, \(passwordHash) FROM unnest(\(accounts.map(\.id)), \(accounts.map(\.displayName)),
                    \(accounts.map(\.role.rawValue)), \(accounts.map(\.telephone)),
                    \(accounts.map(\.organizationID)))
                ON CONFLICT (id) DO UPDATE SET password_hash = EXCLUDED.password_hash
                """,
            ])
        }
    }

    private static func organization(_ row: PostgresRow) throws -> Organization {
        Organization(
            organizationID: try row.decode("id"), name: try row.decode("name"),
            email: try row.decode("email", as: String?.self))
    }

    private static func account(_ row: PostgresRow) throws -> Account {
        guard let role = Account.Role(rawValue: try row.decode("role")) else {
            throw DeskError.failed
        }
        return Account(
            id: try row.decode("id"), displayName: try row.decode("display_name"), role: role,
            telephone: try row.decode("telephone", as: String?.self),
            organizationID: try row.decode("organization_id", as: String?.self))
    }
}
