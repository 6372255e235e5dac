import Foundation

/// One playback of sounds, one after the other, to a channel or a bridge.
struct ExchangePlayback: Sendable {
    let id: String
    /// Tells two playbacks of the same client-chosen id apart.
    let serial: Int
    let media: [String]
    /// `channel:ID` or `bridge:ID`.
    let target: String
    /// The sound that plays, or is to be played first.
    var index = 0
    var state = "queued"
    /// When the last sound ends, once the first one plays.
    var endsAt: Date?
    /// Stopped by the application before its turn came.
    var isCancelled = false

    /// `next_media_uri` is there as long as another sound follows.
    var json: JSONValue {
        var json: JSONValue = ["id": .string(self.id), "media_uri": .string(self.media[self.index])]
        if self.index + 1 < self.media.count { json["next_media_uri"] = .string(self.media[self.index + 1]) }
        json["target_uri"] = .string(self.target)
        json["language"] = "en"
        json["state"] = .string(self.state)
        return json
    }
}
