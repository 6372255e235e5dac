/// One sound being played to a channel or a bridge.
struct ExchangePlayback: Sendable {
    let id: String
    let media: String
    /// `channel:ID` or `bridge:ID`.
    let target: String

    func json(_ state: String) -> JSONValue {
        [
            "id": .string(self.id), "media_uri": .string(self.media), "target_uri": .string(self.target),
            "language": "en", "state": .string(state),
        ]
    }
}
