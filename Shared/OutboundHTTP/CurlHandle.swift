/// An easy handle as an object, since a dictionary cannot hold a `~Copyable` value.
final class CurlHandle {
    var easy: CurlEasy

    init?() {
        guard let easy = CurlEasy() else { return nil }
        self.easy = easy
    }
}
