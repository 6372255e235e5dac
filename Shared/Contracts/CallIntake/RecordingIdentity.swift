public import Foundation
import Vocabulary

/// The id of a recording, made from its call, so that it is known before the exchange is told to record and stays the
/// same after a crash (T-04).
public enum RecordingIdentity {
    // Our own namespace for UUIDs of version 5; never to be changed.
    private static let namespace = UUID(
        uuid: (0x2D, 0x9A, 0x41, 0x0C, 0x77, 0xE5, 0x4B, 0x3F, 0xA1, 0x5D, 0x0E, 0x12, 0x2C, 0x68, 0xF4, 0x93))

    /// - Parameter part: counted from 1; a call that is recorded again after an interruption has more than one.
    public static func recording(of callID: UUID, _ kind: RecordingKind, part: Int) -> UUID {
        UUID(version5: self.namespace, name: "\(callID.uuidString.lowercased())/\(kind.rawValue)/\(part)")
    }
}
