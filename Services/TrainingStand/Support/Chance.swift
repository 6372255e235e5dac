import Foundation

/// Seeded chance: the same seed gives the same calls, patients and faults (SplitMix64).
struct Chance: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// In 0..<1.
    mutating func fraction() -> Double { Double.random(in: 0..<1, using: &self) }

    mutating func happens(_ share: Double) -> Bool { share > 0 && self.fraction() < share }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &self)]
    }

    /// An exponentially distributed time of the given mean, cut at ten means.
    mutating func exponential(mean: Double) -> Double {
        guard mean > 0 else { return 0 }
        return min(-log(1 - self.fraction()), 10) * mean
    }

    mutating func digits(_ count: Int) -> String {
        String((0..<count).map { _ in Character(String(Int.random(in: 0...9, using: &self))) })
    }
}
