/// What a recording of the stand sounds like: a soft tone with a beat, both drawn from its name, so that two files
/// differ and a person hears which is which.
struct RecordedSound: Sendable, Equatable {
    var name: String
    var seconds: Double

    private static let rate = 8000
    /// Longest file written, in seconds: a longer recording is cut here.
    private static let longest = 3600.0

    /// A WAV file, 8 kHz, 16 bit, one channel.
    var wav: [UInt8] {
        let frames = Int(min(max(0, self.seconds), Self.longest) * Double(Self.rate))
        let length = frames * 2
        func little(_ number: Int, _ width: Int) -> [UInt8] {
            (0..<width).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
        }
        var file: [UInt8] = []
        file.reserveCapacity(44 + length)
        file += Array("RIFF".utf8) + little(36 + length, 4) + Array("WAVEfmt ".utf8)
        // PCM, one channel, bytes a second, bytes a sample, bits a sample.
        file += little(16, 4) + little(1, 2) + little(1, 2) + little(Self.rate, 4) + little(Self.rate * 2, 4)
        file += little(2, 2) + little(16, 2) + Array("data".utf8) + little(length, 4)
        // Whole periods fit into a second, so a second is drawn once and repeated.
        let second = self.second
        while file.count < 44 + length { file += second.prefix(44 + length - file.count) }
        return file
    }

    /// One second of the sound: a triangle wave of 200…599 Hz that swells 1…8 times.
    private var second: [UInt8] {
        // FNV-1a: the same name sounds the same in every process.
        let hash = self.name.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let tone = 200 + Int(hash % 400)
        let beat = 1 + Int((hash >> 32) % 8)
        func triangle(_ frame: Int, _ frequency: Int) -> Int {
            let phase = frame * frequency % Self.rate * 4
            return phase < Self.rate * 2 ? phase - Self.rate : Self.rate * 3 - phase
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.rate * 2)
        for frame in 0..<Self.rate {
            let swell = 1000 + 500 * triangle(frame, beat) / Self.rate
            let sample = Int16(triangle(frame, tone) * swell / Self.rate)
            bytes.append(UInt8(truncatingIfNeeded: sample))
            bytes.append(UInt8(truncatingIfNeeded: sample >> 8))
        }
        return bytes
    }
}
