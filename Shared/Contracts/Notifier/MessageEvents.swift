public import Foundation
public import Messaging

public enum MessageState: String, Codable, Sendable, CaseIterable {
    case available, sending, sent, retryable, failed
    /// Accepted perhaps: the notifier stopped between the gateway's answer and its own note of it. Not repeated;
    /// found again by its Message-ID.
    case uncertain
}

/// A message to a citizen or an organization has its outcome: `sent`, `failed` or `uncertain`.
public struct MessageFinished: Event {
    public static let source = ServiceName.notifier
    public static let type = "message.finished"
    public var subject: String { "message/\(self.messageID)" }
    public var messageID: UUID
    /// The template: `appeal-registered`, `booking-confirmed`, `appeal-forwarded`, `callback-requested` …
    public var template: String
    public var channel: String
    @OpenWord public var state: MessageState?
    public var appealID: UUID?
    public var callID: UUID?
    public var finishedAt: Date
    /// `failed`, and no attempt can help: a wired telephone gets no SMS, an address is none.
    public var isNotSendable: Bool?
    public init(
        messageID: UUID, template: String, channel: String, state: MessageState, appealID: UUID?, callID: UUID?,
        finishedAt: Date
    ) {
        self.messageID = messageID
        self.template = template
        self.channel = channel
        self._state = OpenWord(state)
        self.appealID = appealID
        self.callID = callID
        self.finishedAt = finishedAt
    }
}
