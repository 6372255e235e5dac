import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct TLSTests {
    private func isEncrypted(_ settings: PostgresSettings) async throws -> Bool {
        let pool = PostgresPool(settings, logger: quietLogger())
        let result: Result<Bool, any Error>
        do {
            result = .success(
                try await pool.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")[0].decode(Bool.self))
        } catch {
            result = .failure(error)
        }
        await pool.close()
        return try result.get()
    }

    @Test func theServerIsVerifiedByAuthorityAndName() async throws {
        let server = try PrivatePostgres()
        let result: Result<Void, any Error>
        do {
            let plain = PostgresPool(try server.settings, logger: quietLogger())
            while await (try? plain.query("SELECT 1")) == nil { try await Task.sleep(for: .milliseconds(50)) }
            await plain.close()
            #expect(try await self.isEncrypted(try server.tlsSettings()))
            for settings in [
                try server.tlsSettings(authority: "stranger"), try server.tlsSettings(host: "127.0.0.1"),
            ] {
                var settings = settings
                settings.connectTimeout = .seconds(2)
                let error = await #expect(throws: PostgresError.self) { try await self.isEncrypted(settings) }
                #expect(error?.kind == .connection)
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        try server.remove()
        try result.get()
    }
}
