import Foundation
import Vocabulary

/// What the exchange is told to do. Commands of one call go out in order.
enum ExchangeCommand: Sendable, Equatable {
    /// Listen to a caller's channel until its end, answer it, and let it wait.
    case admit(channel: String)
    /// Listen to a caller's channel until its end.
    case listen(channel: String)
    /// Let an answered channel wait.
    case wait(channel: String)
    /// Ring an operator's telephone; `channel` is the citizen who is told of it.
    case ring(leg: String, telephone: String, channel: String)
    /// Let two channels speak.
    case connect(bridge: String, channel: String, leg: String)
    case hangUp(channel: String)
    case removeBridge(String)
    /// Dial a citizen, once.
    case dial(channel: String, attemptID: UUID, number: PhoneNumber)
}

/// A command and the call, or the dial, whose order it belongs to.
struct LaneCommand: Sendable, Equatable {
    let lane: UUID
    let command: ExchangeCommand
}
