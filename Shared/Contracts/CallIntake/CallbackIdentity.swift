public import Foundation
import Vocabulary

/// The ids of callbacks and their attempts, made from the id of the broken call, so that call-intake and
/// callback-dialer mean the same attempt without having spoken (C-01, C-03).
public enum CallbackIdentity {
    // Our own namespace for UUIDs of version 5; never to be changed.
    private static let namespace = UUID(
        uuid: (0x5B, 0x1C, 0x0E, 0x7A, 0x2F, 0x64, 0x4D, 0x19, 0x9E, 0x38, 0x51, 0x22, 0x64, 0x0A, 0xC3, 0xD7))

    /// The callback that a broken call leads to.
    public static func callback(of callID: UUID) -> UUID {
        UUID(version5: self.namespace, name: "\(callID.uuidString.lowercased())/callback")
    }

    /// The callback of a kind about something: a card, a visit.
    public static func callback(_ kind: CallbackKind, about id: UUID, _ number: Int = 1) -> UUID {
        UUID(version5: self.namespace, name: "\(id.uuidString.lowercased())/\(kind.rawValue)/\(number)")
    }

    /// The attempt `number`, counted from 1, to call back after a broken call.
    public static func attempt(of callID: UUID, _ number: Int) -> UUID {
        UUID(version5: self.namespace, name: "\(callID.uuidString.lowercased())/\(number)")
    }
}
