/// One bridge as the exchange keeps it.
struct ExchangeBridge: Sendable {
    let id: String
    /// `holding` or `mixing`.
    let type: String
    var technology: String
    var name: String
    let creationTime: String
    var channels = SortedIDs()
    /// Names of the live recordings.
    var recordings: [String] = []
    /// Music is played to whoever is in it.
    var hasMusic = false

    var isMixing: Bool { self.type == "mixing" }

    /// Technology of a mixing bridge with nobody, one or several legs in it.
    var settledTechnology: String {
        guard self.isMixing else { return "holding_bridge" }
        if !self.recordings.isEmpty || self.channels.count > 2 { return "softmix" }
        return self.channels.count == 2 ? "native_rtp" : "simple_bridge"
    }

    var json: JSONValue {
        [
            "id": .string(self.id), "technology": .string(self.technology), "bridge_type": .string(self.type),
            "bridge_class": "stasis", "creator": "Stasis", "name": .string(self.name),
            "channels": self.channels.json,
            "creationtime": .string(self.creationTime), "video_mode": "talker",
        ]
    }
}
