import Foundation
import Postgres
import Statements

/// What a play needs to know, and the record that it was.
extension RecordingStore {
    /// How long a player goes on with one play: after it, listening is a play of its own.
    static let playSeconds = 600.0

    enum State: String, Sendable, PostgresDecodable {
        case recording, finished, stored, failed, erased
    }

    /// A recording as who wants to hear it meets it.
    struct Playable: Sendable {
        let id: UUID
        let state: State
        /// Whether the one who asks spoke in this call.
        let isOwnCall: Bool
        /// Of the electronic secretary.
        let isMessage: Bool
        let failure: String?
        let eraseReason: String?
        /// Set when `stored`.
        let sound: StoredSound?
    }

    static func playable(_ id: UUID, by actor: String, in transaction: Transaction) async throws -> Playable? {
        let row = try await transaction.query(
            """
            SELECT state, kind = 'message' AS is_message, failure, erase_reason, size_bytes, sha256, key_id, wrapped_key,
                path,
                EXISTS (SELECT FROM call WHERE call.id = call_id AND spoken_operator_id = \(actor)) AS is_own
            FROM recording WHERE id = \(id)
            """
        ).first
        guard let row else { return nil }
        let state = try row.decode("state", as: State.self)
        var sound: StoredSound?
        if state == .stored {
            sound = StoredSound(
                recordingID: id, path: try row.decode("path"), sizeBytes: try row.decode("size_bytes"),
                sha256: try row.decode("sha256"),
                key: WrappedKey(keyID: try row.decode("key_id"), wrapped: try row.decode("wrapped_key")))
        }
        return Playable(
            id: id, state: state, isOwnCall: try row.decode("is_own"),
            isMessage: try row.decode("is_message"), failure: try row.decode("failure"),
            eraseReason: try row.decode("erase_reason"), sound: sound)
    }

    /// Records a play. A player asks for many ranges: they are one play, unless it begins anew or goes on after ten
    /// minutes.
    static func note(
        play id: UUID, by statement: Statement, ground: RecordingRules.Ground, firstByte: Int,
        in transaction: Transaction
    ) async throws {
        try await transaction.execute(
            """
            INSERT INTO recording_play (recording_id, actor, organization, role, ground, first_byte)
            SELECT \(id), \(statement.actor), \(statement.organization), \(statement.role), \(ground.rawValue),
                \(Int64(firstByte))
            WHERE \(firstByte == 0) OR NOT EXISTS (
                SELECT FROM recording_play WHERE recording_id = \(id) AND actor = \(statement.actor)
                  AND at > now() - make_interval(secs => \(Self.playSeconds)))
            """)
    }
}
