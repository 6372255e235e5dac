import Foundation

/// Changes the rate of a sound: a sinc filter under a Hann window, one row of weights for each phase that occurs.
struct Resampler {
    private let up: Int
    private let down: Int
    private let reach: Int
    private let weights: [[Float]]

    /// - Parameters: samples a second, both greater than zero.
    init(from: Int, to: Int) {
        var (large, small) = (from, to)
        while small != 0 { (large, small) = (small, large % small) }
        let (up, down) = (to / large, from / large)
        // Half of the lower rate is the highest tone that both can hold; a tenth of it is left to the filter's edge.
        let cutoff = 0.9 * min(1, Double(up) / Double(down))
        // 16 zero crossings on each side: alias more than 60 dB down, below what G.711 adds.
        let reach = Int((16 / cutoff).rounded(.up))
        self.up = up
        self.down = down
        self.reach = reach
        self.weights = (0..<up).map { phase in
            let shift = Double(phase) / Double(up)
            let row = (-reach...reach).map { tap in
                let x = Double(tap) - shift
                let sinc = x == 0 ? cutoff : sin(.pi * cutoff * x) / (.pi * x)
                return sinc * (0.5 + 0.5 * cos(.pi * max(-1, min(1, x / Double(reach + 1)))))
            }
            let sum = row.reduce(0, +)
            return row.map { Float($0 / sum) }
        }
    }

    func apply(to sound: Sound) -> Sound {
        if self.up == self.down { return sound }
        let rate = sound.rate * self.up / self.down
        let count = sound.samples.count * self.up / self.down
        // Silence around the sound spares each tap a check.
        let quiet = [Float](repeating: 0, count: self.reach + 1)
        let padded = quiet + sound.samples + quiet
        return Sound(
            rate: rate,
            samples: (0..<count).map { index in
                let (position, phase) = (index * self.down).quotientAndRemainder(dividingBy: self.up)
                let row = self.weights[phase]
                let first = position + 1
                var sum: Float = 0
                for tap in row.indices { sum += row[tap] * padded[first + tap] }
                return sum
            })
    }
}
