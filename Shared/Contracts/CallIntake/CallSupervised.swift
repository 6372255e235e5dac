public import Foundation
public import Messaging

/// A supervisor began to hear an operator's conversation, or has stopped (J-10): told at both moments, and at every change
/// of mode or operator. call-intake keeps it in `supervision`.
public struct CallSupervised: Event {
    public static let source = ServiceName.callIntake
    public static let type = "supervision.changed"
    public var subject: String { "supervision/\(self.supervisionID)" }

    public var supervisionID: UUID
    public var callID: UUID
    public var supervisorID: String
    /// Who is heard; nil while the caller is with nobody of the line.
    public var operatorID: String?
    /// `listen`, `whisper` or `join`; nil for a word of a later version.
    @OpenWord public var mode: SuperviseCall.Mode?
    public var startedAt: Date
    /// Nil while it goes on.
    public var endedAt: Date?

    public init(
        supervisionID: UUID, callID: UUID, supervisorID: String, operatorID: String?, mode: SuperviseCall.Mode,
        startedAt: Date, endedAt: Date?
    ) {
        self.supervisionID = supervisionID
        self.callID = callID
        self.supervisorID = supervisorID
        self.operatorID = operatorID
        self._mode = OpenWord(mode)
        self.startedAt = startedAt
        self.endedAt = endedAt
    }
}
