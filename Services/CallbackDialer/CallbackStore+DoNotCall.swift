import Contracts
import Foundation
import Messaging
import Postgres
import Vocabulary

/// Who does not want to be called, and whoever said so.
extension CallbackStore {
    /// Puts a number on the list or takes it off; a change is kept with its actor, what is so already is none.
    static func setDoNotCall(_ request: SetDoNotCall, in transaction: Transaction) async throws {
        let number = request.number.e164
        let changed =
            request.isListed
            ? try await transaction.query(
                """
                INSERT INTO do_not_call (number, listed_at, listed_by) VALUES (\(number), now(), \(request.operatorID))
                ON CONFLICT DO NOTHING RETURNING number
                """)
            : try await transaction.query("DELETE FROM do_not_call WHERE number = \(number) RETURNING number")
        guard !changed.isEmpty else { return }
        try await transaction.execute(
            """
            INSERT INTO do_not_call_change (number, is_listed, actor)
            VALUES (\(number), \(request.isListed), \(request.operatorID))
            """)
    }

    /// What was added and taken off, newest first; at most 500.
    func doNotCallChanges() async throws -> ListDoNotCallChanges.Answer {
        try await self.database.query(
            "SELECT number, is_listed, actor, at FROM do_not_call_change ORDER BY id DESC LIMIT 500"
        ).map { row in
            let (number, isListed, actor, at) = try row.decode(String.self, Bool.self, String.self, Date.self)
            return ListDoNotCallChanges.Change(
                number: try PhoneNumber(parsing: number), isListed: isListed, actor: actor, at: at)
        }
    }
}
