import Contracts
import Foundation
import Postgres

/// What became of a try to sign in before its password is looked at.
enum SignInTry: Sendable, Equatable {
    /// Refused for so long.
    case paused(seconds: Int)
    /// Counted; the password is looked at after so many seconds.
    case counted(delay: TimeInterval, before: SignInCount)
}

/// The failures of a name from an address before a try.
struct SignInCount: Sendable, Equatable {
    let failures: Int
    let failedAt: Date?
}

/// All SQL of accounts, organizations and sessions.
struct AccountStore: Sendable {
    /// Tells every replica what ended; triggers of the tables write to it.
    static let sessionChannel = "session_ended"

    let database: PostgresPool

    // MARK: Signing in

    /// The account and its password hash, when it may sign in.
    func credentials(_ login: String) async throws -> (account: Account, hash: String)? {
        let row = try await self.database.query("SELECT * FROM account WHERE id = \(login) AND is_active").first
        guard let row else { return nil }
        return (try Self.account(row), try row.decode("password_hash"))
    }

    /// Counts a try of a name from an address before its password is looked at, so that those that come at once are
    /// counted as well.
    func beginSignIn(_ name: Data, from address: String) async throws -> SignInTry {
        try await self.database.transaction { transaction in
            // The row is ours until the end: tries of the same name from the same address go one after the other.
            let results = try await transaction.pipeline([
                """
                INSERT INTO sign_in (name_digest, address) VALUES (\(name), \(address)) ON CONFLICT DO NOTHING
                """,
                """
                SELECT failures, failed_at, succeeded_at, clock_timestamp() AS now FROM sign_in
                WHERE name_digest = \(name) AND address = \(address) FOR UPDATE
                """,
            ])
            guard
                let (failures, failedAt, succeededAt, now) = try results[1].first?.decode(
                    Int32.self, Date?.self, Date?.self, Date.self)
            else { throw DeskError.failed }
            let sinceFailure = failedAt.map { now.timeIntervalSince($0) } ?? .infinity
            let counted = sinceFailure < LoginThrottle.memory ? Int(failures) : 0
            let pause = LoginThrottle.pause(afterFailures: counted) - sinceFailure
            guard pause <= 0 else { return .paused(seconds: Int(pause.rounded(.up))) }
            let sums = try await transaction.pipeline([
                """
                SELECT coalesce(sum(failures), 0)::bigint AS failures FROM sign_in
                WHERE name_digest = \(name) AND failed_at > now() - make_interval(secs => \(LoginThrottle.memory))
                """,
                """
                SELECT coalesce(sum(failures), 0)::bigint AS failures FROM sign_in
                WHERE address = \(address) AND failed_at > now() - make_interval(secs => \(LoginThrottle.memory))
                """,
                """
                UPDATE sign_in SET failures = \(Int32(counted + 1)), failed_at = clock_timestamp()
                WHERE name_digest = \(name) AND address = \(address)
                """,
            ])
            let isAcquainted = succeededAt.map { now.timeIntervalSince($0) < LoginThrottle.acquaintance } ?? false
            return .counted(
                delay: LoginThrottle.delay(
                    failuresOfName: Int(try sums[0].first?.decode("failures", as: Int64.self) ?? 0),
                    failuresOfAddress: Int(try sums[1].first?.decode("failures", as: Int64.self) ?? 0),
                    isAcquainted: isAcquainted), before: SignInCount(failures: counted, failedAt: failedAt))
        }
    }

    /// The password of a try was never looked at: it is no failure. When others were counted meanwhile, the last of them
    /// keeps its moment.
    func takeBack(_ name: Data, from address: String, before: SignInCount) async throws {
        try await self.database.execute(
            """
            UPDATE sign_in SET failures = greatest(failures - 1, 0),
                failed_at = CASE WHEN failures = \(Int32(before.failures + 1)) THEN \(before.failedAt) ELSE failed_at END
            WHERE name_digest = \(name) AND address = \(address)
            """)
    }

    /// The try had the right password.
    func noteSuccess(_ name: Data, from address: String) async throws {
        try await self.database.execute(
            """
            UPDATE sign_in SET failures = 0, failed_at = NULL, succeeded_at = now()
            WHERE name_digest = \(name) AND address = \(address)
            """)
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
        try await self.database.execute("DELETE FROM session WHERE token_digest = \(digest)")
    }

    /// Those of the sessions that go on.
    func alive(among digests: [Data]) async throws -> Set<Data> {
        guard !digests.isEmpty else { return [] }
        let rows = try await self.database.query(
            """
            SELECT token_digest FROM session JOIN account ON account.id = account_id
            WHERE token_digest = ANY(\(digests)) AND is_active
              AND last_seen_at > now() - make_interval(secs => \(SessionRules.idle))
              AND session.created_at > now() - make_interval(secs => \(SessionRules.absolute))
            """)
        return Set(try rows.map { try $0.decode("token_digest", as: Data.self) })
    }

    // MARK: Organizations

    func organizations() async throws -> [Organization] {
        try await self.database.query("SELECT id, name, email FROM organization ORDER BY name").map(Self.organization)
    }

    func organization(_ id: String) async throws -> Organization? {
        try await self.database.query("SELECT id, name, email FROM organization WHERE id = \(id)").first
            .map(Self.organization)
    }

    /// The names of those of these accounts that exist, by their ids.
    func names(of ids: [String]) async throws -> [String: String] {
        let rows = try await self.database.query("SELECT id, display_name FROM account WHERE id = ANY(\(ids))")
        return Dictionary(
            uniqueKeysWithValues: try rows.map { (try $0.decode("id"), try $0.decode("display_name")) })
    }

    // MARK: Where calls can be transferred

    /// The operators who may sign in, and the organizations that have a telephone.
    func directory() async throws -> TransferDirectory {
        let results = try await self.database.pipeline([
            "SELECT * FROM account WHERE role = 'operator' AND is_active ORDER BY is_first_level, display_name",
            "SELECT id, name, telephone FROM organization WHERE telephone IS NOT NULL ORDER BY name",
            "SELECT id, display_name FROM account WHERE role IN ('administrator', 'supervisor') AND is_active",
        ])
        return TransferDirectory(
            operators: try results[0].map { TransferDirectory.Colleague(try Self.account($0)) },
            seniors: try results[2].map {
                TransferDirectory.Senior(
                    operatorID: try $0.decode("id"), displayName: try $0.decode("display_name"))
            },
            organizations: try results[1].map { row in
                TransferDirectory.Telephone(
                    organizationID: try row.decode("id"), name: try row.decode("name"),
                    telephone: try row.decode("telephone"))
            })
    }

    // MARK: Demonstration

    /// Makes sure that these accounts and organizations exist; existing ones keep everything but the password.
    /// - Parameter telephones: of organizations, by their ids.
    func ensure(
        _ accounts: [Account], _ organizations: [Organization], telephones: [String: String] = [:],
        passwordHash: String
    ) async throws {
        try await self.database.transaction { transaction in
            _ = try await transaction.pipeline([
                """
                INSERT INTO organization AS known (id, name, email, telephone)
                SELECT * FROM unnest(\(organizations.map(\.organizationID)), \(organizations.map(\.name)),
                    \(organizations.map(\.email)), \(organizations.map { telephones[$0.organizationID] }))
                ON CONFLICT (id) DO UPDATE SET telephone = coalesce(known.telephone, EXCLUDED.telephone)
                """,
                """
                INSERT INTO account (id, display_name, role, telephone, organization_id, skills, is_first_level,
                    department, position, password_hash)
                SELECT id, name, role, telephone, organization,
                    -- an array of arrays cannot be bound
                    CASE WHEN skills = '' THEN '{}' ELSE string_to_array(skills, ',') END, level, department, position,
                    \(passwordHash)
                FROM unnest(\(accounts.map(\.id)), \(accounts.map(\.displayName)),
                    \(accounts.map(\.role.rawValue)), \(accounts.map(\.telephone)),
                    \(accounts.map(\.organizationID)), \(accounts.map { $0.skills.joined(separator: ",") }),
                    \(accounts.map(\.isFirstLevel)), \(accounts.map(\.department)), \(accounts.map(\.position)))
                    AS new (id, name, role, telephone, organization, skills, level, department, position)
                ON CONFLICT (id) DO UPDATE SET password_hash = EXCLUDED.password_hash, is_active = true
                """,
            ])
        }
    }

    /// Blocks the accounts of the demonstration and ends their sessions. They are known by their password: one hash
    /// stands in all of them, and two accounts with a password of their own never have the same one, for each is salted.
    /// Whoever was given a password since is nobody of the demonstration any more.
    /// - Returns: how many were blocked now.
    func blockDemonstration() async throws -> Int {
        try await self.database.transaction { transaction in
            let blocked = try await transaction.query(
                """
                UPDATE account SET is_active = false
                WHERE is_active AND password_hash IN
                    (SELECT password_hash FROM account GROUP BY password_hash HAVING count(*) > 1)
                RETURNING id
                """
            ).map { try $0.decode("id", as: String.self) }
            try await Self.endSessions(of: blocked, in: transaction)
            return blocked.count
        }
    }

    // MARK: Administration

    /// Makes an account, or changes the one of this name; it may sign in from now on. Its sessions end.
    func set(_ account: Account, organizationName: String?, passwordHash: String) async throws {
        try await self.database.transaction { transaction in
            if let id = account.organizationID {
                try await transaction.execute(
                    """
                    INSERT INTO organization AS known (id, name)
                    VALUES (\(id), \(organizationName ?? account.displayName))
                    ON CONFLICT (id) DO UPDATE SET name = coalesce(\(organizationName), known.name)
                    """)
            }
            try await transaction.execute(
                """
                INSERT INTO account (id, display_name, role, telephone, organization_id, is_first_level, department,
                    position, password_hash)
                VALUES (\(account.id), \(account.displayName), \(account.role.rawValue), \(account.telephone),
                    \(account.organizationID), \(account.isFirstLevel), \(account.department), \(account.position),
                    \(passwordHash))
                ON CONFLICT (id) DO UPDATE SET display_name = EXCLUDED.display_name, role = EXCLUDED.role,
                    telephone = EXCLUDED.telephone, organization_id = EXCLUDED.organization_id,
                    is_first_level = EXCLUDED.is_first_level, department = EXCLUDED.department,
                    position = EXCLUDED.position, password_hash = EXCLUDED.password_hash, is_active = true
                """)
            try await Self.endSessions(of: [account.id], in: transaction)
        }
    }

    /// - Returns: false when there is no such account.
    func block(_ id: String) async throws -> Bool {
        try await self.database.transaction { transaction in
            let known = try await transaction.query(
                "UPDATE account SET is_active = false WHERE id = \(id) RETURNING id")
            try await Self.endSessions(of: [id], in: transaction)
            return !known.isEmpty
        }
    }

    private static func endSessions(of accounts: [String], in transaction: Transaction) async throws {
        _ = try await transaction.pipeline([
            "DELETE FROM session WHERE account_id = ANY(\(accounts))",
            "SELECT pg_notify(\(Self.sessionChannel), '')",
        ])
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
            organizationID: try row.decode("organization_id", as: String?.self),
            skills: try row.decode("skills"), isFirstLevel: try row.decode("is_first_level"),
            department: try row.decode("department"), position: try row.decode("position"))
    }
}
