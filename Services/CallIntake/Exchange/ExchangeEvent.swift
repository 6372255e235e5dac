import Foundation
import Messaging

/// An event of ARI, as far as the line needs it. Unknown types and unknown members are no errors.
struct ExchangeEvent: Decodable, Sendable {
    struct Channel: Decodable, Sendable {
        struct Caller: Decodable, Sendable {
            var number: String?
        }
        struct Dialplan: Decodable, Sendable {
            var appName: String?
            var appData: String?
            enum CodingKeys: String, CodingKey {
                case appName = "app_name"
                case appData = "app_data"
            }
        }
        var id: String
        var state: String?
        var caller: Caller?
        var dialplan: Dialplan?

        /// The arguments of `application`, when the channel is in it.
        func arguments(in application: String) -> [String]? {
            guard self.dialplan?.appName == "Stasis", let data = self.dialplan?.appData else { return nil }
            let parts = data.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            return parts.first == application ? Array(parts.dropFirst()) : nil
        }
    }

    struct Playback: Decodable, Sendable {
        var id: String
    }

    struct Recording: Decodable, Sendable {
        var name: String
        /// Whole seconds.
        var duration: Int?
        /// Of them spoken, where silence was measured.
        var talkingDuration: Int?
        /// Why it failed.
        var cause: String?
        enum CodingKeys: String, CodingKey {
            case name, duration, cause
            case talkingDuration = "talking_duration"
        }
    }

    var type: String
    /// By the clock of the exchange: `2026-11-30T09:41:35.123+0300`.
    var timestamp: String?
    var args: [String]?
    var channel: Channel?
    /// `Dial` names its channel so.
    var peer: Channel?
    var dialstatus: String?
    var cause: Int?
    var technicalCause: Int?
    var soft: Bool?
    var digit: String?
    var playback: Playback?
    var recording: Recording?

    enum CodingKeys: String, CodingKey {
        case type, timestamp, args, channel, peer, dialstatus, cause, soft, digit, playback, recording
        case technicalCause = "tech_cause"
    }

    /// nil when the exchange wrote no moment, or one that cannot be read.
    var toldAt: Date? { self.timestamp.flatMap(Timestamp.date(from:)) }

    init(json: some Sequence<UInt8>) throws {
        self = try JSONDecoder().decode(ExchangeEvent.self, from: Data(json))
    }

    /// The types that the exchange need not send: nearly all of the stream, and nothing is decided by them.
    static let unwanted = [
        "ChannelVarset", "ChannelDialplan", "ChannelStateChange", "ChannelEnteredBridge", "ChannelLeftBridge",
        "ChannelConnectedLine", "ChannelCallerId", "ChannelTalkingStarted",
        "ChannelTalkingFinished", "BridgeCreated", "BridgeDestroyed", "BridgeMerged",
        "BridgeVideoSourceChanged", "DeviceStateChanged", "PlaybackStarted", "PlaybackContinuing",
        "RecordingStarted",
    ]

    /// The types that mean something here or are known to mean nothing; another one is counted.
    static let known = Set(
        unwanted + [
            "StasisStart", "StasisEnd", "ChannelDestroyed", "ChannelHangupRequest", "Dial", "ChannelDtmfReceived",
            "ChannelHold", "ChannelUnhold", "PlaybackFinished", "RecordingFinished", "RecordingFailed",
            "ChannelCreated", "ChannelMohStart",
            "ChannelMohStop", "ApplicationReplaced", "EndpointStateChange", "BridgeAttendedTransfer",
            "BridgeBlindTransfer",
        ])
}
