import Foundation
import Vocabulary

extension ExchangeEvent {
    /// What the event means for the line; nil when nothing.
    /// - Parameter freshID: for a call that begins.
    func input(freshID: () -> UUID) -> LineInput? {
        switch self.type {
        case "StasisStart":
            guard let channel, let args, let kind = args.first else { return nil }
            switch kind {
            case "inbound":
                // The name beside the number may be anything and is not kept.
                return .callerEntered(
                    channel: channel.id, caller: CallerNumber(raw: channel.caller?.number),
                    line: args.count > 1 ? args[1] : "", callID: freshID())
            case "operator": return .operatorAnswered(leg: channel.id)
            case "callback":
                guard let attempt = Dial.attempt(ofChannel: channel.id) else { return nil }
                return .citizenAnswered(channel: channel.id, attemptID: attempt, callID: freshID())
            default: return nil
            }
        case "ChannelDestroyed":
            return self.channel.map {
                .channelEnded(channel: $0.id, cause: self.cause ?? 0, technical: self.technicalCause)
            }
        case "ChannelHangupRequest":
            return self.channel.map {
                .hangUpRequested(channel: $0.id, self.soft == true ? .exchange : .remote(cause: self.cause))
            }
        case "Dial":
            guard let peer, let dialstatus else { return nil }
            return .dialStatus(channel: peer.id, status: dialstatus)
        default: return nil
        }
    }
}
