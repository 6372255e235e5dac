import Foundation
import Postgres
import Statements

/// Opens a recording for somebody: may he, is it there, which part of it; and keeps that he did (T-04).
struct RecordingPlayback: Sendable {
    /// What is answered, before a byte of it is read.
    struct Opened: Sendable {
        let sound: StoredSound
        /// The bytes to send, in bytes of the sound; all of it when `isPart` is false.
        let range: Range<Int>
        let isPart: Bool
    }

    let store: RecordingStore
    let vault: RecordingVault

    /// The play is committed when this returns.
    /// - Parameters:
    ///   - range, ifRange: the headers of the same names.
    ///   - isHead: only the headers are asked for, which is no play.
    ///   - holdsCard: what the desk says of who asks; counts for messages only.
    /// - Throws: `PlaybackRefusal`.
    func open(
        _ id: UUID, by statement: Statement, range: String?, ifRange: String?, isHead: Bool,
        holdsCard: Bool = false
    ) async throws -> Opened {
        try await self.store.database.transaction { transaction in
            let found = try await RecordingStore.playable(id, by: statement.actor, in: transaction)
            let ground = RecordingRules.ground(
                role: statement.role, isOwnCall: found?.isOwnCall ?? false,
                holdsCard: holdsCard && found?.isMessage == true)
            // Who may not play is not told what there is.
            guard let ground else { throw PlaybackRefusal.notYours }
            guard let found else { throw PlaybackRefusal.noSuchRecording }
            guard let sound = found.sound else { throw PlaybackRefusal(found) }
            // A part of something else than the player holds would be of no use (RFC 9110, 13.1.5).
            let isSame = ifRange == nil || ifRange == sound.entityTag
            let asked = isHead || !isSame ? ByteRange.whole : ByteRange.parse(range, size: sound.sizeBytes)
            let opened: Opened
            switch asked {
            case .whole: opened = Opened(sound: sound, range: 0..<sound.sizeBytes, isPart: false)
            case .part(let part): opened = Opened(sound: sound, range: part, isPart: true)
            case .unsatisfiable: throw PlaybackRefusal.outOfRange(size: sound.sizeBytes)
            }
            if !isHead {
                try await RecordingStore.note(
                    play: id, by: statement, ground: ground, firstByte: opened.range.lowerBound, in: transaction)
            }
            return opened
        }
    }
}

extension StoredSound {
    /// The same sound has the same tag.
    var entityTag: String { "\"\(self.sha256.hexadecimal)\"" }
}
