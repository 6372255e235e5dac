public import Foundation
public import Messaging
public import Vocabulary

/// Dials a citizen once. The attempt id is the id of the channel, chosen by the asker and never sent twice to the
/// exchange; its outcome comes as `dial.finished`.
///
/// Refusals: `number-not-dialable`, `exchange-away` (nothing was dialled; ask again with the same attempt).
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

    public init(
        attemptID: UUID, callbackID: UUID, number: PhoneNumber, preferredOperatorID: String?, originalCallID: UUID
    ) {
        self.attemptID = attemptID
        self.callbackID = callbackID
        self.number = number
        self.preferredOperatorID = preferredOperatorID
        self.originalCallID = originalCallID
    }
}
