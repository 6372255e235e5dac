import Foundation

/// Sound while it is being shaped for the telephone: one channel, −1…1.
struct Sound: Sendable {
    var rate: Int
    var samples: [Float]

    /// Loudness of speech while somebody speaks, dB below full scale: what Asterisk's own prompts have, and the nominal
    /// level of a telephone line.
    static let level: Float = -20
    /// No sample comes closer to full scale than this, dB.
    static let ceiling: Float = -1
    /// Silence left before and after, seconds.
    static let margin = 0.1

    init(rate: Int, samples: [Float]) {
        self.rate = rate
        self.samples = samples
    }

    /// Several channels are mixed to one.
    init(_ file: WAVFile) {
        let scale = 1 / (32768 * Float(file.channels))
        self.init(
            rate: file.rate,
            samples: stride(from: 0, to: file.samples.count - file.channels + 1, by: file.channels).map { start in
                (0..<file.channels).reduce(Float(0)) { $0 + Float(file.samples[start + $1]) } * scale
            })
    }

    /// Sine waves with edges of 10 ms, so that nothing clicks.
    init(_ tone: [Prompt.Tone], rate: Int = WAVFile.telephoneRate) {
        let edge = rate / 100
        self.init(
            rate: rate,
            samples: tone.flatMap { piece in
                let count = rate * piece.milliseconds / 1000
                return (0..<count).map { index in
                    let fade = min(1, Float(min(index, count - 1 - index)) / Float(edge))
                    return piece.hertz == 0
                        ? 0 : 0.3 * fade * sin(2 * .pi * Float(piece.hertz) * Float(index) / Float(rate))
                }
            })
    }

    /// As Asterisk wants it: 8 kHz, silence trimmed, even loudness.
    func forTelephone() -> WAVFile {
        var sound = Resampler(from: self.rate, to: WAVFile.telephoneRate).apply(to: self)
        sound.removeOffset()
        sound.trim()
        sound.normalise()
        return WAVFile(
            rate: sound.rate, samples: sound.samples.map { Int16(max(-32768, min(32767, ($0 * 32768).rounded()))) })
    }

    /// Root mean square of each 10 ms; an incomplete last frame counts whole.
    var frames: [Float] {
        let size = max(1, self.rate / 100)
        return stride(from: 0, to: self.samples.count, by: size).map { start in
            let frame = self.samples[start..<min(start + size, self.samples.count)]
            return (frame.reduce(Float(0)) { $0 + $1 * $1 } / Float(frame.count)).squareRoot()
        }
    }

    /// Root mean square while somebody speaks: frames 25 dB below the loudest are pauses.
    var speechLevel: Float {
        let frames = self.frames
        let threshold = (frames.max() ?? 0) * Self.amplitude(-25)
        let spoken = frames.filter { $0 > 0 && $0 >= threshold }
        guard !spoken.isEmpty else { return 0 }
        return (spoken.reduce(Float(0)) { $0 + $1 * $1 } / Float(spoken.count)).squareRoot()
    }

    static func amplitude(_ decibels: Float) -> Float { pow(10, decibels / 20) }

    private mutating func removeOffset() {
        guard !self.samples.isEmpty else { return }
        let mean = self.samples.reduce(0, +) / Float(self.samples.count)
        for index in self.samples.indices { self.samples[index] -= mean }
    }

    /// Leaves exactly `margin` before the first and after the last sound; what is too short is lengthened.
    private mutating func trim() {
        let frames = self.frames
        // Quiet beginnings such as «с» lie below this for some frames: they are inside the margin.
        let threshold = (frames.max() ?? 0) * Self.amplitude(-40)
        guard threshold > 0, let first = frames.firstIndex(where: { $0 >= threshold }),
            let last = frames.lastIndex(where: { $0 >= threshold })
        else { return }
        let size = max(1, self.rate / 100)
        let margin = Int(Double(self.rate) * Self.margin)
        let (start, end) = (first * size - margin, min((last + 1) * size, self.samples.count) + margin)
        let before = [Float](repeating: 0, count: max(0, -start))
        let after = [Float](repeating: 0, count: max(0, end - self.samples.count))
        self.samples = before + self.samples[max(0, start)..<min(end, self.samples.count)] + after
    }

    private mutating func normalise() {
        let level = self.speechLevel
        let peak = self.samples.reduce(Float(0)) { max($0, abs($1)) }
        guard level > 0, peak > 0 else { return }
        let gain = min(Self.amplitude(Self.level) / level, Self.amplitude(Self.ceiling) / peak)
        for index in self.samples.indices { self.samples[index] *= gain }
    }
}
