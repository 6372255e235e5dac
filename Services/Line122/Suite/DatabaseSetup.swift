/// Databases and roles of the services. Running it again changes nothing but sets the passwords anew.
struct DatabaseSetup: Sendable {
    let secrets: SecretStore

    static func passwordName(_ role: String) -> String { "postgres-\(role)-password" }

    func run(on postgres: EmbeddedPostgres) async throws {
        try await postgres.run(sql: SuiteService.allCases.map(self.sql).joined(separator: "\n"))
    }

    /// The owner migrates; the service may read and write rows, but neither change tables nor empty them.
    private func sql(_ service: SuiteService) throws -> String {
        let (database, owner, role) = (service.database, service.owner, service.database)
        // Hexadecimal digits: nothing to quote.
        let ownerPassword = try self.secrets.secret(Self.passwordName(owner))
        let password = try self.secrets.secret(Self.passwordName(role))
        return """
            \\connect postgres
            SELECT format('CREATE ROLE %I LOGIN', name) FROM (VALUES ('\(owner)'), ('\(role)')) AS wanted (name)
            WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \\gexec
            ALTER ROLE \(owner) PASSWORD '\(ownerPassword)' NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
            ALTER ROLE \(role) PASSWORD '\(password)' NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
            SELECT 'CREATE DATABASE \(database) OWNER \(owner)'
            WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '\(database)') \\gexec
            REVOKE ALL ON DATABASE \(database) FROM PUBLIC;
            GRANT CONNECT ON DATABASE \(database) TO \(role);
            \\connect \(database)
            GRANT USAGE ON SCHEMA public TO \(role);
            ALTER DEFAULT PRIVILEGES FOR ROLE \(owner) IN SCHEMA public
                GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO \(role);
            ALTER DEFAULT PRIVILEGES FOR ROLE \(owner) IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO \(role);

            """
    }
}
