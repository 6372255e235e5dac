import Foundation
import Vocabulary

extension ExchangeEvent {
    /// What the event means for the line; nil when nothing.
    /// - Parameters:
    ///   - heard: when the event arrived, by our clock.
    ///   - freshID: for a call that begins.
    func input(heard: Date = Date(), freshID: () -> UUID) -> LineInput? {
        switch self.type {
        case "StasisStart": return self.start(freshID: freshID)
        case "ChannelDestroyed":
            return self.channel.map {
                .channelEnded(
                    channel: $0.id, cause: self.cause ?? 0, technical: self.technicalCause,
                    at: EventStamp(told: self.toldAt, heard: heard))
            }
        case "ChannelHangupRequest":
            return self.channel.map {
                .hangUpRequested(channel: $0.id, self.soft == true ? .exchange : .remote(cause: self.cause))
            }
        case "Dial":
            guard let peer, let dialstatus else { return nil }
            return .dialStatus(channel: peer.id, status: dialstatus)
        case "ChannelDtmfReceived":
            guard let channel, let digit else { return nil }
            return .keyPressed(channel: channel.id, digit: digit, at: self.toldAt)
        case "ChannelHold", "ChannelUnhold":
            return self.channel.map { .telephoneHeld(channel: $0.id, isHeld: self.type == "ChannelHold") }
        case "PlaybackFinished": return self.playback.map { .playbackFinished(id: $0.id) }
        case "RecordingFinished":
            return self.recording.map {
                .recordingFinished(
                    name: $0.name, seconds: Self.seconds($0.duration), spoken: Self.seconds($0.talkingDuration))
            }
        case "RecordingFailed":
            return self.recording.map {
                .recordingFailed(name: $0.name, reason: $0.cause?.kept ?? "the exchange failed")
            }
        default: return nil
        }
    }

    /// What the dialplan's `AMD()` found out, when it was asked: the third argument of the application.
    static func isMachine(_ arguments: [String]) -> Bool { arguments.count > 2 && arguments[2] == "MACHINE" }

    /// A length that can be one: no recording lasts longer than a day.
    private static func seconds(_ told: Int?) -> Int? { told.map { min(max(0, $0), 86_400) } }

    private func start(freshID: () -> UUID) -> LineInput? {
        guard let channel, let args, let kind = args.first else { return nil }
        switch kind {
        case "inbound":
            // The name beside the number may be anything and is not kept.
            let caller = SignalledCaller(channel.caller?.number)
            return .callerEntered(
                channel: channel.id, caller: caller.number, line: args.count > 1 ? args[1].kept : "", callID: freshID(),
                signalled: caller.original)
        case "operator", "leg": return .legAnswered(leg: channel.id)
        case "outbound": return .outboundAnswered(channel: channel.id)
        case "snoop": return .snoopStarted(channel.id)
        case "callback":
            guard let attempt = Dial.attempt(ofChannel: channel.id) else { return nil }
            return .citizenAnswered(
                channel: channel.id, attemptID: attempt, callID: freshID(), isMachine: Self.isMachine(args))
        default: return nil
        }
    }
}
