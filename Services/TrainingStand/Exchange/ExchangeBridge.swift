/// One bridge as the exchange keeps it.
struct ExchangeBridge: Sendable {
    let id: String
    /// `holding` or `mixing`.
    let type: String
    var technology: String
    var name: String
    let creationTime: String
    var channels: Set<String> = []
    /// Name of the live recording, if one runs.
    var recording: String?

    var isMixing: Bool { self.type == "mixing" }

    /// Technology of a mixing bridge with nobody, one or several legs in it.
    var settledTechnology: String {
        guard self.isMixing else { return "holding_bridge" }
        if self.recording != nil || self.channels.count > 2 { return "softmix" }
        return self.channels.count == 2 ? "native_rtp" : "simple_bridge"
    }

    var json: JSONValue {
        [
            "id": .string(self.id), "technology": .string(self.technology), "bridge_type": .string(self.type),
            "bridge_class": "stasis", "creator": "Stasis", "name": .string(self.name),
            "channels": .array(self.channels.sorted().map { .string($0) }),
            "creationtime": .string(self.creationTime), "video_mode": "talker",
        ]
    }
}
