import Foundation
import Vocabulary

/// What the exchange is told to do. Commands of one lane go out in order.
enum ExchangeCommand: Sendable, Equatable {
    /// Whom a leg rings.
    enum Telephone: Sendable, Equatable {
        /// An operator or supervisor. `answersItself` asks the headset to pick up by itself.
        case inside(String, answersItself: Bool)
        /// Digits, dialled over the trunk.
        case outside(String)
    }

    /// Listen to a caller's channel until its end, and answer it.
    case admit(channel: String)
    /// Listen to a caller's channel until its end.
    case listen(channel: String)
    /// Let a channel wait with music among the others.
    case wait(channel: String)
    /// Take a channel out of the waiting ones.
    case stopWaiting(channel: String)
    /// Ring a telephone for at most `seconds`; `channel` is the citizen who is told of it.
    case ring(leg: String, telephone: Telephone, channel: String, seconds: Int)
    /// Make a bridge for a conversation that is expected: it is one order less when somebody picks up.
    case prepare(bridge: String)
    /// Let channels speak; the bridge is made, unless it was prepared, and recorded from before the first word (T-04).
    case connect(bridge: String, channels: [String], recording: String?, isPrepared: Bool = false)
    /// Move a channel into a bridge that is there.
    case join(bridge: String, channel: String)
    /// Take a channel out of a bridge.
    case leave(bridge: String, channel: String)
    /// Music for whoever is in a bridge.
    case startMusic(bridge: String)
    case stopMusic(bridge: String)
    /// Say sounds one after the other.
    case say(id: String, channel: String, prompts: [String])
    case stopSaying(id: String)
    /// Record what a caller says, after a tone.
    case recordMessage(channel: String, name: String, longest: Int, silence: Int)
    /// Keys for the other side, after `pause` milliseconds.
    case tones(channel: String, digits: String, pause: Int = 0)
    /// Hear a channel from both sides; `whispers`: what is said goes to its person.
    case snoop(channel: String, id: String, whispers: Bool)
    case hangUp(channel: String)
    case removeBridge(String)
    /// Dial a citizen, once. `arguments` come back when the citizen has answered.
    case dial(channel: String, number: PhoneNumber, arguments: String)
}

/// A command and the call, or the dial, whose order it belongs to.
struct LaneCommand: Sendable, Equatable {
    let lane: UUID
    let command: ExchangeCommand
}
