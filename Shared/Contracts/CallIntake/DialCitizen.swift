public import Foundation
public import Messaging
public import Vocabulary

/// Dials a citizen once. The attempt id is the id of the channel, chosen by the asker and never sent twice to the
/// exchange; its outcome comes as `dial.finished`.
///
/// Refusals, after which nothing was dialled; what they mean for the asker is their `verdict`:
/// - for good: `number-not-dialable`; `own-number`; `number-has-extension` (for a voice); `daily-limit` (dialled as often
///   as may be within 24 hours); `called-in` (the citizen called first); `script-invalid`;
/// - *not now*, of what many wait for, to be asked again with the same attempt after 1 s: `exchange-away`,
///   `no-operator-free` (not for broken calls: callers who wait come first), `no-line-free` (for a voice: as many speak
///   as may);
/// - *not now*, of this citizen alone, after 10 s: `operator-away` (who promised the call cannot take it now);
///   `no-operator-free` and `no-line-free` while the citizen is on the line;
/// - *try again*: `line-moves`, another replica takes the line over or the database was away for a moment.
public struct DialCitizen: Request {
    public typealias Answer = Done
    public static let receiver = ServiceName.callIntake
    public static let type = "call.dial"
    public static let isRead = false

    public var attemptID: UUID
    public var callbackID: UUID
    public var number: PhoneNumber
    /// The operator who spoke before; preferred when free (C-03).
    public var preferredOperatorID: String?
    /// The call whose card goes on.
    public var originalCallID: UUID
    /// nil: a broken call, which is dialled whatever the queue.
    public var kind: CallbackKind?
    /// Since when the citizen has waited: the place in the queue after the answer, by the time of the first call.
    public var placeAt: Date?
    /// A voice speaks to the citizen; nil: an operator does.
    public var script: VoiceScript?
    /// Until then only the preferred operator will do: a personal promise.
    public var waitsForOperatorUntil: Date?

    public init(
        attemptID: UUID, callbackID: UUID, number: PhoneNumber, preferredOperatorID: String?, originalCallID: UUID,
        kind: CallbackKind? = nil, placeAt: Date? = nil, script: VoiceScript? = nil
    ) {
        self.attemptID = attemptID
        self.callbackID = callbackID
        self.number = number
        self.preferredOperatorID = preferredOperatorID
        self.originalCallID = originalCallID
        self.kind = kind
        self.placeAt = placeAt
        self.script = script
    }
}
