public import Foundation
public import Messaging

/// What a recording is of.
public enum RecordingKind: String, Codable, Sendable, CaseIterable {
    /// Operator and citizen, recorded from their bridge.
    case conversation
    /// A message that a caller left without an operator.
    case message
}

/// A recording lies encrypted in our storage; the exchange need not keep it any longer (T-04).
public struct RecordingStored: Event {
    public static let source = ServiceName.callIntake
    public static let type = "recording.stored"
    public var subject: String { "recording/\(self.recordingID)" }

    public var recordingID: UUID
    public var callID: UUID
    @OpenWord public var kind: RecordingKind?
    public var part: Int
    public var durationMilliseconds: Int
    /// Of the sound as the exchange gave it, header included.
    public var sizeBytes: Int
    /// SHA-256 of that sound, 64 hexadecimal digits.
    public var sha256: String
    public var storedAt: Date

    public init(
        recordingID: UUID, callID: UUID, kind: RecordingKind, part: Int, durationMilliseconds: Int, sizeBytes: Int,
        sha256: String, storedAt: Date
    ) {
        self.recordingID = recordingID
        self.callID = callID
        self._kind = OpenWord(kind)
        self.part = part
        self.durationMilliseconds = durationMilliseconds
        self.sizeBytes = sizeBytes
        self.sha256 = sha256
        self.storedAt = storedAt
    }
}

/// A conversation or message has no recording: it could not be recorded, or the exchange did not give it out. An
/// alarm: the law demands every one of them (T-04).
public struct RecordingFailed: Event {
    public static let source = ServiceName.callIntake
    public static let type = "recording.failed"
    public var subject: String { "recording/\(self.recordingID)" }

    public var recordingID: UUID
    public var callID: UUID
    @OpenWord public var kind: RecordingKind?
    public var part: Int
    /// What went wrong, for the technician; without personal data.
    public var reason: String
    public var failedAt: Date

    public init(recordingID: UUID, callID: UUID, kind: RecordingKind, part: Int, reason: String, failedAt: Date) {
        self.recordingID = recordingID
        self.callID = callID
        self._kind = OpenWord(kind)
        self.part = part
        self.reason = reason
        self.failedAt = failedAt
    }
}

/// The key of a recording was destroyed: nobody can play it any more, whoever still holds the file (T-04).
public struct RecordingErased: Event {
    public static let source = ServiceName.callIntake
    public static let type = "recording.erased"
    public var subject: String { "recording/\(self.recordingID)" }

    public var recordingID: UUID
    public var callID: UUID
    @OpenWord public var kind: RecordingKind?
    public var part: Int
    public var reason: String
    public var erasedAt: Date

    public init(recordingID: UUID, callID: UUID, kind: RecordingKind, part: Int, reason: String, erasedAt: Date) {
        self.recordingID = recordingID
        self.callID = callID
        self._kind = OpenWord(kind)
        self.part = part
        self.reason = reason
        self.erasedAt = erasedAt
    }
}
