/// What a recording of the stand sounds like.
enum Silence {
    /// A WAV file, 8 kHz, 16 bit, one channel; at most a minute is written, whatever the conversation took.
    static func wav(seconds: Int) -> [UInt8] {
        let rate = 8000
        let length = min(max(0, seconds), 60) * rate * 2
        func little(_ number: Int, _ width: Int) -> [UInt8] {
            (0..<width).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
        }
        var file = Array("RIFF".utf8) + little(36 + length, 4) + Array("WAVEfmt ".utf8)
        // PCM, one channel, bytes a second, bytes a sample, bits a sample.
        file += little(16, 4) + little(1, 2) + little(1, 2) + little(rate, 4) + little(rate * 2, 4)
        file += little(2, 2) + little(16, 2) + Array("data".utf8) + little(length, 4)
        return file + [UInt8](repeating: 0, count: length)
    }
}
