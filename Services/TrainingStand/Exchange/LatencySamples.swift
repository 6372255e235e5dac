/// Times in milliseconds; the newest half a million of them, so that a run of days takes no more memory than one hour.
struct LatencySamples: Sendable {
    private static let limit = 500_000

    private(set) var count = 0
    private var largest = 0.0
    private var milliseconds: [Float] = []

    mutating func add(_ seconds: Double) {
        let time = seconds * 1000
        self.largest = max(self.largest, time)
        if self.milliseconds.count < Self.limit {
            self.milliseconds.append(Float(time))
        } else {
            self.milliseconds[self.count % Self.limit] = Float(time)
        }
        self.count += 1
    }

    mutating func join(_ other: LatencySamples) {
        self.count += other.count
        self.largest = max(self.largest, other.largest)
        self.milliseconds += other.milliseconds
    }

    /// `p50`, `p99` and `max` in milliseconds, null as long as nothing was measured.
    var json: JSONValue {
        let sorted = self.milliseconds.sorted()
        func share(_ share: Double) -> JSONValue {
            guard !sorted.isEmpty else { return .null }
            let index = min(sorted.count - 1, Int(Double(sorted.count) * share))
            return .double((Double(sorted[index]) * 1000).rounded() / 1000)
        }
        return [
            "count": .int(self.count), "p50": share(0.5), "p99": share(0.99),
            "max": self.count == 0 ? .null : .double((self.largest * 1000).rounded() / 1000),
        ]
    }
}
