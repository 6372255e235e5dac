public import Foundation
public import Messaging

/// What a citizen answered to a call that speaks by itself.
public enum VoiceChoice: String, Codable, Sendable, CaseIterable {
    /// Has understood what was done about the appeal.
    case understood
    /// Will come to the visit.
    case willCome
    /// Asks for the visit to be cancelled.
    case cancels
    /// Takes the visit that was offered.
    case accepts
    case declines
    /// Wanted an operator.
    case asksOperator
    /// Heard all of it and pressed nothing: that changes nothing.
    case heard
}

/// A citizen answered a call that spoke by itself. Told also when the callback was over by then: a key counts.
public struct CallbackAnswered: Event {
    public static let source = ServiceName.callbackDialer
    public static let type = "callback.answered"
    public var subject: String { "callback/\(self.callbackID)" }

    public var callbackID: UUID
    @OpenWord public var kind: CallbackKind?
    public var appealID: UUID?
    public var bookingID: UUID?
    @OpenWord public var choice: VoiceChoice?
    public var answeredAt: Date

    public init(
        callbackID: UUID, kind: CallbackKind, appealID: UUID?, bookingID: UUID?, choice: VoiceChoice, answeredAt: Date
    ) {
        self.callbackID = callbackID
        self._kind = OpenWord(kind)
        self.appealID = appealID
        self.bookingID = bookingID
        self._choice = OpenWord(choice)
        self.answeredAt = answeredAt
    }
}
