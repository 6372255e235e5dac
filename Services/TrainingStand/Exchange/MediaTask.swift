/// What a channel or the announcer of a bridge does one after the other: the exchange takes the next when the first
/// has ended.
enum MediaTask: Sendable, Equatable {
    case playback(String)
    case recording(String)
}
