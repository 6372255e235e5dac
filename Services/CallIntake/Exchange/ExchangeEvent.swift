import Foundation

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

    var type: String
    var args: [String]?
    var channel: Channel?
    /// `Dial` names its channel so.
    var peer: Channel?
    var dialstatus: String?
    var cause: Int?
    var technicalCause: Int?
    var soft: Bool?

    enum CodingKeys: String, CodingKey {
        case type, args, channel, peer, dialstatus, cause, soft
        case technicalCause = "tech_cause"
    }

    init(json: some Sequence<UInt8>) throws {
        self = try JSONDecoder().decode(ExchangeEvent.self, from: Data(json))
    }

    /// The types that the exchange need not send: nearly all of the stream, and nothing is decided by them.
    static let unwanted = [
        "ChannelVarset", "ChannelDialplan", "ChannelStateChange", "ChannelEnteredBridge", "ChannelLeftBridge",
        "ChannelConnectedLine", "ChannelCallerId", "ChannelHold", "ChannelUnhold", "ChannelDtmfReceived",
        "ChannelTalkingStarted", "ChannelTalkingFinished", "BridgeCreated", "BridgeDestroyed", "BridgeMerged",
        "BridgeVideoSourceChanged", "DeviceStateChanged", "PlaybackStarted", "PlaybackFinished",
    ]
}
