import Foundation
import Messaging
import Postgres
import TestSupport
import Testing

@testable import OperatorDesk

struct DeskRetentionTests {
    @Test("C-205 Sessions that are over and old failures go, living ones stay") func oldGoes() async throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Services/OperatorDesk/Migrations")
        try await withTestDatabase(
            migrations: [.messaging, MigrationSet(component: "operator-desk", directory: folder)]
        ) { database in
            try await database.runScript(
                """
                INSERT INTO account (id, display_name, role, password_hash) VALUES ('chief', 'Главная', 'administrator', '-');
                INSERT INTO session (token_digest, account_id, created_at, last_seen_at) VALUES
                    ('living', 'chief', now() - interval '11 hours', now() - interval '59 minutes'),
                    ('idle', 'chief', now() - interval '2 hours', now() - interval '61 minutes'),
                    ('shift', 'chief', now() - interval '13 hours', now());
                INSERT INTO login_failure (key, failures, last_at) VALUES
                    ('account:young', 4, now() - interval '50 minutes'), ('account:old', 4, now() - interval '2 days');
                """)
            try await MessagingHousekeeping(
                database: database, logger: quietLogger(), also: DeskRetention.statements
            ).removeOld()
            let sessions: [String] = try await database.query(
                "SELECT convert_from(token_digest, 'UTF8') AS name FROM session"
            ).map { try $0.decode("name") }
            #expect(sessions == ["living"])
            let failures: [String] = try await database.query("SELECT key FROM login_failure").map {
                try $0.decode("key")
            }
            #expect(failures == ["account:young"])
        }
    }
}
